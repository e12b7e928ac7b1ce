/// The fields of a mapping in a configuration, taken out one by one, so that what is left over at the end is unknown.
struct ConfigurationFields {
    private let place: ConfigurationText
    private let what: String
    private var remaining: [(key: ConfigurationText, name: String, value: ConfigurationText)]
    private var known: [String] = []

    /// Reads a mapping; `what` names it in messages.
    init(_ text: ConfigurationText, _ what: String) throws(CommandFailure) {
        guard case .mapping(let entries) = text.content else {
            throw text.failure("expected \(what) as a mapping, got \(text.found)")
        }
        place = text
        self.what = what
        remaining = []
        for (key, value) in entries { remaining.append((key, try key.text("a key"), value)) }
    }

    /// A field that must be there.
    mutating func required(_ name: String) throws(CommandFailure) -> ConfigurationText {
        guard let value = optional(name) else {
            throw place.failure("\(what): expected a field `\(name)`, got none", next: "add `\(name)`")
        }
        return value
    }

    /// A field that may be left out.
    mutating func optional(_ name: String) -> ConfigurationText? {
        known.append(name)
        guard let index = remaining.firstIndex(where: { $0.name == name }) else { return nil }
        return remaining.remove(at: index).value
    }

    /// Refuses fields that nobody has asked for.
    func finish() throws(CommandFailure) {
        guard let unknown = remaining.first else { return }
        let fields = known.map { "`\($0)`" }.joined(separator: ", ")
        throw unknown.key.failure(
            "\(what): expected only the fields \(fields), got `\(unknown.name)`",
            next: "correct or remove it"
        )
    }
}

extension ConfigurationText {
    /// The text that stands here, which is not empty.
    func text(_ what: String) throws(CommandFailure) -> String {
        guard case .text(let text) = content, !text.isEmpty else { throw failure("expected \(what), got \(found)") }
        return text
    }

    /// The text that stands here as something that is parsed from text.
    func parsed<Value, Problem: Error & CustomStringConvertible>(
        _ what: String,
        _ parse: (String) throws(Problem) -> Value
    ) throws(CommandFailure) -> Value {
        let text = try text(what)
        do {
            return try parse(text)
        } catch {
            throw failure(error.description)
        }
    }

    /// The text that stands here as one of the values of an enumeration.
    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ what: String,
        of type: Value.Type
    ) throws(CommandFailure) -> Value {
        guard let value = Value(rawValue: try text(what)) else {
            let values = type.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw failure("expected \(what), one of \(values), got \(found)")
        }
        return value
    }

    /// The entries of a mapping whose keys are names.
    func entries(_ what: String) throws(CommandFailure) -> [(name: ConfigurationText, value: ConfigurationText)] {
        guard case .mapping(let entries) = content else { throw failure("expected \(what) by name, got \(found)") }
        return entries.map { ($0.key, $0.value) }
    }

    /// The elements of a list.
    func elements(_ what: String) throws(CommandFailure) -> [ConfigurationText] {
        guard case .list(let elements) = content else { throw failure("expected a list of \(what), got \(found)") }
        return elements
    }
}
