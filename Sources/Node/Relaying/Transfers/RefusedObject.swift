package import CoalitionDirectory
package import MessageEnvelope
package import OpenSSLCrypto
package import TransparencyLog

/// An object that a node will not take, by what its log says of it.
///
/// That is what came: a refusal may be because links do not prove it.
package struct RefusedObject: Hashable, Sendable {
    package let kind: TransferObjectKind
    package let digest: SHA256Digest
    package let message: MessageID?
    package let envelope: SHA256Digest?

    /// What another node brings.
    package init(of transfer: Transfer) {
        kind = transfer.object.kind
        digest = transfer.object.digest
        switch transfer.object {
        case .message(let received): (message, envelope) = (received.header.id, received.digest)
        case .nonDelivery(let report): (message, envelope) = (report.message, report.envelope)
        case .deliveryReceipt:
            let release = transfer.links[0].entry
            (message, envelope) = (release.message, release.envelope)
        }
    }

    /// What a node has released or relayed; nil for an entry that names no object.
    package init?(sent entry: AuditEntry) {
        guard let kind = entry.object, let digest = entry.digest else { return nil }
        self.kind = kind
        self.digest = digest
        message = entry.message
        envelope = entry.envelope
    }

    /// The message that a report of non-delivery is about.
    init(reported report: NonDelivery) {
        kind = .message
        digest = report.envelope
        message = report.message
        envelope = report.envelope
    }
}

extension TransferLink {
    /// Proves that the log of `node` holds its refusal of exactly this object, for exactly this reason.
    ///
    /// The realm is left to the log's key, for another realm has other keys, and the wrong one is a reason to refuse.
    ///
    /// - Parameter sender: the log of the node that had brought it there.
    package func verifyRefusal(
        of object: RefusedObject,
        from sender: LogOrigin,
        because code: String,
        by node: SPIFFEID,
        in directory: Directory
    ) throws(TransferError) {
        guard entry.kind == .refusal, entry.outcome == .refused, entry.reasons == [code],
            entry.peer?.logName == sender.rawValue, entry.object == object.kind, entry.digest == object.digest,
            entry.message == object.message, entry.envelope == object.envelope
        else {
            throw TransferError(
                .entryMismatch,
                "expected the refusal of the \(object.kind.rawValue) `\(object.digest.hex)` from `\(sender)` because of "
                    + "`\(code)`, got another entry: \(entry.index) of `\(entry.log)`"
            )
        }
        try verify(log: node, in: directory)
    }
}

extension NonDelivery {
    /// Proves the refusal that the report rests on, where it has one: that some node has refused just this message to the
    /// node that reports, for the reason that it reports.
    ///
    /// - Parameter reporter: the log of the node that reports.
    func verifyRefusal(reportedBy reporter: LogOrigin, in directory: Directory) throws(TransferError) {
        guard let refusal else { return }
        guard let node = directory.node(logOrigin: refusal.entry.log.rawValue), refusal.entry.log != reporter else {
            throw TransferError(
                .entryMismatch,
                "expected a refusal in the log of another known node, got one in `\(refusal.entry.log)`"
            )
        }
        try refusal.verifyRefusal(
            of: RefusedObject(reported: self),
            from: reporter,
            because: reason,
            by: node.id,
            in: directory
        )
    }
}
