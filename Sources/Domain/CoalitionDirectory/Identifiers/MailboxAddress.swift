/// A mailbox as people and headers write it: `GBR/j2-fusion`.
public struct MailboxAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The partner that the mailbox belongs to.
    public let partner: PartnerCode
    /// The mailbox there.
    public let mailbox: MailboxName

    /// The address of a mailbox at a partner.
    public init(partner: PartnerCode, mailbox: MailboxName) {
        self.partner = partner
        self.mailbox = mailbox
    }

    /// Parses `<partner code>/<mailbox name>` and nothing else.
    public init(_ text: String) throws(IdentifierError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw IdentifierError("mailbox address", text, "expected `PARTNER/mailbox`, such as `GBR/j2-fusion`")
        }
        do {
            partner = try PartnerCode(String(decoding: parts[0], as: UTF8.self))
            mailbox = try MailboxName(String(decoding: parts[1], as: UTF8.self))
        } catch {
            throw IdentifierError("mailbox address", text, error.description)
        }
    }

    /// The text that `init(_:)` reads.
    public var description: String { "\(partner)/\(mailbox)" }

    public static func < (left: MailboxAddress, right: MailboxAddress) -> Bool {
        (left.partner, left.mailbox) < (right.partner, right.mailbox)
    }
}
