/// The name of a mailbox at a partner, unique within its trust domain: `j2-fusion`.
public struct MailboxName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as it was read.
    public let rawValue: String

    /// Accepts 1 to 63 of `a-z`, `0-9` and `-`, a letter or digit first and last.
    public init(_ text: String) throws(IdentifierError) {
        rawValue = try NameSyntax.checked(text, subject: "mailbox name")
    }

    public var description: String { rawValue }

    public static func < (left: MailboxName, right: MailboxName) -> Bool { left.rawValue < right.rawValue }
}
