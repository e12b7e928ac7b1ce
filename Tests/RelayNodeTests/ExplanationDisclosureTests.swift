import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels
import TestSupport
import Testing

/// Who reads why: the partner's own people the whole explanation, other partners the reason code.
@Suite struct ExplanationDisclosureTests {
    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            ("FRA SECRET//EYES ONLY//INTREP", "eyes-only"), ("FRA SECRET//STIX", "no-agreement"),
            ("FRA TRES SECRET//REL TO GBR//INTREP", "no-agreement"),
        ]
    )
    func `a partner whose transfer is denied reads a code, and the log holds the explanation`(
        marking: String,
        rule: String
    ) async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(from: "FRA/cni", to: ["GBR/j2-fusion"], marking: marking)
        var log = try RogueLog(of: "FRA", in: coalition)
        let links = [try log.release(envelope, to: coalition.nodeID("GBR"))]
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        let response = try await france.transfer(links, .message, envelope.bytes)
        await france.close()
        expectProblem(response, 403, "denied")
        expectNoReasons(response)

        let policy = try coalition.node("GBR").state.view.policy.compiled.policy
        let answer =
            String(buffer: response.body)
            + response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        let names =
            policy.guardrails.map(\.name.rawValue) + policy.agreements.map(\.name.rawValue)
            + BuiltInGuardrail.allCases.map(\.rawValue) + [RuleName.noAgreement.rawValue]
        let words =
            policy.guardrails.map(\.says) + policy.agreements.compactMap(\.says) + policy.agreements.map(\.reference)
        for secret in names + words + ["nearest", "agreement", "guardrail", "explanation"] {
            #expect(!answer.contains(secret), "\(secret) in \(answer)")
        }

        let denial = try #require(try await coalition.entries(of: "GBR", .denial).first)
        #expect(denial.reasons == [rule])
        let stored = try #require(try await coalition.node("GBR").store.entry(index: denial.index)?.details)
        let details = try JSONValue.parseCanonical(stored.bytes)
        let step = try #require(details["decisions"]?.arrayValue?.first?["steps"]?.arrayValue?.first)
        let explanation = try Explanation(json: try #require(step["explanation"]))
        #expect(explanation.json == step["explanation"])
        #expect(explanation.outcome == .denied)
        #expect(explanation.summary == "GBR may not accept \(marking) from FRA")
        #expect(explanation.denials.map(\.rule.rawValue) == (rule == "no-agreement" ? [] : [rule]))
        #expect(explanation.lacksAgreement == (rule == "no-agreement"))
    }
}
