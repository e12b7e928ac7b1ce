public import CanonicalEncoding

/// What is known about a message and its way beside what every request must say.
///
/// A condition on something that is not known is judged with care: a guardrail holds if it could hold, an agreement only
/// if it must.
public struct RequestFacts: Hashable, Sendable {
    /// The mailbox that the message is for, of the destination partner.
    public var mailbox: PolicyMailbox?
    /// What the TLS session of the hop negotiated; one that is not known counts as the weakest.
    public var link: LinkStrength?
    /// When the message was originated, as its signed header says.
    public var originated: Timestamp?
    /// When the message expires, as its signed header says.
    public var expires: Timestamp?

    public init(
        mailbox: PolicyMailbox? = nil,
        link: LinkStrength? = nil,
        originated: Timestamp? = nil,
        expires: Timestamp? = nil
    ) {
        self.mailbox = mailbox
        self.link = link
        self.originated = originated
        self.expires = expires
    }

    /// Nothing is known.
    public static let unknown = RequestFacts()
}
