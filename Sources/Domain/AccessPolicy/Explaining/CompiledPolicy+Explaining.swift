public import CanonicalEncoding
import SecurityLabels

extension CompiledPolicy {
    /// How many conditions an agreement may miss and still be called near.
    private static let nearMissLimit = 2
    /// How many near agreements an explanation names.
    private static let nearestLimit = 3

    /// Decides a request and explains the decision.
    public func explain(_ request: AccessRequest, at time: Timestamp) -> Explanation {
        explain(decide(request, at: time), of: request, at: time)
    }

    /// Explains a decision that this policy made about the request at the time.
    public func explain(_ decision: Decision, of request: AccessRequest, at time: Timestamp) -> Explanation {
        let refusalWords = RefusalWords(policy: policy, request: request, time: time)
        let guardrails = Set(decision.guardrails)
        let agreements = Set(decision.agreements)
        let denials =
            decision.refusals.map {
                Explanation.Denial(rule: $0.guardrail.name, says: refusalWords.says($0), unknown: [])
            }
            + policy.guardrails.filter { guardrails.contains($0.name) }
            .map { rule in
                Explanation.Denial(
                    rule: rule.name,
                    says: rule.says,
                    unknown: UnknownWords(request: request).facts(for: rule.conditions)
                )
            }
        let isJudged = !decision.refusals.contains { Self.stopsJudgement($0) }
        let lacksAgreement = request.action.needsAgreement && agreements.isEmpty && isJudged
        let nearest = lacksAgreement ? nearMisses(request, at: time) : []

        var advice: [String] = []
        for refusal in decision.refusals {
            let step = refusalWords.advice(refusal)
            if !advice.contains(step) { advice.append(step) }
        }
        if !guardrails.isEmpty {
            advice.append(
                "check the label; if it is right, the guardrail means to stop this, and no agreement overrides it"
            )
        }
        if lacksAgreement, denials.isEmpty {
            advice.append(Self.advice(request, nearest.first))
        }
        return Explanation(
            outcome: decision.outcome,
            summary: Self.summary(request, decision.isAllowed),
            circumstances: "\(request.precedence.name), realm \(request.realm), \(time.dateTimeGroup)",
            denials: denials,
            agreements: policy.agreements.filter { agreements.contains($0.name) }.map { agreement in
                Explanation.Cover(
                    rule: agreement.name,
                    reference: agreement.reference,
                    until: agreement.conditions.dates.until?.date,
                    says: agreement.says
                )
            },
            nearest: nearest,
            lacksAgreement: lacksAgreement,
            advice: advice
        )
    }

    // Where a name is unknown no rule was judged, so that nothing can be said about agreements.
    private static func stopsJudgement(_ refusal: Refusal) -> Bool {
        switch refusal {
        case .unknownLabel, .notInForce, .unknownPartner, .unknownNode, .realm(_, node: nil): true
        case .realm, .suspended, .ceiling, .notReadIn, .notAccredited, .notMember, .notReleasable: false
        }
    }

    private func nearMisses(_ request: AccessRequest, at time: Timestamp) -> [Explanation.NearMiss] {
        let interned = intern(request)
        guard let label = interned.label.numbers, interned.unknown == nil,
            let values = RequestValues(label, interned.numbers, at: time)
        else { return [] }
        let words = ConditionWords(policy: policy, request: request, time: time)
        let candidates = policy.agreements.enumerated().map { offset, agreement in
            Candidate(
                agreement: agreement,
                misses: tables.misses(policy.guardrails.count + offset, values).sorted(by: Dimension.isNearer)
            )
        }.filter { (1...Self.nearMissLimit).contains($0.misses.count) }
        let fewest = candidates.map(\.misses.count).min() ?? 0
        let near = candidates.filter { $0.misses.count == fewest }
        // What was agreed with others is of use to nobody while there is something agreed with this recipient.
        let forRecipient = near.filter { !$0.misses.contains(.recipient) }
        var named = Array((forRecipient.isEmpty ? near : forRecipient).sorted().prefix(Self.nearestLimit))
        // One that misses more is worth naming where the sender alone can put it right.
        if !named.contains(where: \.isForSender),
            let other = candidates.filter({ $0.isForSender && !$0.misses.contains(.recipient) }).min()
        {
            named = named.prefix(Self.nearestLimit - 1) + [other]
        }
        return
            named
            .map { candidate in
                Explanation.NearMiss(
                    rule: candidate.agreement.name,
                    reference: candidate.agreement.reference,
                    misses: candidate.misses.map { words.miss($0, of: candidate.agreement.conditions) }
                )
            }
    }

    /// An agreement with what keeps it from covering the request.
    private struct Candidate: Comparable {
        let agreement: Policy.Agreement
        let misses: [Dimension]

        var isForSender: Bool { misses.allSatisfy { $0.changer == .sender } }

        static func == (left: Candidate, right: Candidate) -> Bool { left.agreement.name == right.agreement.name }

        static func < (left: Candidate, right: Candidate) -> Bool {
            if left.misses == right.misses { return left.agreement.name < right.agreement.name }
            return left.misses.lexicographicallyPrecedes(right.misses, by: Dimension.isNearer)
        }
    }

    /// What a sender does first where no agreement covers the request.
    private static func advice(_ request: AccessRequest, _ nearest: Explanation.NearMiss?) -> String {
        let subjects = (nearest?.misses ?? []).filter { $0.changer == .sender }.map { "the \($0.subject)" }
        let agreement = "ask the policy officers for an agreement from \(request.origin) to \(request.destination)"
        return switch subjects.count {
        case 0: "check label and recipients; if they are right, \(agreement) that covers them"
        case 1: "check \(subjects[0]); if it is right, \(agreement) that covers it"
        default: "check \(subjects.joined(separator: " and ")); if they are right, \(agreement) that covers them"
        }
    }

    private static func summary(_ request: AccessRequest, _ isAllowed: Bool) -> String {
        let may = isAllowed ? "may" : "may not"
        let marking = request.label.marking
        let hub = request.hub.map { " through \($0)" } ?? ""
        return switch request.action {
        case .originate: "\(request.origin) \(may) originate \(marking)"
        case .release: "\(request.origin) \(may) release \(marking) to \(request.destination)\(hub)"
        case .relay:
            "\(request.hub?.description ?? "the hub") \(may) relay \(marking) from \(request.origin) "
                + "to \(request.destination)"
        case .accept: "\(request.destination) \(may) accept \(marking) from \(request.origin)\(hub)"
        case .deliver: "\(request.destination) \(may) deliver \(marking) from \(request.origin) to a mailbox"
        }
    }
}
