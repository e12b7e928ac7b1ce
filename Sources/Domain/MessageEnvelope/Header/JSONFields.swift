import CanonicalEncoding
import OpenSSLCrypto
import SecurityLabels

/// The members of one JSON object, taken out one by one; `finish` refuses what nobody asked for.
struct JSONFields {
    private var members: [String: JSONValue]
    private let subject: String
    private let code: EnvelopeError.Code

    init(_ value: JSONValue, of subject: String, code: EnvelopeError.Code = .malformedHeader) throws(EnvelopeError) {
        guard let members = value.objectValue else {
            throw EnvelopeError(code, "expected `\(subject)` to be a JSON object")
        }
        self.members = members
        self.subject = subject
        self.code = code
    }

    mutating func optional(_ name: String) -> JSONValue? { members.removeValue(forKey: name) }

    mutating func value(_ name: String) throws(EnvelopeError) -> JSONValue {
        guard let value = members.removeValue(forKey: name) else {
            throw EnvelopeError(code, "expected the field `\(name)` in \(subject), found none")
        }
        return value
    }

    mutating func string(_ name: String) throws(EnvelopeError) -> String {
        guard let text = try value(name).stringValue else { throw wrongKind(name, "a string") }
        return text
    }

    mutating func integer(_ name: String) throws(EnvelopeError) -> Int64 {
        guard let number = try value(name).integerValue else { throw wrongKind(name, "an integer") }
        return number
    }

    mutating func optionalString(_ name: String) throws(EnvelopeError) -> String? {
        guard let value = optional(name) else { return nil }
        guard let text = value.stringValue else { throw wrongKind(name, "a string") }
        return text
    }

    mutating func parsed<Value, Failure: Error>(
        _ name: String,
        _ parse: (String) throws(Failure) -> Value
    ) throws(EnvelopeError) -> Value {
        try Self.parse(try string(name), name, code, parse)
    }

    mutating func optionalParsed<Value, Failure: Error>(
        _ name: String,
        _ parse: (String) throws(Failure) -> Value
    ) throws(EnvelopeError) -> Value? {
        guard let text = try optionalString(name) else { return nil }
        return try Self.parse(text, name, code, parse)
    }

    mutating func array<Value, Failure: Error>(
        _ name: String,
        _ parse: (String) throws(Failure) -> Value
    ) throws(EnvelopeError) -> [Value] {
        guard let elements = try value(name).arrayValue else { throw wrongKind(name, "an array") }
        var values: [Value] = []
        for element in elements {
            guard let text = element.stringValue else { throw wrongKind(name, "an array of strings") }
            values.append(try Self.parse(text, name, code, parse))
        }
        return values
    }

    mutating func optionalArray<Value, Failure: Error>(
        _ name: String,
        _ parse: (String) throws(Failure) -> Value
    ) throws(EnvelopeError) -> [Value]? {
        guard members[name] != nil else { return nil }
        return try array(name, parse)
    }

    mutating func digest(_ name: String) throws(EnvelopeError) -> SHA256Digest {
        let text = try string(name)
        guard let bytes = Hex.decode(text), let digest = SHA256Digest(bytes) else {
            throw EnvelopeError(code, "expected `\(name)` to be 64 lower-case hexadecimal digits, got `\(text)`")
        }
        return digest
    }

    mutating func messageID(_ name: String) throws(EnvelopeError) -> MessageID {
        try Self.messageID(try string(name), name, code)
    }

    mutating func optionalTime(_ name: String) throws(EnvelopeError) -> Timestamp? {
        try optionalParsed(name) { text throws(TimestampError) in try Timestamp(rfc3339: text) }
    }

    mutating func optionalMessageID(_ name: String) throws(EnvelopeError) -> MessageID? {
        guard let text = try optionalString(name) else { return nil }
        return try Self.messageID(text, name, code)
    }

    mutating func precedence(_ name: String) throws(EnvelopeError) -> Precedence {
        let text = try string(name)
        guard let precedence = Precedence(name: text) else {
            let known = Precedence.allCases.map { "`\($0.name)`" }.joined(separator: ", ")
            throw EnvelopeError(code, "expected `\(name)` to be one of \(known), got `\(text)`")
        }
        return precedence
    }

    /// Refuses fields that were not asked for.
    func finish() throws(EnvelopeError) {
        guard let unknown = members.keys.min() else { return }
        throw EnvelopeError(code, "unknown field `\(unknown)` in \(subject)")
    }

    private func wrongKind(_ name: String, _ kind: String) -> EnvelopeError {
        EnvelopeError(code, "expected `\(name)` in \(subject) to be \(kind)")
    }

    private static func parse<Value, Failure: Error>(
        _ text: String,
        _ name: String,
        _ code: EnvelopeError.Code,
        _ parse: (String) throws(Failure) -> Value
    ) throws(EnvelopeError) -> Value {
        do {
            return try parse(text)
        } catch {
            throw EnvelopeError(code, "`\(name)`: \(error)")
        }
    }

    private static func messageID(_ text: String, _ name: String, _ code: EnvelopeError.Code)
        throws(EnvelopeError) -> MessageID
    {
        guard let id = MessageID(text) else {
            throw EnvelopeError(code, "expected `\(name)` to be a UUID of version 7 in lower case, got `\(text)`")
        }
        return id
    }
}
