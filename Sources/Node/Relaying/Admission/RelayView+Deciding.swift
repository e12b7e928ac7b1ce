import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import SecurityLabels
import TransparencyLog

extension RelayView {
    /// The most reasons that an entry names.
    package static var maximumReasons: Int { 32 }

    /// The node that holds the mailbox of `address`.
    func homeNode(of address: MailboxAddress) throws(RelayRefusal) -> SPIFFEID {
        guard let record = directory.homeNode(of: address) else {
            throw RelayRefusal(
                EnvelopeError(.unknownRecipient, "no sheet of realm `\(node.realm)` lists mailbox `\(address)`")
            )
        }
        return record.id
    }

    /// The node to hand an object for `destination` to.
    func nextHop(to destination: SPIFFEID, of partner: PartnerCode) throws(RelayRefusal) -> SPIFFEID {
        guard let hop = routes.nextHops(to: destination, of: partner).first(where: { $0 != node.id }) else {
            throw RelayRefusal(TransferError(.noRoute, "no route from `\(node.id)` to `\(destination)`"))
        }
        return hop
    }

    /// The next hop of an object that has passed the nodes with these logs; it never goes back to one of them.
    func relayHop(to destination: SPIFFEID, passed logs: [String]) throws(RelayRefusal) -> SPIFFEID {
        let partner = try partner(of: destination)
        let candidates = routes.nextHops(to: destination, of: partner)
        guard let hop = candidates.first(where: { $0 != node.id && !logs.contains($0.logName) }) else {
            throw RelayRefusal(TransferError(.noRoute, "no route from `\(node.id)` to `\(destination)`"))
        }
        guard logs.count < Transfer.maximumLinks else {
            throw RelayRefusal(
                TransferError(.tooManyHops, "expected at most \(Transfer.maximumLinks) hops, this would be one more")
            )
        }
        return hop
    }

    func partner(of id: SPIFFEID) throws(RelayRefusal) -> PartnerCode {
        guard let record = directory.node(id) else {
            throw RelayRefusal(TransferError(.noRoute, "no sheet of realm `\(node.realm)` lists node `\(id)`"))
        }
        return record.partner
    }

    func station(_ id: SPIFFEID) throws(RelayRefusal) -> Station {
        Station(id, of: try partner(of: id))
    }

    /// What is known of a message and its way beside label, precedence and partners.
    func facts(
        for mailbox: MailboxAddress?,
        originated: Timestamp,
        expires: Timestamp?
    ) -> RequestFacts {
        RequestFacts(
            mailbox: mailbox.map { PolicyMailbox(PolicyPartner($0.partner.rawValue), $0.mailbox.rawValue) },
            link: link,
            originated: originated,
            expires: expires
        )
    }

    func facts(of header: MessageHeader, for mailbox: MailboxAddress?) -> RequestFacts {
        facts(for: mailbox, originated: header.dateTime, expires: header.expires)
    }

    func deliver(
        _ label: ConfidentialityLabel,
        _ precedence: Precedence,
        from origin: Station,
        to home: SPIFFEID,
        facts: RequestFacts
    ) -> AccessRequest {
        .deliver(
            label,
            from: origin,
            to: Station(home, of: node.partner),
            precedence: precedence,
            realm: PolicyRealm(node.realm),
            facts: facts
        )
    }

    func decision(
        for recipient: MailboxAddress,
        _ requests: [AccessRequest],
        explaining scope: RecipientDecision.ExplanationScope = .denials,
        at now: Timestamp
    ) -> RecipientDecision {
        RecipientDecision(
            recipient: recipient,
            steps: requests.map { request in
                let decision = policy.compiled.decide(request, at: now)
                return RecipientDecision.Step(
                    request: request,
                    time: now,
                    decision: decision,
                    explanation: decision.isAllowed && scope == .denials
                        ? nil : policy.compiled.explain(decision, of: request, at: now)
                )
            }
        )
    }

    /// - Parameter destination: the node that a transfer was for, where that is not this one.
    func denial(
        of envelope: VerifiedEnvelope,
        _ decisions: [RecipientDecision],
        peer: SPIFFEID,
        destination: SPIFFEID? = nil,
        links: [TransferLink] = []
    ) -> Denial {
        var reasons: [String] = []
        for rule in decisions.filter({ !$0.isAllowed }).flatMap(\.rules) where !reasons.contains(rule) {
            reasons.append(rule)
        }
        var entry = draft(.denial, .denied, of: envelope, decisions, peer: peer)
        entry.destination = destination
        // The details hold every reason; the entry must stay within its size whatever a policy is made of.
        entry.reasons = Array(reasons.prefix(Self.maximumReasons))
        return Denial(
            id: envelope.header.id,
            originator: envelope.header.originator,
            decisions: decisions,
            entry: entry,
            links: links
        )
    }

    /// What is stored and sent on for a message that every decision allows.
    ///
    /// - Parameter destination: the node that a transfer is for; nil for a submission, which goes to all recipients.
    func admission(
        of envelope: VerifiedEnvelope,
        _ decisions: [RecipientDecision],
        links: [TransferLink],
        peer: SPIFFEID,
        destination: SPIFFEID? = nil,
        at now: Timestamp
    ) throws(RelayRefusal) -> Admission {
        var mailboxes: [SPIFFEID: [MailboxAddress]] = [:]
        for decision in decisions {
            mailboxes[try homeNode(of: decision.recipient), default: []].append(decision.recipient)
        }
        var acceptance: LocalAcceptance?
        var onward: [OnwardTransfer] = []
        for (home, recipients) in mailboxes.sorted(by: { $0.key < $1.key }) {
            let relevant = decisions.filter { recipients.contains($0.recipient) }
            guard home != node.id else {
                let entry = draft(.acceptance, .allowed, of: envelope, relevant, peer: peer)
                acceptance = LocalAcceptance(mailboxes: recipients.map(\.mailbox), entry: entry)
                continue
            }
            var entry = draft(links.isEmpty ? .release : .relay, .allowed, of: envelope, relevant, peer: peer)
            let hop =
                links.isEmpty
                ? try nextHop(to: home, of: recipients[0].partner)
                : try relayHop(to: home, passed: links.map(\.entry.log.rawValue))
            entry.destination = home
            entry.nextHop = hop
            onward.append(OnwardTransfer(destination: home, nextHop: hop, entry: entry))
        }
        return Admission(
            envelope: envelope,
            decisions: decisions,
            links: links,
            acceptance: acceptance,
            onward: onward
        )
    }

    private func draft(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        of envelope: VerifiedEnvelope,
        _ decisions: [RecipientDecision],
        peer: SPIFFEID
    ) -> AuditEntryDraft {
        let header = envelope.header
        return AuditEntryDraft(
            kind,
            outcome,
            realm: node.realm,
            peer: peer,
            message: header.id,
            object: .message,
            digest: envelope.digest,
            envelope: envelope.digest,
            policy: policy.hash,
            directory: directory.stateHash,
            details: [
                "decisions": .array(decisions.map(\.record)),
                "label": .string(header.label.marking),
                "label-parts": header.label.json,
                "originator": .string(header.originator.description),
                "precedence": .string(header.precedence.name),
            ]
        )
    }
}

extension Station {
    init(_ node: NodeIdentity) {
        self.init(node.id, of: node.partner)
    }

    init(_ id: SPIFFEID, of partner: PartnerCode) {
        self.init(PolicyPartner(partner.rawValue), node: PolicyNode(id.name))
    }
}

extension PolicyRealm {
    init(_ realm: Realm) {
        self.init(realm.rawValue)
    }
}
