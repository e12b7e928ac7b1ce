import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import Testing
import VectorSupport

/// The test files in `Vectors/policy-tests`, read against the example policy.
@Suite struct PolicyTestVectorTests {
    @Test func `every good test file reads as it says`() throws {
        let policy = try ExamplePolicy.read()
        let problems = try VectorFolder("policy-tests/accept").unexpectedAnswers { vector in
            let suite = try PolicyTestSuite.parse(yaml: vector.text, file: vector.name, policy: policy)
            return suite.cases.map(Self.describe).joined(separator: "\n")
        }
        #expect(problems == [])
    }

    @Test func `every bad test file is refused with its place, what was expected and what came`() throws {
        let policy = try ExamplePolicy.read()
        let problems = try VectorFolder("policy-tests/reject").unexpectedRefusals { vector in
            _ = try PolicyTestSuite.parse(yaml: vector.text, file: vector.name, policy: policy)
        }
        #expect(problems == [])
    }

    private static func describe(_ testCase: PolicyTestSuite.Case) -> String {
        let request = testCase.request
        let rules = testCase.rules.map { rules in rules.map(\.rawValue).sorted().joined(separator: ", ") }
        let hub = request.hub.map { ", through \(describe($0))" } ?? ""
        return """
            line \(testCase.line), \(testCase.name): \(request.action.rawValue) \(request.label.marking)
              from \(describe(request.holder)) to \(describe(request.recipient))\(hub), \(request.precedence.name), \
            \(request.realm.rawValue), at \(testCase.time.rfc3339)
              expected \(testCase.expected.rawValue) by \(rules ?? "any rules")
            """
    }

    private static func describe(_ station: Station) -> String {
        station.node.map { "\(station.partner.rawValue) (\($0.rawValue))" } ?? station.partner.rawValue
    }
}
