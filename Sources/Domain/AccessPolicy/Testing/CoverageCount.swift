/// Counts what the cases of a suite show of each rule, and finds the conditions that no case depends on.
struct CoverageCount {
    private let suite: PolicyTestSuite
    private let probes: RuleProbes
    private let cases: [(testCase: PolicyTestSuite.Case, answer: RuleProbes.Answer)]
    private let audiences: [(audience: PolicyTestSuite.AudienceCase, ways: [[RuleProbes.Answer]], mayHave: [Bool])]

    init(_ suite: PolicyTestSuite, _ policy: CompiledPolicy) {
        self.suite = suite
        let probes = RuleProbes(policy.policy)
        self.probes = probes
        cases = suite.cases.map { ($0, probes.answer($0.request, at: $0.time)) }
        audiences = suite.audiences.map { audience in
            let ways = audience.candidates.map { candidate in
                audience.ways(to: candidate, policy.policy).map { probes.answer($0, at: audience.time) }
            }
            return (audience, ways, ways.map { $0.contains { probes.decision($0, $0.rules).outcome == .allowed } })
        }
    }

    var coverage: [PolicyTestReport.Coverage] {
        let noticed = noticedProbes()
        let policy = probes.policy
        return probes.names.enumerated().map { number, name in
            let own = probes.probes.indices.filter { probes.probes[$0].rule == number }
            return PolicyTestReport.Coverage(
                rule: name,
                isSuspended: number >= probes.guardrailCount
                    && policy.agreements[number - probes.guardrailCount].conditions.isSuspended,
                cases: cases.count { $0.answer.rules.contains(number) } + audiences.count { isMet(number, $0.ways) },
                alone: cases.count { decides(number, alone: $0.answer) }
                    + audiences.count { decides(number, alone: $0.ways, $0.mayHave) },
                conditions: own.map { probes.probes[$0].key },
                idle: own.filter { !noticed.contains($0) }.map { probes.probes[$0].key }
            )
        }
    }

    // MARK: - Rules

    /// Whether the rule has a say on the way to a recipient that counts: the one that is open, or the first.
    private func isMet(_ rule: Int, _ ways: [[RuleProbes.Answer]]) -> Bool {
        ways.contains { ways in
            (ways.first { probes.decision($0, $0.rules).outcome == .allowed } ?? ways.first)?.rules.contains(rule)
                == true
        }
    }

    private func decides(_ rule: Int, alone answer: RuleProbes.Answer) -> Bool {
        answer.rules.contains(rule)
            && probes.decision(answer, answer.rules).outcome
                != probes.decision(answer, answer.rules.subtracting([rule])).outcome
    }

    private func decides(_ rule: Int, alone ways: [[RuleProbes.Answer]], _ mayHave: [Bool]) -> Bool {
        zip(ways, mayHave).contains { ways, mayHave in
            ways.contains { probes.decision($0, $0.rules.subtracting([rule])).outcome == .allowed } != mayHave
        }
    }

    // MARK: - Conditions

    /// The probes whose condition cannot be dropped without a case noticing.
    private func noticedProbes() -> Set<Int> {
        var noticed: Set<Int> = []
        for (testCase, answer) in cases {
            let before = passes(testCase, answer, answer.rules)
            for probe in answer.probes where !noticed.contains(probe) {
                let rules = answer.rules.union([probes.probes[probe].rule])
                if passes(testCase, answer, rules) != before { noticed.insert(probe) }
            }
        }
        for (audience, ways, mayHave) in audiences {
            let before = passes(audience, mayHave)
            for probe in Set(ways.joined().flatMap(\.probes)) where !noticed.contains(probe) {
                if passes(audience, self.mayHave(ways, mayHave, with: probe)) != before { noticed.insert(probe) }
            }
        }
        for never in suite.nevers where probes.policy.counterExample(to: never.conditions) == nil {
            notice(never, in: &noticed)
        }
        return noticed
    }

    /// Adds the probes that break a promise which the policy keeps.
    ///
    /// All probes of agreements stand beside their agreements at once: what is allowed is then all that one of them allows,
    /// and a request that breaks the promise names those that cover it. Probes of guardrails deny more and break nothing.
    private func notice(_ never: PolicyTestSuite.NeverCase, in noticed: inout Set<Int>) {
        while true {
            let rest = probes.probes.indices.filter {
                probes.probes[$0].rule >= probes.guardrailCount && !noticed.contains($0)
            }
            let policy = probes.policy(beside: rest)
            guard let found = policy.counterExample(to: never.conditions) else { return }
            let covering = Set(CompiledPolicy(policy).decide(found.request, at: found.time).agreements)
            let breaking = rest.filter { covering.contains(probes.probes[$0].name) }
            // A promise that is kept is broken by probes alone.
            guard !breaking.isEmpty else { return }
            noticed.formUnion(breaking)
        }
    }

    private func passes(_ testCase: PolicyTestSuite.Case, _ answer: RuleProbes.Answer, _ rules: Set<Int>) -> Bool {
        let (outcome, reasons) = probes.decision(answer, rules)
        return testCase.problem(outcome, reasons) == nil
    }

    private func passes(_ audience: PolicyTestSuite.AudienceCase, _ mayHave: [Bool]) -> Bool {
        audience.differences(Set(zip(audience.candidates, mayHave).filter(\.1).map(\.0))) == nil
    }

    private func mayHave(_ ways: [[RuleProbes.Answer]], _ before: [Bool], with probe: Int) -> [Bool] {
        zip(ways, before).map { ways, before in
            guard ways.contains(where: { $0.probes.contains(probe) }) else { return before }
            return ways.contains { answer in
                let rules =
                    answer.probes.contains(probe) ? answer.rules.union([probes.probes[probe].rule]) : answer.rules
                return probes.decision(answer, rules).outcome == .allowed
            }
        }
    }
}
