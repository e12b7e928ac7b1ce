import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import StrictYAML
import Testing

@Suite struct ExamplePolicyTests {
    @Test func `every test beside the example policy passes and every rule is met`() throws {
        let policy = try ExamplePolicy.read()
        let suite = try PolicyTestSuite.parse(
            yaml: ExamplePolicy.text("policy.tests.yaml"),
            file: "policy.tests.yaml",
            policy: policy
        )
        let report = suite.run(CompiledPolicy(policy))
        for failure in report.failures {
            Issue.record(
                "\(suite.file):\(failure.line): \(failure.problem ?? "")\n\(failure.explanations.map(\.text))"
            )
        }
        #expect(report.results.count == 48)
        #expect(report.neverFired.isEmpty)
    }
}
