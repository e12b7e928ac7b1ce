package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
package import SecurityLabels

/// A message that this node has taken on before, as its store gives it back: what receipts and reports must answer.
package struct StoredMessage: Sendable {
    package let header: StoredHeader
    package let digest: SHA256Digest
    /// The nodes that this node's log says it was released or relayed to, each with the next hops that it was handed
    /// to on the way there.
    package let nextHops: [SPIFFEID: Set<SPIFFEID>]
    /// Whether it lies in mailboxes of this node.
    package let isAccepted: Bool

    package init(
        header: StoredHeader,
        digest: SHA256Digest,
        nextHops: [SPIFFEID: Set<SPIFFEID>],
        isAccepted: Bool
    ) {
        self.header = header
        self.digest = digest
        self.nextHops = nextHops
        self.isAccepted = isAccepted
    }

    /// The nodes that this node's log says it was released or relayed to.
    package var releasedTo: Set<SPIFFEID> { Set(nextHops.keys) }
}

/// A delivery receipt or non-delivery that this node takes on: what the log will say, and where it goes next.
package struct AnswerAdmission: Sendable {
    package let object: TransferObject
    package let message: MessageID
    package let envelope: SHA256Digest
    /// Entries to append in this order, before the onward transfer's own.
    package let entries: [AuditEntryDraft]
    /// The mailbox that the answer is of; nil for a non-delivery.
    package let recipient: MailboxAddress?
    /// Whether the originator's mailbox is at this node, so that the answer has arrived.
    package let hasArrived: Bool
    package let precedence: Precedence
    package let links: [TransferLink]
    package let onward: OnwardTransfer?
}
