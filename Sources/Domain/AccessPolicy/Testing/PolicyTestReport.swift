/// What came of running a policy's tests.
public struct PolicyTestReport: Hashable, Sendable {
    /// In the order of the test file.
    public let results: [Result]
    /// Every rule of the policy, guardrails first, with how many cases it had a say in.
    public let coverage: [Coverage]

    /// One case with the decision that it got.
    public struct Result: Hashable, Sendable {
        public let testCase: PolicyTestSuite.Case
        public let decision: Decision
        public let explanation: Explanation

        /// What differs from what the case expects; nil when nothing does.
        public var problem: String? {
            guard decision.outcome == testCase.expected else {
                return "expected it to be \(testCase.expected.rawValue), "
                    + "got \(decision.outcome.rawValue) by \(Self.list(decision.reasons))"
            }
            guard let rules = testCase.rules, rules != Set(decision.reasons) else { return nil }
            return "expected it to be \(testCase.expected.rawValue) by \(Self.list(rules.sorted())), "
                + "got \(Self.list(decision.reasons))"
        }

        public var hasPassed: Bool { problem == nil }

        private static func list(_ rules: [RuleName]) -> String {
            rules.isEmpty ? "no rule" : rules.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    /// How often one rule had a say.
    public struct Coverage: Hashable, Sendable {
        public let rule: RuleName
        public let cases: Int
    }

    public var failures: [Result] { results.filter { !$0.hasPassed } }

    /// The rules that no case ever meets, so that nothing would notice if they changed.
    public var neverFired: [RuleName] { coverage.filter { $0.cases == 0 }.map(\.rule) }
}
