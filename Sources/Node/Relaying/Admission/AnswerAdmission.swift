package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
package import SecurityLabels

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

/// A delivery receipt or non-delivery that a guardrail denies; only its audit entry is stored.
package struct AnswerDenial: Sendable {
    package let entry: AuditEntryDraft
    /// The proofs that came with it; empty for one that began here.
    package let links: [TransferLink]

    package init(entry: AuditEntryDraft, links: [TransferLink] = []) {
        self.entry = entry
        self.links = links
    }
}

/// How the admission of a delivery receipt or non-delivery ended.
package enum AnswerVerdict: Sendable {
    case admitted(AnswerAdmission)
    case denied(AnswerDenial)

    /// The node that gets it next, if any does.
    package var nextHops: Set<SPIFFEID> {
        switch self {
        case .admitted(let admission): Set([admission.onward?.nextHop].compactMap(\.self))
        case .denied: []
        }
    }
}
