/// The rules of a policy by number: guardrails first, then agreements.
struct RuleSet: Sendable {
    let conditions: [Conditions]
    let names: [RuleName]
    let guardrailCount: Int
    let wordCount: Int
    let guardrails: RuleVector
    let agreements: RuleVector

    init(_ policy: Policy) {
        conditions = policy.rules
        names = policy.guardrails.map(\.name) + policy.agreements.map(\.name)
        guardrailCount = policy.guardrails.count
        wordCount = RuleVector.wordCount(rules: conditions.count)
        var guardrails = RuleVector(wordCount: wordCount)
        var agreements = RuleVector(wordCount: wordCount)
        for rule in conditions.indices {
            if rule < guardrailCount { guardrails.insert(rule) } else { agreements.insert(rule) }
        }
        self.guardrails = guardrails
        self.agreements = agreements
    }

    func vector(_ holds: (Conditions) -> Bool) -> RuleVector {
        var vector = RuleVector(wordCount: wordCount)
        for (rule, conditions) in conditions.enumerated() where holds(conditions) { vector.insert(rule) }
        return vector
    }

    func vector(of rules: [Int]) -> RuleVector {
        var vector = RuleVector(wordCount: wordCount)
        for rule in rules { vector.insert(rule) }
        return vector
    }

    /// The guardrails that one of the vectors has, and the agreements that all of them have.
    ///
    /// So a rule is judged where a fact has several values, or one of several that is not known: a guardrail holds if it
    /// could, an agreement if it must.
    func oneOrAll(_ vectors: [RuleVector]) -> RuleVector {
        var some = RuleVector(wordCount: wordCount)
        var all = agreements
        for vector in vectors {
            some |= vector
            all &= vector
        }
        some &= guardrails
        some |= all
        return some
    }
}
