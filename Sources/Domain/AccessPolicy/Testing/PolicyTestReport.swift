import CanonicalEncoding

/// What came of running a policy's tests.
public struct PolicyTestReport: Hashable, Sendable {
    /// In the order of the test file within each kind: cases, who-can-see, never.
    public let results: [Result]
    /// Every rule of the policy, guardrails first, with what the cases show of it.
    public let coverage: [Coverage]

    /// What one entry of a test file asks.
    public enum Kind: String, Hashable, Sendable {
        case decision = "case"
        case audience = "who-can-see"
        case never
    }

    /// One entry of the test file with what came of it.
    public struct Result: Hashable, Sendable {
        public let kind: Kind
        public let name: String
        public let line: Int
        /// What differs from what is expected, and what was got; nil when nothing does.
        public let problem: String?
        /// The decision of a case; where an entry of another kind fails, the decisions that it fails by.
        public let explanations: [Explanation]

        public var hasPassed: Bool { problem == nil }

        init(_ kind: Kind, _ name: String, _ line: Int, problem: String?, explanations: [Explanation]) {
            self.kind = kind
            self.name = name
            self.line = line
            self.problem = problem
            self.explanations = explanations
        }
    }

    /// What the cases show of one rule.
    public struct Coverage: Hashable, Sendable {
        public let rule: RuleName
        /// Whether the rule is an agreement that is suspended, and so has no say in any case.
        public let isSuspended: Bool
        /// In how many cases it had a say.
        public let cases: Int
        /// In how many cases nothing else gave the answer: without the rule it would have been another.
        public let alone: Int
        /// The conditions of the rule, by the keys of the file.
        public let conditions: [String]
        /// Those of them that could be dropped without any case noticing.
        public let idle: [String]
    }

    public var failures: [Result] { results.filter { !$0.hasPassed } }

    public var suspended: [RuleName] { coverage.filter(\.isSuspended).map(\.rule) }

    /// The rules that no case ever meets, so that nothing would notice if they changed; without suspended ones.
    public var neverFired: [RuleName] { coverage.filter { $0.cases == 0 && !$0.isSuspended }.map(\.rule) }

    /// The rules that cases meet, and that no answer rests on alone.
    public var neverAlone: [RuleName] { coverage.filter { $0.cases > 0 && $0.alone == 0 }.map(\.rule) }

    /// The rules that cases meet with the conditions that no case depends on.
    public var idle: [(rule: RuleName, conditions: [String])] {
        coverage.filter { $0.cases > 0 && !$0.idle.isEmpty }.map { ($0.rule, $0.idle) }
    }
}

extension PolicyTestSuite.Case {
    func result(_ policy: CompiledPolicy) -> PolicyTestReport.Result {
        let decision = policy.decide(request, at: time)
        return PolicyTestReport.Result(
            .decision,
            name,
            line,
            problem: problem(decision.outcome, decision.reasons),
            explanations: [policy.explain(decision, of: request, at: time)]
        )
    }

    /// What differs from what the case expects; nil when nothing does.
    func problem(_ outcome: Decision.Outcome, _ reasons: [RuleName]) -> String? {
        guard outcome == expected else {
            return "expected it to be \(expected.rawValue)\(rules.map { " by \(Self.list($0.sorted()))" } ?? ""), "
                + "got \(outcome.rawValue) by \(Self.list(reasons))"
        }
        guard let rules, rules != Set(reasons) else { return nil }
        return "expected it to be \(expected.rawValue) by \(Self.list(rules.sorted())), got \(Self.list(reasons))"
    }

    private static func list(_ rules: [RuleName]) -> String {
        rules.isEmpty ? "no rule" : rules.map { "`\($0)`" }.joined(separator: ", ")
    }
}

extension PolicyTestSuite.NeverCase {
    func result(_ policy: CompiledPolicy) -> PolicyTestReport.Result {
        let found = policy.policy.counterExample(to: conditions)
        return PolicyTestReport.Result(
            .never,
            name,
            line,
            problem: found.map { "expected it never to be allowed, got a request that is, on \($0.time.date)" },
            explanations: found.map { [policy.explain($0.request, at: $0.time)] } ?? []
        )
    }
}

extension Policy {
    /// A request that meets the conditions and is allowed, with a time at which it is; nil when there is none.
    func counterExample(to conditions: Conditions) -> (request: AccessRequest, time: Timestamp)? {
        // No rule of a file can have a name with a space in it.
        let never = Invariant(name: RuleName("never case"), says: "never", conditions: conditions)
        var search = InvariantSearch(self, [never])
        return search.counterExample()
    }
}
