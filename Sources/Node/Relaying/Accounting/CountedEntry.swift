package import CanonicalEncoding
package import CoalitionDirectory
package import SecurityLabels

/// What counting takes of an entry of a log, of its details, and of what became of the message that it is about.
package struct CountedEntry: Hashable, Sendable {
    /// What was decided about one recipient.
    package struct Decision: Hashable, Sendable {
        package let recipient: MailboxAddress
        package let isAllowed: Bool
        package let rules: [String]

        package init(recipient: MailboxAddress, isAllowed: Bool, rules: [String]) {
            self.recipient = recipient
            self.isAllowed = isAllowed
            self.rules = rules
        }
    }

    /// What became of a message that this node released or relayed.
    package enum Fate: Hashable, Sendable {
        case waiting
        case handedOver(at: Timestamp)
        case given(up: String)
    }

    package let index: UInt64
    package let time: Timestamp
    package let kind: AuditEntryKind
    package let outcome: AuditOutcome
    package var peer: SPIFFEID?
    package var destination: SPIFFEID?
    /// Whether it is about a message itself, rather than an answer to one.
    package var isAboutMessage = false
    package var reasons: [String] = []
    /// How many refusals it stands for.
    package var weight = 1
    /// Nil where they are not known: there are none, or the details are erased.
    package var decisions: [Decision]?
    package var hasDetails = true
    package var originator: MailboxAddress?
    package var precedence: Precedence?
    package var marking: String?
    /// Owner and classification word of the label.
    package var classification: String?
    package var bodySize: Int?
    package var fate: Fate?
    /// When the destination took the message over behind a hub, by its own log's clock; nil while this log does not know.
    package var arrival: Timestamp?
    /// Why another node reported that it cannot deliver.
    package var nonDelivery: String?
    /// When the receipt of each mailbox came that has signed.
    package var receipts: [MailboxAddress: Timestamp] = [:]
    /// Whose sheet was refused.
    package var refusedSheet: PartnerCode?

    package init(index: UInt64, time: Timestamp, kind: AuditEntryKind, outcome: AuditOutcome) {
        self.index = index
        self.time = time
        self.kind = kind
        self.outcome = outcome
    }

    /// The way of the message that the entry is about; nil when it is not about one, or not the first about it here.
    package var way: MessageWay? {
        guard isAboutMessage else { return nil }
        let isFromMailbox = peer?.kind == .mailbox
        return switch kind {
        case .release: .released
        case .acceptance: isFromMailbox ? .local : .accepted
        case .relay: .relayed
        case .denial: isFromMailbox ? .deniedSending : .deniedReceiving
        case .transfer, .custody, .delivery, .receipt, .nonDelivery, .void, .heartbeat, .gap, .gapRequest, .gapReport,
            .streamFault, .refusal, .start, .stop, .policyChange, .trustChange, .fork, .forkAcknowledgement, .recovery,
            .erasure, .hold, .holdRelease, .operatorAction:
            nil
        }
    }

    /// Whether it only says to the node that brought an object what the denial before it says in full.
    package var repeatsDenial: Bool { kind == .refusal && reasons == [AuditEntryDraft.deniedCode] }

    /// The trust domain of the other side: the node that something is for, else whoever asked.
    package var otherSide: TrustDomain? { destination?.trustDomain ?? peer?.trustDomain }
}

/// Where a message went, as its node sees it. Raw values stand in JSON and never change.
package enum MessageWay: String, Sendable, CaseIterable {
    /// From a mailbox here to another node.
    case released
    /// From another node to mailboxes here.
    case accepted
    /// From a mailbox here to mailboxes here.
    case local
    /// From one node to another by way of this one.
    case relayed
    /// A mailbox here was denied.
    case deniedSending = "denied-sending"
    /// Another node was denied.
    case deniedReceiving = "denied-receiving"
}
