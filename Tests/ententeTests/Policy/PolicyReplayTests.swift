import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import RelayStorage
import Relaying
import SecurityLabels
import Testing

@testable import entente

/// `policy replay` over the decisions of a log.
@Suite(.timeLimit(.minutes(10))) struct PolicyReplayTests {
    private static let policy = "\(sourceTree)/Config/policy.yaml"
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A copy of a log with one decision a marking, as the example policy makes it.
    private func log(_ markings: [String], label parts: JSONValue? = nil) async throws -> String {
        let fixture = try await LogFixture(1)
        let policy = try PolicyFile.read(Self.policy)
        let compiled = CompiledPolicy(policy)
        for marking in markings {
            let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.vocabulary)
            let request = AccessRequest.release(
                label,
                from: Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")),
                to: Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub")),
                precedence: .routine
            )
            let decision = compiled.decide(request, at: LogFixture.time)
            let outcome = JSONValue.string(decision.outcome.rawValue)
            _ = try await fixture.store.append(
                AuditEntryDraft(
                    // A release is appended with its object only; an acceptance holds its decisions in the same way.
                    decision.isAllowed ? .acceptance : .denial,
                    decision.isAllowed ? .allowed : .denied,
                    realm: .live,
                    details: [
                        "decisions": [
                            [
                                "outcome": outcome, "recipient": "FRA/cni",
                                "rules": .array(decision.reasons.map { .string($0.rawValue) }),
                                "steps": [
                                    [
                                        "action": "release", "outcome": outcome,
                                        "request": request.json(at: LogFixture.time),
                                    ]
                                ],
                            ]
                        ],
                        "label-parts": parts ?? label.json,
                    ]
                )
            )
        }
        let copy = try fixture.copy()
        let kept = folder.path + "/log.sqlite"
        try FileManager.default.copyItem(atPath: copy, toPath: kept)
        return kept
    }

    private func replay(_ policy: String, _ log: String, _ options: [String] = []) async throws -> ProgramRun {
        try await ProgramRun(["policy", "replay", policy, "--since", "2026-01-01", "--file", log] + options)
    }

    @Test func `the policy that decided would decide the same again`() async throws {
        let log = try await log(["GBR SECRET//INTREP", "GBR SECRET//EYES ONLY//INTREP"])
        let run = try await replay(Self.policy, log)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text == "2 decisions replayed, 0 would be otherwise\n")
    }

    @Test func `a policy that decides otherwise is shown with what was and what would be, alike ones together`()
        async throws
    {
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        let narrow = "up-to: SECRET\n    types: [INTREP, SITREP, IMAGERY, TRACK]"
        try #require(example.contains(narrow))
        let file = try folder.write(
            example.replacing(narrow, with: "up-to: SECRET\n    types: [SITREP, IMAGERY, TRACK]"),
            to: "new.yaml"
        )
        let markings = ["GBR SECRET//INTREP", "GBR SECRET//EYES ONLY//INTREP", "GBR SECRET//INTREP"]
        let log = try await log(markings)
        let run = try await replay(file, log)
        #expect(run.status == 1, "\(run.messages)")
        let start = """
            3 decisions replayed, 2 would be otherwise

            ALLOWED then DENIED, 2 times, first in entry 1
              was: alliance-intelligence
              DENIED  GBR may not release GBR SECRET//INTREP to FRA
            """
        #expect(run.text.hasPrefix(start), "\(run.text)")
        let json = try JSONValue.parse(try await replay(file, log, ["--json"]).output)
        #expect(json["changed"] == 2)
        #expect(json["groups"]?.arrayValue?.first?["entries"] == [1, 3])
    }

    @Test func `words that a policy does not know are named and counted`() async throws {
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        let file = try folder.write(example.replacing("name: EXAMPLE COALITION", with: "name: OTHER"), to: "other.yaml")
        let run = try await replay(file, try await log(["GBR SECRET//INTREP"]))
        #expect(run.status == 1)
        #expect(
            run.text.contains("\nthe policy does not know a label policy `EXAMPLE COALITION`, in 1 decision\n"),
            "\(run.text)"
        )
    }

    @Test func `a log or policy that is not there is an error that says what to do`() async throws {
        let none = folder.path + "/none"
        #expect(try await replay(none, none).status == 11)
        let run = try await replay(Self.policy, none)
        #expect(run.status == 1)
        #expect(run.messages.contains("\nnext: "), "\(run.messages)")
        #expect(run.output.isEmpty)
    }
}
