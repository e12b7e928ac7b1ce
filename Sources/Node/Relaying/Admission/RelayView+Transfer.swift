import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope
import TransparencyLog

extension RelayView {
    /// Judges a message that another node brings, for this node's mailboxes or, at a hub, for the next hop.
    ///
    /// - Parameter transfer: its links are proven; the message in it is verified here.
    package func admit(
        message received: ReceivedEnvelope,
        in transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> AdmissionVerdict {
        // INVARIANT: what is judged is what the links prove.
        guard transfer.transfer.object.kind == .message, transfer.transfer.object.digest == received.digest else {
            throw RelayRefusal(TransferError(.entryMismatch, "the transfer carries another object"))
        }
        let release = transfer.transfer.links[0].entry
        try checkReleaseTime(release, of: received.header, mayBeLate: false, at: now)
        let verified: VerifiedEnvelope
        do {
            verified = try received.verified(by: directory, releasedAt: release.time, now: now)
        } catch {
            throw RelayRefusal(error)
        }
        guard try homeNode(of: verified.header.originator) == transfer.origin else {
            throw RelayRefusal(
                TransferError(
                    .entryMismatch,
                    "expected the release by the originator's node, got one by `\(transfer.origin)`"
                )
            )
        }
        let recipients = try recipients(of: verified.header, at: transfer.destination)
        let decisions =
            transfer.destination == node.id
            ? try decideAcceptance(verified.header, recipients, transfer, from: peer, at: now)
            : try decideRelay(verified.header, recipients, transfer, from: peer, at: now)
        guard decisions.allSatisfy(\.isAllowed) else {
            let destination = transfer.destination == node.id ? nil : transfer.destination
            let links = transfer.transfer.links
            return .denied(denial(of: verified, decisions, peer: peer.id, destination: destination, links: links))
        }
        return .admitted(
            try admission(
                of: verified,
                decisions,
                links: transfer.transfer.links,
                peer: peer.id,
                destination: transfer.destination,
                at: now
            )
        )
    }

    /// Bounds the time at which the origin says that it released an object about the message: certificates are judged by
    /// it, so that a node with the key of an expired mailbox must not choose it freely.
    ///
    /// - Parameter mayBeLate: whether it may lie behind the message's expiry: a receipt may, the message itself not.
    func checkReleaseTime(
        _ release: AuditEntry,
        of header: MessageHeader,
        mayBeLate: Bool,
        at now: Timestamp
    ) throws(RelayRefusal) {
        let skew = ReceivedEnvelope.toleratedSkew
        guard release.time >= header.dateTime.adding(seconds: -skew) else {
            throw RelayRefusal(
                TransferError(
                    .entryMismatch,
                    "expected a release after the date-time of origin `\(header.dateTime)`, got one at `\(release.time)`"
                )
            )
        }
        guard mayBeLate || release.time <= header.expires else {
            throw RelayRefusal(
                TransferError(
                    .entryMismatch,
                    "expected a release before the expiry `\(header.expires)`, got one at `\(release.time)`"
                )
            )
        }
        guard release.time <= now.adding(seconds: skew) else {
            throw RelayRefusal(
                EnvelopeError(.invalidTime, "the release at `\(release.time)` is more than 2 hours ahead of `\(now)`")
            )
        }
    }

    /// The recipients whose mailboxes are at `destination`: the ones that this transfer is for.
    private func recipients(of header: MessageHeader, at destination: SPIFFEID) throws(RelayRefusal) -> [MailboxAddress]
    {
        var recipients: [MailboxAddress] = []
        for recipient in header.recipients where try homeNode(of: recipient) == destination {
            recipients.append(recipient)
        }
        guard !recipients.isEmpty else {
            throw RelayRefusal(TransferError(.entryMismatch, "no recipient has its mailbox at `\(destination)`"))
        }
        return recipients
    }

    private func decideAcceptance(
        _ header: MessageHeader,
        _ recipients: [MailboxAddress],
        _ transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> [RecipientDecision] {
        let origin = try station(transfer.origin)
        return recipients.map { recipient in
            let facts = facts(of: header, for: recipient)
            let deliver = deliver(header.label, header.precedence, from: origin, to: node.id, facts: facts)
            // Also what comes from this partner's own node by way of a foreign hub crosses a border.
            guard header.originator.partner != node.partner || peer.partner != node.partner else {
                return decision(for: recipient, [deliver], at: now)
            }
            let accept = AccessRequest.accept(
                header.label,
                from: origin,
                to: Station(node),
                through: peer.id == transfer.origin ? nil : Station(peer.id, of: peer.partner),
                precedence: header.precedence,
                realm: PolicyRealm(node.realm),
                facts: facts
            )
            return decision(for: recipient, [accept, deliver], at: now)
        }
    }

    private func decideRelay(
        _ header: MessageHeader,
        _ recipients: [MailboxAddress],
        _ transfer: VerifiedTransfer,
        from peer: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> [RecipientDecision] {
        let origin = try station(transfer.origin)
        let destination = try station(transfer.destination)
        let next = try station(
            try relayHop(to: transfer.destination, passed: transfer.transfer.links.map(\.entry.log.rawValue))
        )
        return recipients.map { recipient in
            let request = AccessRequest.relay(
                header.label,
                origin: origin.partner,
                previousHop: Station(peer.id, of: peer.partner),
                hub: Station(node),
                nextHop: next,
                destination: destination.partner,
                precedence: header.precedence,
                realm: PolicyRealm(node.realm),
                facts: facts(of: header, for: recipient)
            )
            return decision(for: recipient, [request], at: now)
        }
    }
}
