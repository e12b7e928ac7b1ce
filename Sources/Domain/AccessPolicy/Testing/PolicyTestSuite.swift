public import CanonicalEncoding
public import SecurityLabels
public import StrictYAML

/// The cases of a policy's test file: what officers want the policy to say, written beside it.
public struct PolicyTestSuite: Hashable, Sendable {
    public let file: String
    /// Single questions with their answers, in the order of the file; likewise below.
    public let cases: [Case]
    /// Labels with everybody who may have them.
    public let audiences: [AudienceCase]
    /// What must never be allowed, whoever asks.
    public let nevers: [NeverCase]

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

    /// Conditions like those of an invariant: no request that meets them is ever allowed.
    public struct NeverCase: Hashable, Sendable {
        public let name: String
        public let line: Int
        public let conditions: Conditions
    }

    /// Reads a test file against the policy that it tests.
    /// - Parameter labelPolicies: The label policies for markings under other policies than the policy's own; those that
    ///   ship with the product when nil.
    /// - Throws: `PolicyError` for the first thing that is wrong, such as a name that the policy does not have.
    public static func parse(
        yaml: String,
        file: String,
        policy: Policy,
        labelPolicies: LabelPolicySet? = nil
    ) throws(PolicyError) -> PolicyTestSuite {
        let root = try YAMLFile.read(yaml, file: file)
        let markings: PolicyMarkings
        do {
            markings = try PolicyMarkings(policy, labelPolicies: labelPolicies)
        } catch {
            throw root.error("a label policy that the policy accepts cannot be read beside it: \(error)")
        }
        return try TestSuiteReader(policy: policy, markings: markings).read(root)
    }

    /// Decides every case and says which came out as expected, and what of the policy no case depends on.
    public func run(_ policy: CompiledPolicy) -> PolicyTestReport {
        PolicyTestReport(results: results(policy), coverage: CoverageCount(self, policy).coverage)
    }

    /// The same without the coverage, which costs many times as much.
    public func results(_ policy: CompiledPolicy) -> [PolicyTestReport.Result] {
        cases.map { $0.result(policy) } + audiences.map { $0.result(policy) } + nevers.map { $0.result(policy) }
    }
}
