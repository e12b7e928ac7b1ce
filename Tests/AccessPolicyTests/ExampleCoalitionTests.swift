import AccessPolicy
import CanonicalEncoding
import Foundation
import SecurityLabels
import StrictYAML
import Testing

/// The coalitions under `Config/coalitions`: each a policy, its tests and a short text.
@Suite struct ExampleCoalitionTests {
    static let names = [
        "collective-defence", "cyber-group", "eu-csdp", "informal-coalition", "joint-exercise", "outer-circle",
        "regional-partnership-africa", "regional-partnership-asean", "regional-partnership-gulf", "un-peacekeeping",
    ]

    private static func policy(of name: String) throws -> Policy {
        try Policy.parse(yaml: ExamplePolicy.text("coalitions/\(name)/policy.yaml"), file: "\(name)/policy.yaml")
    }

    private static func suite(of name: String) throws -> PolicyTestSuite {
        let file = "coalitions/\(name)/policy.tests.yaml"
        return try PolicyTestSuite.parse(yaml: ExamplePolicy.text(file), file: file, policy: policy(of: name))
    }

    private static func report(of name: String) throws -> PolicyTestReport {
        try suite(of: name).run(CompiledPolicy(policy(of: name)))
    }

    @Test func `every folder of a coalition is in the list of these tests, and none is missing`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            at: ExamplePolicy.folder.appending(path: "coalitions"),
            includingPropertiesForKeys: nil
        )
        #expect(folders.map(\.lastPathComponent).sorted() == Self.names)
    }

    @Test(arguments: names)
    func `every test beside a coalition's policy passes, and every rule is met`(name: String) throws {
        let report = try Self.report(of: name)
        for failure in report.failures {
            let text = failure.explanations.map(\.text).joined(separator: "\n")
            Issue.record("\(name):\(failure.line): \(failure.problem ?? "")\n\(text)")
        }
        #expect(report.neverFired.isEmpty)
    }

    // A coalition of a few rules shows too little, and one of a hundred is not read.
    @Test(arguments: names)
    func `a coalition has a size that people read, and its cases compare the reasons`(name: String) throws {
        let policy = try Self.policy(of: name)
        let suite = try Self.suite(of: name)
        #expect((8...30).contains(policy.guardrails.count + policy.agreements.count))
        #expect((12...40).contains(suite.cases.count))
        #expect(suite.cases.filter { $0.rules == nil }.map(\.name).isEmpty)
        #expect(policy.agreements.filter { $0.says == nil }.map(\.name).isEmpty)
    }

    @Test(arguments: names)
    func `a coalition states invariants, and keeps them`(name: String) throws {
        #expect(try !Self.policy(of: name).provenInvariants().isEmpty)
    }

    @Test(arguments: names)
    func `a coalition's texts say that they describe nothing that exists, and how to run the tests`(
        name: String
    ) throws {
        for file in ["policy.yaml", "README.md"] {
            let text = try ExamplePolicy.text("coalitions/\(name)/\(file)")
            #expect(text.contains("The names are examples, the rules are invented. Nothing here describes"))
            #expect(text.contains("entente policy test Config/coalitions/\(name)/policy.yaml"))
        }
    }

    @Test(arguments: names)
    func `a rule that a coalition's text names stands in its policy`(name: String) throws {
        let policy = try Self.policy(of: name)
        let rules = policy.guardrails.map(\.name.rawValue) + policy.agreements.map(\.name.rawValue)
        let builtIn = BuiltInGuardrail.allCases.map(\.rawValue)
        let conditions = ["holder-node", "recipient-ceiling"]
        let text = try ExamplePolicy.text("coalitions/\(name)/README.md")
        let named = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            .filter { $0.contains("-") && $0.allSatisfy { $0.isLowercase || $0 == "-" } }
        #expect(named.filter { !rules.contains($0) && !builtIn.contains($0) && !conditions.contains($0) }.isEmpty)
    }
}
