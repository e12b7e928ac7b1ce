/// The name of one daemon of a partner, unique within its trust domain: `gbr-1`.
public struct NodeName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as it was read.
    public let rawValue: String

    /// Accepts 1 to 63 of `a-z`, `0-9` and `-`, a letter or digit first and last.
    public init(_ text: String) throws(IdentifierError) {
        rawValue = try NameSyntax.checked(text, subject: "node name")
    }

    public var description: String { rawValue }

    public static func < (left: NodeName, right: NodeName) -> Bool { left.rawValue < right.rawValue }
}
