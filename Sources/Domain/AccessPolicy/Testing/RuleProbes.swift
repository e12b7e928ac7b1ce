import CanonicalEncoding

/// A policy with, beside each of its rules, the same rule without one condition: one decision then tells what every rule
/// says of a request, and what it would say if the condition were not there.
struct RuleProbes {
    /// One rule without one of its conditions; it holds whenever the rule does.
    struct Probe {
        /// The number of the rule, guardrails first.
        let rule: Int
        let name: RuleName
        let key: String
        let conditions: Conditions
    }

    /// What the rules say of one request.
    struct Answer {
        let needsAgreement: Bool
        let refusals: [RuleName]
        /// The rules that hold, by number.
        let rules: Set<Int>
        /// The probes that hold although their rule does not.
        let probes: Set<Int>
    }

    let policy: Policy
    let names: [RuleName]
    let guardrailCount: Int
    let probes: [Probe]
    private let compiled: CompiledPolicy
    private let ruleNumbers: [RuleName: Int]
    private let probeNumbers: [RuleName: Int]

    init(_ policy: Policy) {
        self.policy = policy
        let names = policy.guardrails.map(\.name) + policy.agreements.map(\.name)
        let guardrailCount = policy.guardrails.count
        self.names = names
        self.guardrailCount = guardrailCount
        ruleNumbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var probes: [Probe] = []
        var probeNumbers: [RuleName: Int] = [:]
        var guardrails = policy.guardrails
        var agreements = policy.agreements
        func add(_ rule: Int, _ conditions: Conditions, isAgreement: Bool, _ append: (RuleName, Conditions) -> Void) {
            for (key, rest) in conditions.withoutEach(ofAgreement: isAgreement) {
                // No rule of a file can have a name with a space in it.
                let name = RuleName("\(names[rule]) \(key)")
                probeNumbers[name] = probes.count
                probes.append(Probe(rule: rule, name: name, key: key, conditions: rest))
                append(name, rest)
            }
        }
        for (number, rule) in policy.guardrails.enumerated() {
            add(number, rule.conditions, isAgreement: false) { name, conditions in
                guardrails.append(.init(name: name, says: rule.says, conditions: conditions))
            }
        }
        for (number, rule) in policy.agreements.enumerated() {
            add(guardrailCount + number, rule.conditions, isAgreement: true) { name, conditions in
                agreements.append(
                    .init(
                        name: name,
                        says: rule.says,
                        reference: rule.reference,
                        review: rule.review,
                        conditions: conditions
                    )
                )
            }
        }
        self.probes = probes
        self.probeNumbers = probeNumbers
        compiled = CompiledPolicy(policy.with(guardrails: guardrails, agreements: agreements))
    }

    func answer(_ request: AccessRequest, at time: Timestamp) -> Answer {
        let decision = compiled.decide(request, at: time)
        var refusals: [RuleName] = []
        for refusal in decision.refusals where !refusals.contains(refusal.guardrail.name) {
            refusals.append(refusal.guardrail.name)
        }
        let holding = decision.guardrails + decision.agreements
        let rules = Set(holding.compactMap { ruleNumbers[$0] })
        return Answer(
            needsAgreement: request.action.needsAgreement,
            refusals: refusals,
            rules: rules,
            probes: Set(holding.compactMap { probeNumbers[$0] }.filter { !rules.contains(probes[$0].rule) })
        )
    }

    /// The policy with some probes of agreements beside its own agreements.
    func policy(beside numbers: [Int]) -> Policy {
        let further = numbers.map { number in
            let probe = probes[number]
            let rule = policy.agreements[probe.rule - guardrailCount]
            return Policy.Agreement(
                name: probe.name,
                says: rule.says,
                reference: rule.reference,
                review: rule.review,
                conditions: probe.conditions
            )
        }
        return policy.with(guardrails: policy.guardrails, agreements: policy.agreements + further)
    }

    /// What an answer comes to with other rules holding.
    func decision(_ answer: Answer, _ rules: Set<Int>) -> (outcome: Decision.Outcome, reasons: [RuleName]) {
        let guardrails = rules.filter { $0 < guardrailCount }.sorted().map { names[$0] }
        let agreements = rules.filter { $0 >= guardrailCount }.sorted().map { names[$0] }
        let denying = answer.refusals + guardrails
        if !denying.isEmpty { return (.denied, denying) }
        return answer.needsAgreement && agreements.isEmpty ? (.denied, [.noAgreement]) : (.allowed, agreements)
    }
}
