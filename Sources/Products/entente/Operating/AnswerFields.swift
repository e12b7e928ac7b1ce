import CanonicalEncoding

/// The members of an object in a node's answer; what is missing or of another kind is an error that names it.
struct AnswerFields: Sendable {
    private let what: String
    private let members: [String: JSONValue]

    /// - Parameter what: what the object is, for messages.
    init(_ json: JSONValue, _ what: String) throws(CommandFailure) {
        guard let members = json.objectValue else { throw Self.failure("expected \(what) to be an object") }
        self.what = what
        self.members = members
    }

    func text(_ name: String) throws(CommandFailure) -> String {
        try required(name, try optionalText(name))
    }

    func optionalText(_ name: String) throws(CommandFailure) -> String? {
        try optional(name, "a string", \.stringValue)
    }

    func optionalTexts(_ name: String) throws(CommandFailure) -> [String]? {
        guard let elements = try optional(name, "a list", \.arrayValue) else { return nil }
        return elements.compactMap(\.stringValue)
    }

    func number(_ name: String) throws(CommandFailure) -> Int64 {
        try required(name, try optionalNumber(name))
    }

    func optionalNumber(_ name: String) throws(CommandFailure) -> Int64? {
        try optional(name, "a number", \.integerValue)
    }

    func index(_ name: String) throws(CommandFailure) -> UInt64 {
        try required(name, try optionalIndex(name))
    }

    func optionalIndex(_ name: String) throws(CommandFailure) -> UInt64? {
        try optional(name, "a number from 0") { $0.integerValue.flatMap { UInt64(exactly: $0) } }
    }

    func flag(_ name: String) throws(CommandFailure) -> Bool {
        try required(name, try optional(name, "true or false", \.boolValue))
    }

    func time(_ name: String) throws(CommandFailure) -> Timestamp {
        try required(name, try optionalTime(name))
    }

    func optionalTime(_ name: String) throws(CommandFailure) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        do {
            return try Timestamp(rfc3339: text)
        } catch {
            throw Self.failure("`\(name)` of \(what): \(error)")
        }
    }

    /// The value that `read` makes of the text.
    func value<Value>(_ name: String, _ expected: String, _ read: (String) -> Value?) throws(CommandFailure) -> Value {
        let text = try text(name)
        guard let value = read(text) else {
            throw Self.failure("expected `\(name)` of \(what) to be \(expected), got `\(text)`")
        }
        return value
    }

    func json(_ name: String) throws(CommandFailure) -> JSONValue {
        try required(name, members[name])
    }

    func bytes(_ name: String) throws(CommandFailure) -> [UInt8] {
        try value(name, "base 64") { Base64.decode($0) }
    }

    func object(_ name: String, _ what: String) throws(CommandFailure) -> AnswerFields {
        try required(name, try optionalObject(name, what))
    }

    func optionalObject(_ name: String, _ what: String) throws(CommandFailure) -> AnswerFields? {
        guard let json = members[name] else { return nil }
        return try AnswerFields(json, what)
    }

    /// What `read` makes of each element.
    func list<Value>(
        _ name: String,
        of what: String,
        _ read: (AnswerFields) throws(CommandFailure) -> Value
    ) throws(CommandFailure) -> [Value] {
        try required(name, try optionalList(name, of: what, read))
    }

    func optionalList<Value>(
        _ name: String,
        of what: String,
        _ read: (AnswerFields) throws(CommandFailure) -> Value
    ) throws(CommandFailure) -> [Value]? {
        guard let elements = try optional(name, "a list", \.arrayValue) else { return nil }
        var values: [Value] = []
        for element in elements { values.append(try read(try AnswerFields(element, what))) }
        return values
    }

    private func optional<Value>(
        _ name: String,
        _ expected: String,
        _ read: (JSONValue) -> Value?
    ) throws(CommandFailure) -> Value? {
        guard let json = members[name] else { return nil }
        guard let value = read(json) else { throw Self.failure("expected `\(name)` of \(what) to be \(expected)") }
        return value
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(CommandFailure) -> Value {
        guard let value else { throw Self.failure("expected `\(name)` in \(what)") }
        return value
    }

    private static func failure(_ detail: String) -> CommandFailure {
        CommandFailure(
            "the node's answer is not understood: \(detail)",
            next: "see that command and node are of the same release"
        )
    }
}
