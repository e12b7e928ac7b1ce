/// The name under which a partner's officer or operator acts: a function such as `registrar`, or a person's short name.
public struct PersonName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as it was read.
    public let rawValue: String

    /// Accepts 1 to 63 of `a-z`, `0-9` and `-`, a letter or digit first and last.
    public init(_ text: String) throws(IdentifierError) {
        rawValue = try NameSyntax.checked(text, subject: "person name")
    }

    public var description: String { rawValue }

    public static func < (left: PersonName, right: PersonName) -> Bool { left.rawValue < right.rawValue }
}
