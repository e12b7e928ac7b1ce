public import CanonicalEncoding
public import StrictYAML

/// The cases of a policy's test file: what officers want the policy to say, written beside it.
public struct PolicyTestSuite: Hashable, Sendable {
    public let file: String
    /// In the order of the file.
    public let cases: [Case]

    /// One request with the answer that it is to get.
    public struct Case: Hashable, Sendable {
        /// What the case shows, in a sentence.
        public let name: String
        public let line: Int
        public let request: AccessRequest
        public let time: Timestamp
        public let expected: Decision.Outcome
        /// The reasons that the decision is to have, in any order and no others; nil when the case leaves them open.
        public let rules: Set<RuleName>?
    }

    /// Reads a test file against the policy that it tests.
    /// - Throws: `PolicyError` for the first thing that is wrong, such as a name that the policy does not have.
    public static func parse(yaml: String, file: String, policy: Policy) throws(PolicyError) -> PolicyTestSuite {
        let reader = TestSuiteReader(policy: policy)
        return PolicyTestSuite(file: file, cases: try reader.read(YAMLFile.read(yaml, file: file)))
    }

    /// Decides every case and says which came out as expected.
    public func run(_ policy: CompiledPolicy) -> PolicyTestReport {
        let results = cases.map { testCase in
            let decision = policy.decide(testCase.request, at: testCase.time)
            return PolicyTestReport.Result(
                testCase: testCase,
                decision: decision,
                explanation: policy.explain(decision, of: testCase.request, at: testCase.time)
            )
        }
        let rules = policy.policy.guardrails.map(\.name) + policy.policy.agreements.map(\.name)
        return PolicyTestReport(
            results: results,
            coverage: rules.map { rule in
                PolicyTestReport.Coverage(
                    rule: rule,
                    cases: results.count {
                        $0.decision.guardrails.contains(rule) || $0.decision.agreements.contains(rule)
                    }
                )
            }
        )
    }
}
