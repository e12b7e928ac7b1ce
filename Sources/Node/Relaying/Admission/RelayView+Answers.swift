import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
import OpenSSLCrypto
import TransparencyLog

/// Receipts and non-deliveries: they need no agreement, but must answer a release that this node has logged, and
/// guardrails apply to them as to the message.
extension RelayView {
    /// Judges the receipt that a recipient's mailbox of this node has signed.
    package func admit(
        receipt: DeliveryReceipt,
        for message: StoredMessage,
        from caller: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> AnswerVerdict {
        let header = message.header.header
        guard message.isAccepted else { throw unknownMessage(header.id) }
        let recipient = try verify(receipt, for: message, signedAt: nil, at: now)
        guard caller.mailboxAddress == recipient else {
            throw RelayRefusal(
                .forbidden,
                code: "signer-not-caller",
                detail: "expected the receipt of the caller `\(caller.id)`, got that of `\(recipient)`"
            )
        }
        // Whoever verifies the release expects it from the recipient's own node.
        guard try homeNode(of: recipient) == node.id else {
            throw RelayRefusal(
                .forbidden,
                code: "wrong-node",
                detail: "mailbox `\(recipient)` posts receipts to its own node `\(try homeNode(of: recipient))`"
            )
        }
        let object = TransferObject.deliveryReceipt(receipt)
        let home = try homeNode(of: header.originator)
        var entries = [answer(.delivery, .done, object, message, peer: caller.id, recipient: recipient)]
        guard home != node.id else {
            entries.append(answer(.receipt, .done, object, message, peer: caller.id, recipient: recipient))
            return .admitted(admission(object, message, entries, recipient: recipient, hasArrived: true))
        }
        let hop = try nextHop(to: home, of: header.originator.partner)
        let question = AccessRequest.accept(
            header.label,
            from: try station(home),
            to: Station(node),
            through: hop == home ? nil : try station(hop),
            precedence: header.precedence,
            realm: PolicyRealm(node.realm),
            facts: facts(of: header, for: recipient)
        )
        let finding = GuardrailFinding(question, by: policy.compiled, at: now)
        var denial = answer(.denial, .denied, object, message, peer: caller.id, recipient: recipient)
        denial.destination = home
        if let denied = finding.denial(denial) { return .denied(denied) }
        var draft = answer(.release, .allowed, object, message, peer: caller.id, recipient: recipient, finding)
        draft.destination = home
        draft.nextHop = hop
        let onward = OnwardTransfer(destination: home, nextHop: hop, entry: draft)
        return .admitted(admission(object, message, entries, recipient: recipient, onward: onward))
    }

    /// Judges a receipt that another node brings, for a mailbox here or, at a hub, for the next hop.
    package func admit(
        receipt: DeliveryReceipt,
        for message: StoredMessage,
        in transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> AnswerVerdict {
        let release = transfer.transfer.links[0].entry
        try checkReleaseTime(release, of: message.header.header, mayBeLate: true, at: now)
        let recipient = try verify(receipt, for: message, signedAt: release.time, at: now)
        guard try homeNode(of: recipient) == transfer.origin else {
            throw RelayRefusal(
                TransferError(
                    .entryMismatch,
                    "expected the release by the node of `\(recipient)`, got `\(transfer.origin)`"
                )
            )
        }
        guard message.nextHops[transfer.origin] != nil else { throw unknownMessage(message.header.header.id) }
        return try admit(.deliveryReceipt(receipt), .receipt, for: message, in: transfer, peer, recipient, at: now)
    }

    /// Judges a report of non-delivery that another node brings.
    ///
    /// It counts when the destination itself reports, or when the node brings it that the message was handed to: each
    /// node on the way vouches for the one behind it. Nobody else can know.
    package func admit(
        nonDelivery report: NonDelivery,
        for message: StoredMessage,
        in transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> AnswerVerdict {
        try checkReleaseTime(transfer.transfer.links[0].entry, of: message.header.header, mayBeLate: true, at: now)
        guard let hops = message.nextHops[report.destination] else {
            throw unknownMessage(message.header.header.id)
        }
        guard transfer.origin == report.destination || hops.contains(peer.id) else {
            throw RelayRefusal(
                TransferError(
                    .entryMismatch,
                    "expected the report by `\(report.destination)` or through the next hop that has the message, got it "
                        + "by `\(transfer.origin)` through `\(peer.id)`"
                )
            )
        }
        try checkAgainstEvidence(report, of: message, at: now)
        do {
            try report.verifyRefusal(reportedBy: transfer.transfer.links[0].entry.log, in: directory)
        } catch {
            throw RelayRefusal(error)
        }
        return try admit(.nonDelivery(report), .nonDelivery, for: message, in: transfer, peer, nil, at: now)
    }

    /// A destination is reported on once, not after its recipients have signed for the message, and not as expired
    /// before that can be.
    private func checkAgainstEvidence(
        _ report: NonDelivery,
        of message: StoredMessage,
        at now: Timestamp
    ) throws(RelayRefusal) {
        let header = message.header.header
        guard !message.reported.contains(report.destination) else {
            throw RelayRefusal(
                TransferError(.entryMismatch, "another report of non-delivery to `\(report.destination)` came before")
            )
        }
        let recipients = header.recipients.filter { directory.homeNode(of: $0)?.id == report.destination }
        guard recipients.isEmpty || !message.receipts.isSuperset(of: recipients) else {
            throw RelayRefusal(
                TransferError(.entryMismatch, "every recipient at `\(report.destination)` has signed for the message")
            )
        }
        let isExpired = header.expires <= now.adding(seconds: ReceivedEnvelope.toleratedSkew)
        guard report.reason != EnvelopeError.Code.expired.rawValue || isExpired else {
            throw RelayRefusal(
                TransferError(.entryMismatch, "reported as expired before its expiry at \(header.expires)")
            )
        }
    }

    /// The report to the originator's node that `message` will not reach `destination`; nil when that is this node,
    /// which knows already.
    ///
    /// - Parameter refusal: the signed word of the next hop that it will not take it, if that is why.
    package func nonDelivery(
        of message: StoredMessage,
        to destination: SPIFFEID,
        reason: String,
        refusal: TransferLink? = nil,
        at now: Timestamp
    ) throws(RelayRefusal) -> AnswerVerdict? {
        let header = message.header.header
        let home = try homeNode(of: header.originator)
        guard home != node.id else { return nil }
        let report = NonDelivery(
            message: header.id,
            envelope: message.digest,
            destination: destination,
            reason: reason,
            time: now,
            refusal: refusal
        )
        let object = TransferObject.nonDelivery(report)
        let hop = try nextHop(to: home, of: header.originator.partner)
        let recipient = header.recipients.first { directory.homeNode(of: $0)?.id == destination }
        let question = try relayed(header, for: recipient, from: home, by: hop, to: destination, through: destination)
        let finding = GuardrailFinding(question, by: policy.compiled, at: now)
        var denial = answer(.denial, .denied, object, message, peer: node.id, recipient: nil)
        denial.destination = home
        if let denied = finding.denial(denial) { return .denied(denied) }
        var draft = answer(.release, .allowed, object, message, peer: node.id, recipient: nil, finding)
        draft.destination = home
        draft.nextHop = hop
        let onward = OnwardTransfer(destination: home, nextHop: hop, entry: draft)
        return .admitted(admission(object, message, [], recipient: nil, onward: onward))
    }

    private func verify(
        _ receipt: DeliveryReceipt,
        for message: StoredMessage,
        signedAt: Timestamp?,
        at now: Timestamp
    ) throws(RelayRefusal) -> MailboxAddress {
        do {
            return try message.header.verify(receipt, by: directory, signedAt: signedAt, now: now).recipient
        } catch {
            throw RelayRefusal(error)
        }
    }

    private func admit(
        _ object: TransferObject,
        _ kind: AuditEntryKind,
        for message: StoredMessage,
        in transfer: VerifiedTransfer,
        _ peer: AuthenticatedPrincipal,
        _ recipient: MailboxAddress?,
        at now: Timestamp
    ) throws(RelayRefusal) -> AnswerVerdict {
        let header = message.header.header
        // INVARIANT: what is judged is what the links prove.
        guard object.kind == transfer.transfer.object.kind, object.digest == transfer.transfer.object.digest else {
            throw RelayRefusal(TransferError(.entryMismatch, "the transfer carries another object"))
        }
        let entry = transfer.transfer.links[0].entry
        guard entry.message == header.id, entry.envelope == message.digest else {
            throw RelayRefusal(TransferError(.entryMismatch, "the release entry names another message"))
        }
        let home = try homeNode(of: header.originator)
        guard transfer.destination == home else {
            throw RelayRefusal(
                TransferError(.entryMismatch, "expected the destination `\(home)`, got `\(transfer.destination)`")
            )
        }
        let links = transfer.transfer.links
        var denial = answer(.denial, .denied, object, message, peer: peer.id, recipient: recipient)
        // A report speaks of a node; which of its mailboxes the question names makes no difference to whom it goes.
        var mailbox = recipient
        if mailbox == nil { mailbox = header.recipients.first { directory.homeNode(of: $0)?.id == transfer.origin } }
        if home == node.id {
            let question = AccessRequest.release(
                header.label,
                from: Station(node),
                to: try station(transfer.origin),
                through: peer.id == transfer.origin ? nil : try station(peer.id),
                precedence: header.precedence,
                realm: PolicyRealm(node.realm),
                facts: facts(of: header, for: mailbox)
            )
            let finding = GuardrailFinding(question, by: policy.compiled, at: now)
            if let denied = finding.denial(denial, links: links) { return .denied(denied) }
            let entries = [answer(kind, .done, object, message, peer: peer.id, recipient: recipient, finding)]
            return .admitted(
                admission(object, message, entries, recipient: recipient, hasArrived: true, links: links)
            )
        }
        let hop = try relayHop(to: home, passed: links.map(\.entry.log.rawValue))
        let question = try relayed(header, for: mailbox, from: home, by: hop, to: transfer.origin, through: peer.id)
        denial.destination = home
        let finding = GuardrailFinding(question, by: policy.compiled, at: now)
        if let denied = finding.denial(denial, links: links) { return .denied(denied) }
        var draft = answer(.relay, .allowed, object, message, peer: peer.id, recipient: recipient, finding)
        draft.destination = home
        draft.nextHop = hop
        let onward = OnwardTransfer(destination: home, nextHop: hop, entry: draft)
        return .admitted(admission(object, message, [], recipient: recipient, links: links, onward: onward))
    }

    /// The question whether this node, as a hub, may pass on the message that an answer is about.
    private func relayed(
        _ header: MessageHeader,
        for mailbox: MailboxAddress?,
        from home: SPIFFEID,
        by previousHop: SPIFFEID,
        to destination: SPIFFEID,
        through nextHop: SPIFFEID
    ) throws(RelayRefusal) -> AccessRequest {
        .relay(
            header.label,
            origin: try partner(home),
            previousHop: try station(previousHop),
            hub: Station(node),
            nextHop: try station(nextHop),
            destination: try partner(destination),
            precedence: header.precedence,
            realm: PolicyRealm(node.realm),
            facts: facts(of: header, for: mailbox)
        )
    }

    private func partner(_ id: SPIFFEID) throws(RelayRefusal) -> PolicyPartner { try station(id).partner }

    private func answer(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        _ object: TransferObject,
        _ message: StoredMessage,
        peer: SPIFFEID,
        recipient: MailboxAddress?,
        _ finding: GuardrailFinding? = nil
    ) -> AuditEntryDraft {
        var details = finding?.record ?? [:]
        if let recipient { details["recipient"] = .string(recipient.description) }
        var reasons: [String] = []
        if case .nonDelivery(let report) = object {
            reasons = [report.reason]
            details["destination"] = .string(report.destination.description)
        }
        return AuditEntryDraft(
            kind,
            outcome,
            realm: node.realm,
            peer: peer,
            message: message.header.header.id,
            object: object.kind,
            digest: object.digest,
            envelope: message.digest,
            reasons: reasons,
            policy: policy.hash,
            directory: directory.stateHash,
            details: .object(details)
        )
    }

    private func admission(
        _ object: TransferObject,
        _ message: StoredMessage,
        _ entries: [AuditEntryDraft],
        recipient: MailboxAddress?,
        hasArrived: Bool = false,
        links: [TransferLink] = [],
        onward: OnwardTransfer? = nil
    ) -> AnswerAdmission {
        AnswerAdmission(
            object: object,
            message: message.header.header.id,
            envelope: message.digest,
            entries: entries,
            recipient: recipient,
            hasArrived: hasArrived,
            precedence: message.header.header.precedence,
            links: links,
            onward: onward
        )
    }

    private func unknownMessage(_ id: MessageID) -> RelayRefusal {
        RelayRefusal(
            TransferError(.unknownMessage, "this node's log holds no release of `\(id)` that this could answer")
        )
    }
}
