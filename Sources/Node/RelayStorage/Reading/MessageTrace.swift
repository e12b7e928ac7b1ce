package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
package import Relaying
package import SecurityLabels

/// Everything that this node knows about a message id: what was decided and logged, and where the message is.
package struct MessageTrace: Sendable {
    package let id: MessageID
    /// All entries that name the id, denials and refusals included, in order.
    package let entries: [StoredEntry]
    /// The messages that were taken on under the id: one, unless originators have used the same id.
    package let messages: [TracedMessage]
}

/// A message that this node has taken on, with what became of it.
package struct TracedMessage: Sendable {
    package let originator: MailboxAddress
    package let envelope: SHA256Digest
    package let precedence: Precedence
    package let accepted: Timestamp
    package let expires: Timestamp
    /// The message, and answers to it, on their way to other nodes.
    package let transfers: [TracedTransfer]
    /// The mailboxes of this node that hold it.
    package let mailboxes: [TracedMailbox]
    /// The delivery receipts that have arrived here, the originator's node.
    package let receipts: [TracedReceipt]
    /// What is known here, the originator's node, of destinations that it will not reach.
    package let nonDeliveries: [TracedNonDelivery]
}

/// One object's way to its next hop.
package struct TracedTransfer: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case queued
        /// The next hop has custody.
        case transferred
        /// Given up.
        case void
    }

    package let item: OutboxItem
    package let state: State
    /// The entry that closed it: a `transfer` or a `void`.
    package let closingEntry: UInt64?
    /// The next hop's proof of custody, once transferred.
    package let custody: WitnessedLink?
    /// What nodes behind the next hop have proven of their custody, in the order in which this node learned of it.
    package let onwardCustody: [WitnessedLink]
    /// The next hop's signed word that it would not take it, where it was given up for that.
    package let refusal: WitnessedLink?
    package let lastError: String?
}

/// Another log's entry, and what is known of the tree that proves it.
package struct WitnessedLink: Hashable, Sendable {
    package let link: TransferLink
    /// Nil when it was received by an older release.
    package let state: ReceivedCheckpoint.State?
}

/// A mailbox that holds a message.
package struct TracedMailbox: Hashable, Sendable {
    package let mailbox: MailboxName
    package let sequence: Int64
    package let received: Timestamp
    package let isReceipted: Bool
}

/// A delivery receipt at the originator's node.
package struct TracedReceipt: Hashable, Sendable {
    package let recipient: MailboxAddress
    package let receipt: DeliveryReceipt
    package let entryIndex: UInt64
    package let received: Timestamp
    /// The recipient's node's release of it, where it came from another node.
    package let release: WitnessedLink?
}

/// A destination that a message will not reach, as the originator's node knows it.
package struct TracedNonDelivery: Hashable, Sendable {
    package let destination: SPIFFEID
    package let reason: String
    package let entryIndex: UInt64
    package let received: Timestamp
    /// The refusal that the report rests on, signed by the node that would not take the message.
    package let refusal: WitnessedLink?
}
