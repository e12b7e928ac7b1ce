package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto

/// A message that this node has taken on before, as its store gives it back: what receipts and reports must answer.
package struct StoredMessage: Sendable {
    package let header: StoredHeader
    package let digest: SHA256Digest
    /// The nodes that this node's log says it was released or relayed to, each with the next hops that it was handed
    /// to on the way there.
    package let nextHops: [SPIFFEID: Set<SPIFFEID>]
    /// Whether it lies in mailboxes of this node.
    package let isAccepted: Bool
    /// The recipients whose receipts have come back to this node, the originator's.
    package let receipts: Set<MailboxAddress>
    /// The nodes that a report of non-delivery has come back about.
    package let reported: Set<SPIFFEID>

    package init(
        header: StoredHeader,
        digest: SHA256Digest,
        nextHops: [SPIFFEID: Set<SPIFFEID>],
        isAccepted: Bool,
        receipts: Set<MailboxAddress> = [],
        reported: Set<SPIFFEID> = []
    ) {
        self.header = header
        self.digest = digest
        self.nextHops = nextHops
        self.isAccepted = isAccepted
        self.receipts = receipts
        self.reported = reported
    }

    /// The nodes that this node's log says it was released or relayed to.
    package var releasedTo: Set<SPIFFEID> { Set(nextHops.keys) }
}
