package import CoalitionDirectory
package import MessageEnvelope

/// A message that this node takes on: what to store, for whom, and what the log will say.
///
/// INVARIANT: made only by ``RelayView``'s admission functions, from a verified envelope that every decision allowed.
package struct Admission: Sendable {
    package let envelope: VerifiedEnvelope
    package let decisions: [RecipientDecision]
    /// The proofs that came with it; empty for a submission, which makes this node the origin.
    package let links: [TransferLink]
    /// The node's own mailboxes that it goes into, with the entry that says so; nil when there are none.
    package let acceptance: LocalAcceptance?
    /// What goes on to other nodes.
    package let onward: [OnwardTransfer]
}

/// The acceptance of a message into mailboxes of this node.
package struct LocalAcceptance: Hashable, Sendable {
    package let mailboxes: [MailboxName]
    package let entry: AuditEntryDraft
}

/// One object on its way from this node to a destination node, by the next hop in its entry.
package struct OnwardTransfer: Sendable {
    package let destination: SPIFFEID
    package let nextHop: SPIFFEID
    /// A `release` at the origin, which takes a number of the stream to the destination; a `relay` at a hub.
    package let entry: AuditEntryDraft
}

/// A message that policy denies; only its audit entry is stored.
package struct Denial: Sendable {
    package let id: MessageID
    package let originator: MailboxAddress
    package let decisions: [RecipientDecision]
    package let entry: AuditEntryDraft
    /// The proofs that came with it; empty for a submission.
    package let links: [TransferLink]

    init(
        id: MessageID,
        originator: MailboxAddress,
        decisions: [RecipientDecision],
        entry: AuditEntryDraft,
        links: [TransferLink] = []
    ) {
        self.id = id
        self.originator = originator
        self.decisions = decisions
        self.entry = entry
        self.links = links
    }
}

/// How the admission of a message ended.
package enum AdmissionVerdict: Sendable {
    case admitted(Admission)
    case denied(Denial)

    /// What was decided for each recipient.
    package var decisions: [RecipientDecision] {
        switch self {
        case .admitted(let admission): admission.decisions
        case .denied(let denial): denial.decisions
        }
    }

    /// The nodes that get it next.
    package var nextHops: Set<SPIFFEID> {
        switch self {
        case .admitted(let admission): Set(admission.onward.map(\.nextHop))
        case .denied: []
        }
    }
}
