import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
package import MessageEnvelope

extension RelayView {
    /// Judges what a mailbox of this partner submits, from top to bottom: the caller, the envelope, then policy for
    /// every recipient. One denied recipient denies the message, for one ciphertext opens for all of them.
    ///
    /// - Throws: ``RelayRefusal`` when it is refused before policy is asked.
    package func admit(
        submission received: ReceivedEnvelope,
        from caller: AuthenticatedPrincipal,
        at now: Timestamp
    ) throws(RelayRefusal) -> AdmissionVerdict {
        try checkSubmitter(received.header, caller)
        let verified: VerifiedEnvelope
        do {
            verified = try received.verified(by: directory, releasedAt: nil, now: now)
        } catch {
            throw RelayRefusal(error)
        }
        let header = verified.header
        let decisions = try decide(
            ReleaseQuestion(header),
            originated: header.dateTime,
            explaining: .denials,
            at: now
        )
        guard decisions.allSatisfy(\.isAllowed) else {
            return .denied(denial(of: verified, decisions, peer: caller.id))
        }
        return .admitted(try admission(of: verified, decisions, links: [], peer: caller.id, at: now))
    }

    /// Decides for every recipient without releasing anything.
    ///
    /// - Parameter originated: the message's date-time of origin; nil for one that is not made yet.
    package func decide(
        _ question: ReleaseQuestion,
        originated: Timestamp? = nil,
        explaining scope: RecipientDecision.ExplanationScope = .everything,
        at now: Timestamp
    ) throws(RelayRefusal) -> [RecipientDecision] {
        let origin = Station(node)
        var decisions: [RecipientDecision] = []
        for recipient in question.recipients {
            let home = try homeNode(of: recipient)
            let facts = facts(for: recipient, originated: originated ?? now, expires: question.expires)
            var requests = [
                AccessRequest.originate(
                    question.label,
                    at: origin,
                    precedence: question.precedence,
                    realm: PolicyRealm(node.realm),
                    facts: self.facts(for: nil, originated: originated ?? now, expires: question.expires)
                )
            ]
            let hop = home == node.id ? home : try nextHop(to: home, of: recipient.partner)
            // Also what goes from one node of this partner to another by way of a foreign hub crosses a border.
            let hopPartner = try partner(of: hop)
            if recipient.partner != node.partner || hopPartner != node.partner {
                requests.append(
                    .release(
                        question.label,
                        from: origin,
                        to: Station(home, of: recipient.partner),
                        through: hop == home ? nil : try station(hop),
                        precedence: question.precedence,
                        realm: PolicyRealm(node.realm),
                        facts: facts
                    )
                )
            }
            if recipient.partner == node.partner {
                requests.append(deliver(question.label, question.precedence, from: origin, to: home, facts: facts))
            }
            decisions.append(decision(for: recipient, requests, explaining: scope, at: now))
        }
        return decisions
    }

    private func checkSubmitter(_ header: MessageHeader, _ caller: AuthenticatedPrincipal) throws(RelayRefusal) {
        guard let address = caller.mailboxAddress, caller.partner == node.partner else {
            throw RelayRefusal(
                .forbidden,
                code: "not-own-mailbox",
                detail: "expected a mailbox of `\(node.partner)` to submit, got `\(caller.id)`"
            )
        }
        guard header.originator == address else {
            throw RelayRefusal(
                .forbidden,
                code: "originator-not-caller",
                detail: "expected the originator to be the caller `\(address)`, got `\(header.originator)`"
            )
        }
        guard try homeNode(of: address) == node.id else {
            throw RelayRefusal(
                .forbidden,
                code: "wrong-node",
                detail: "mailbox `\(address)` submits to its own node `\(try homeNode(of: address))`"
            )
        }
    }
}
