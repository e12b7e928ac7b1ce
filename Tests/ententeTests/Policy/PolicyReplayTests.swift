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

    /// A log with one decision a marking from index 1 on, as the example policy makes it.
    ///
    /// - Parameter isComplete: whether the label is recorded in its parts.
    private func decided(_ markings: [String], isComplete: Bool = true) async throws -> LogFixture {
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
                    details: .object(
                        [
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
                            "label-parts": isComplete ? label.json : nil,
                        ].compactMapValues { $0 }
                    )
                )
            )
        }
        return fixture
    }

    /// A copy of such a log.
    private func log(_ markings: [String], isComplete: Bool = true) async throws -> String {
        let fixture = try await decided(markings, isComplete: isComplete)
        let kept = folder.path + "/log.sqlite"
        // The fixture's folder goes with the fixture.
        try withExtendedLifetime(fixture) { try FileManager.default.copyItem(atPath: fixture.copy(), toPath: kept) }
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

    @Test func `what is erased is counted and not taken for different`() async throws {
        let log = try await log(["GBR SECRET//INTREP", "GBR SECRET//INTREP"])
        #expect(try await ProgramRun(shell: "sqlite3 \(log) 'delete from entry_details where idx = 1'").status == 0)
        let run = try await replay(Self.policy, log)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text == "1 decision replayed, 0 would be otherwise\n1 entry erased: nothing is left to decide on\n")
    }

    @Test func `details that are not those of the entry end the replay`() async throws {
        let log = try await log(["GBR SECRET//INTREP"])
        let edit = "drop trigger entry_details_never_change; update entry_details set salt = zeroblob(32) where idx = 1"
        #expect(try await ProgramRun(shell: "sqlite3 \(log) '\(edit)'").status == 0)
        let run = try await replay(Self.policy, log)
        #expect(run.status == 10)
        #expect(run.messages.contains("the details of entry 1 are not those that it commits to"), "\(run.messages)")
    }

    @Test func `of an answer guardrails alone are asked`() async throws {
        let fixture = try await LogFixture(1)
        let policy = try PolicyFile.read(Self.policy)
        let label = try ConfidentialityLabel.parse(marking: "GBR SECRET//HUMREP", vocabulary: policy.vocabulary)
        // No agreement covers it, and none is needed.
        let request = AccessRequest.release(
            label,
            from: Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")),
            to: Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub")),
            precedence: .routine
        )
        let question = request.json(at: LogFixture.time)
        let draft = AuditEntryDraft(
            .receipt,
            .done,
            realm: .live,
            details: [
                "guardrails": ["outcome": "allowed", "request": question, "rules": []], "label-parts": label.json,
            ]
        )
        _ = try await fixture.store.append(draft)
        let log = try fixture.copy()
        let same = try await replay(Self.policy, log)
        #expect(same.status == 0, "\(same.messages)")
        #expect(same.text == "1 decision replayed, 0 would be otherwise\n")
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        let suspended = example.replacing("FRA: {kind: nation,", with: "FRA: {kind: nation, suspended: true,")
        try #require(suspended != example)
        let run = try await replay(try folder.write(suspended, to: "suspended.yaml"), log)
        #expect(run.status == 1)
        #expect(run.text.contains("ALLOWED then DENIED, 1 time, first in entry 1"), "\(run.text)")
    }

    @Test func `an entry of a release that recorded less is counted`() async throws {
        let run = try await replay(Self.policy, try await log(["GBR SECRET//INTREP"], isComplete: false))
        #expect(run.status == 0)
        #expect(run.text.contains("1 entry of an older release without all that it takes"), "\(run.text)")
    }

    @Test func `a running node is asked through its socket`() async throws {
        let fixture = try await decided(["GBR SECRET//INTREP", "GBR SECRET//EYES ONLY//INTREP"])
        try await fixture.listening {
            let run = try await ProgramRun(
                ["policy", "replay", Self.policy, "--since", "2026-01-01", "--socket", fixture.socket]
            )
            #expect(run.status == 0, "\(run.messages)")
            #expect(run.text == "2 decisions replayed, 0 would be otherwise\n")
        }
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
