import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import RelayStorage
import Relaying
import SecurityLabels
import Testing

@testable import entente

/// `audit show` of a decision that the log explains.
@Suite(.timeLimit(.minutes(10))) struct ExplainedEntryTests {
    @Test func `a denial is shown in words, and the same object as JSON`() async throws {
        let fixture = try await LogFixture(1)
        let policy = try PolicyFile.read("\(sourceTree)/Config/policy.yaml")
        let request = AccessRequest.release(
            try ConfidentialityLabel.parse(marking: "GBR SECRET//EYES ONLY//INTREP", vocabulary: policy.vocabulary),
            from: Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")),
            to: Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub")),
            precedence: .routine
        )
        let explanation = CompiledPolicy(policy).explain(request, at: LogFixture.time)
        let step: JSONValue = ["action": "release", "explanation": explanation.json, "outcome": "denied"]
        _ = try await fixture.store.append(
            AuditEntryDraft(
                .denial,
                .denied,
                realm: .live,
                reasons: ["eyes-only"],
                details: ["decisions": [["outcome": "denied", "recipient": "FRA/cni", "steps": [step]]]]
            )
        )
        let copy = try fixture.copy()
        let shown = try await ProgramRun(["audit", "show", "1", "--file", copy])
        #expect(shown.status == 0, "\(shown.messages)")
        for line in explanation.text.split(separator: "\n") {
            #expect(shown.text.contains(line.trimmingPrefix(while: { $0 == " " })), "\(shown.text)")
        }
        #expect(shown.text.contains("DENIED  GBR may not release GBR SECRET//EYES ONLY//INTREP to FRA"))
        let json = try JSONValue.parse(try await ProgramRun(["audit", "show", "1", "--file", copy, "--json"]).output)
        let logged = json["details"]?["value"]?["decisions"]?.arrayValue?.first?["steps"]?.arrayValue?.first?[
            "explanation"
        ]
        #expect(try Explanation(json: #require(logged)) == explanation)
        // What is no explanation is left out of the words, and its JSON is shown as it is.
        let other = try await LogFixture(1)
        _ = try await other.store.append(
            AuditEntryDraft(.denial, .denied, realm: .live, details: ["explanation": ["outcome": "purple"]])
        )
        let odd = try await ProgramRun(["audit", "show", "1", "--file", other.copy()])
        #expect(odd.status == 0, "\(odd.messages)")
        #expect(odd.text.contains("purple"), "\(odd.text)")
        withExtendedLifetime((fixture, other)) {}
    }
}
