package import CoalitionDirectory

extension TransferLink {
    /// Whether the entry says that `node` has taken over the very object of `sent` from another node: for its own mailboxes
    /// or records where it is the destination, else to hand it on there.
    ///
    /// The proof is verified apart, by ``verify(log:in:)``; who brought the object, `peer` says.
    ///
    /// - Parameter sent: the entry by which this node released or relayed the object.
    package func isCustody(of sent: AuditEntry, at node: SPIFFEID) -> Bool {
        let isKind =
            switch entry.kind {
            case .acceptance:
                sent.destination == node && sent.object == .message && entry.outcome == .allowed
            case .receipt, .nonDelivery:
                sent.destination == node && sent.object != .message && entry.outcome == .done
            case .relay:
                sent.destination != node && entry.destination == sent.destination && entry.outcome == .allowed
            case .release, .denial, .transfer, .custody, .delivery, .void, .refusal, .start, .stop, .policyChange,
                .trustChange, .fork, .forkAcknowledgement, .recovery, .erasure, .hold, .holdRelease, .operatorAction,
                .heartbeat, .gap, .gapRequest, .gapReport, .streamFault:
                false
            }
        return isKind && entry.digest == sent.digest && entry.message == sent.message && entry.object == sent.object
            && entry.realm == sent.realm && entry.envelope == sent.envelope && entry.peer?.node != nil
    }
}
