/// What stands between the parts of a policy's markings.
public struct MarkingSyntax: Hashable, Sendable {
    /// Between fields: the first is written, all are read.
    public let fields: [String]
    /// Between the values of one field: the first is written, all are read.
    public let values: [String]
}

/// How owner and classification stand at the beginning of a marking, such as `//{owner} {word}`.
public struct HeadForm: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case text(String)
        case word
        case owner
        /// Two or more owners with spaces between them.
        case owners
    }

    let parts: [Part]
    /// The form as the file has it.
    public let text: String

    /// Whether the owner can be read from the marking.
    public var namesOwner: Bool { parts.contains(.owner) || parts.contains(.owners) }
    /// Whether the form is for information of several owners.
    public var isJoint: Bool { parts.contains(.owners) }

    /// Reads a form; nil unless it has the word once and owners at most once.
    init?(_ text: String) {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            if open != rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}") else { return nil }
            switch rest[rest.index(after: open)..<close] {
            case "word": parts.append(.word)
            case "owner": parts.append(.owner)
            case "owners": parts.append(.owners)
            default: return nil
            }
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        guard parts.filter({ $0 == .word }).count == 1, parts.count(where: { $0 == .owner || $0 == .owners }) <= 1
        else {
            return nil
        }
        self.parts = parts
        self.text = text
    }
}
