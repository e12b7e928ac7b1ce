import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import SecurityLabels
import Testing

@testable import entente

/// `audit replay`: whether the decisions of a log are those of the policies that it names.
@Suite(.timeLimit(.minutes(10))) struct AuditReplayTests {
    /// One decision of GBR about a release to FRA, and what somebody has made of its entry.
    struct Decided: Sendable {
        var marking: String
        /// The second policy knows INTREP no more.
        var isUnderSecond = false
        /// Asked about a delivery receipt, and so of guardrails alone.
        var isAnswer = false
        /// Whether its entry names the other policy.
        var namesOther = false
        var edit: (@Sendable (inout AuditEntryDraft) -> Void)?
    }

    private static let example = "\(sourceTree)/Config/policy.yaml"
    private static let intrep = "GBR SECRET//INTREP"
    private static let eyesOnly = "GBR SECRET//EYES ONLY//INTREP"
    private let folder: TemporaryFolder
    private let texts: [PolicyTexts]

    init() throws {
        folder = try TemporaryFolder()
        let example = try String(contentsOfFile: Self.example, encoding: .utf8)
        let narrow = "up-to: SECRET\n    types: [INTREP, SITREP, IMAGERY, TRACK]"
        try #require(example.contains(narrow))
        let other = example.replacing(narrow, with: "up-to: SECRET\n    types: [SITREP, IMAGERY, TRACK]")
        texts = [example, other].map { PolicyTexts(policy: PolicyTexts.File(name: "policy.yaml", text: $0)) }
    }

    /// A log that holds these decisions from index 2 on, behind the entries that put both policies in force.
    ///
    /// - Parameter kept: how many of the two policies the node has kept.
    private func log(_ decided: [Decided], kept: Int = 2) async throws -> LogFixture {
        let fixture = try await LogFixture(0)
        let policies = try texts.map { try $0.read().baseline }
        for (index, policy) in policies.enumerated() {
            let hash = SHA256Digest.hash(policy.canonicalBytes)
            let draft = AuditEntryDraft(.policyChange, .done, realm: .live, policy: hash)
            guard index < kept else {
                _ = try await fixture.store.append(draft)
                continue
            }
            let record = PolicyRecord(hash: hash, texts: texts[index].json.canonicalBytes, statements: [])
            try await fixture.store.change(to: record, from: .file, draft)
        }
        for decided in decided {
            let policy = policies[decided.isUnderSecond ? 1 : 0]
            var draft = try Self.draft(decided, policy)
            if decided.namesOther { draft.policy = .hash(policies[decided.isUnderSecond ? 0 : 1].canonicalBytes) }
            decided.edit?(&draft)
            _ = try await fixture.store.append(draft)
        }
        return fixture
    }

    private static func draft(_ decided: Decided, _ policy: Policy) throws -> AuditEntryDraft {
        let label = try ConfidentialityLabel.parse(marking: decided.marking, vocabulary: policy.vocabulary)
        let request = AccessRequest.release(
            label,
            from: Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")),
            to: Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub")),
            precedence: .routine
        )
        let decision = CompiledPolicy(policy).decide(request, at: LogFixture.time)
        let reasons = (decided.isAnswer ? decision.denials : decision.reasons).map(\.rawValue)
        let isAllowed = decided.isAnswer ? reasons.isEmpty : decision.isAllowed
        let outcome = JSONValue.string(isAllowed ? "allowed" : "denied")
        let question = request.json(at: LogFixture.time)
        let rules = JSONValue.array(reasons.map { .string($0) })
        var details: [String: JSONValue] = ["label-parts": label.json]
        if decided.isAnswer {
            details["guardrails"] = ["outcome": outcome, "request": question, "rules": rules]
        } else {
            let step: JSONValue = ["action": "release", "outcome": outcome, "request": question]
            details["decisions"] = [["outcome": outcome, "recipient": "FRA/cni", "rules": rules, "steps": [step]]]
        }
        // A release is appended with its object only; these record their decisions in the same way.
        let kind: AuditEntryKind = decided.isAnswer ? .receipt : .acceptance
        return AuditEntryDraft(
            isAllowed ? kind : .denial,
            isAllowed ? .allowed : .denied,
            realm: .live,
            reasons: isAllowed ? [] : reasons,
            policy: .hash(policy.canonicalBytes),
            details: .object(details)
        )
    }

    private func replay(_ decided: [Decided], kept: Int = 2, _ options: [String] = []) async throws -> ProgramRun {
        let fixture = try await log(decided, kept: kept)
        return try await ProgramRun(["audit", "replay", "--file", try fixture.copy()] + options)
    }

    @Test func `each decision is made again under the policy that it names`() async throws {
        let run = try await replay([
            Decided(marking: Self.intrep), Decided(marking: Self.eyesOnly),
            Decided(marking: Self.intrep, isUnderSecond: true), Decided(marking: Self.intrep, isAnswer: true),
            // No agreement of the second policy covers it, and an answer needs none.
            Decided(marking: Self.intrep, isUnderSecond: true, isAnswer: true),
            Decided(marking: Self.eyesOnly, isAnswer: true),
        ])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text == "6 decisions replayed under 2 policy versions: all the same\n")
    }

    @Test func `audit show puts what was allowed into words by the policy that the entry names`() async throws {
        let decided = [
            Decided(marking: Self.intrep), Decided(marking: Self.intrep, isUnderSecond: true),
            Decided(marking: Self.intrep, isUnderSecond: true, namesOther: true),
            Decided(marking: Self.intrep, isAnswer: true),
        ]
        let (fixture, poorer) = (try await log(decided), try await log(decided, kept: 1))
        let copy = try fixture.copy()
        func show(_ index: Int, _ options: [String] = []) async throws -> ProgramRun {
            try await ProgramRun(["audit", "show", "\(index)", "--file", copy] + options)
        }
        let allowed = try await show(2)
        let asked = try await ProgramRun([
            "policy", "explain", Self.example, "--label", Self.intrep, "--from", "gbr-1", "--to", "fra-hub", "--at",
            LogFixture.time.rfc3339,
        ])
        #expect(asked.text.hasPrefix("ALLOWED  GBR may release GBR SECRET//INTREP to FRA\n"), "\(asked.text)")
        #expect(allowed.text.contains(asked.text), "\(allowed.text)")
        #expect(allowed.status == 0)
        let json = try JSONValue.parse(try await show(2, ["--json"]).output)
        #expect(json["explanations"]?.arrayValue?.map { $0["outcome"] } == [.string("allowed")])
        // Not the newest policy but the one of the entry speaks.
        #expect(try await show(3).text.contains("\nDENIED  GBR may not release"))
        #expect(try await show(4).text.contains("\nALLOWED  GBR may release"))
        // Guardrails that had nothing to say have no words.
        #expect(try await !show(5).text.contains("GBR may"))
        let gone = try await ProgramRun(["audit", "show", "3", "--file", try poorer.copy()])
        #expect(gone.status == 0)
        let words = "is not kept here: what was allowed cannot be put into words"
        #expect(gone.messages.contains(words), "\(gone.messages)")
        withExtendedLifetime((fixture, poorer)) {}
    }

    /// What somebody can make of an entry who has the log's key.
    private static let forgeries: [(String, Decided)] = [
        (
            "an allowed release that is said to have been denied",
            Decided(marking: intrep) { draft in
                draft = edited(draft, "allowed", "denied")
                (draft.kind, draft.outcome, draft.reasons) = (.denial, .denied, ["alliance-intelligence"])
            }
        ),
        (
            "a denied release that is said to have been allowed",
            Decided(marking: eyesOnly) { draft in
                draft = edited(draft, "denied", "allowed")
                (draft.kind, draft.outcome, draft.reasons) = (.acceptance, .allowed, [])
            }
        ),
        ("another rule", Decided(marking: intrep) { $0 = edited($0, "alliance-intelligence", "some-agreement") }),
        ("another policy", Decided(marking: intrep, namesOther: true)),
        ("a kind that contradicts the decision", Decided(marking: eyesOnly) { $0.kind = .acceptance }),
        ("reasons that are not the rules", Decided(marking: eyesOnly) { $0.reasons = ["ceiling"] }),
        (
            "a denied receipt that is said to have been allowed",
            Decided(marking: eyesOnly, isAnswer: true) { draft in
                draft = edited(draft, "denied", "allowed")
                (draft.kind, draft.outcome, draft.reasons) = (.receipt, .done, [])
            }
        ),
    ]

    private static func edited(_ draft: AuditEntryDraft, _ text: String, _ other: String) -> AuditEntryDraft {
        var draft = draft
        draft.details = edited(draft.details, text, other)
        return draft
    }

    /// The value with one string in the place of another, wherever it stands.
    private static func edited(_ json: JSONValue, _ text: String, _ other: String) -> JSONValue {
        switch json {
        case .string(let string): .string(string == text ? other : string)
        case .array(let elements): .array(elements.map { edited($0, text, other) })
        case .object(let members): .object(members.mapValues { edited($0, text, other) })
        default: json
        }
    }

    @Test(arguments: forgeries.indices)
    func `a logged decision that was changed is reported, though the log is signed`(forgery: Int) async throws {
        let (what, decided) = Self.forgeries[forgery]
        let fixture = try await log([Decided(marking: Self.intrep), decided, Decided(marking: Self.eyesOnly)])
        let key = fixture.key
        let copy = try fixture.copy()
        let shown = try await ProgramRun(["audit", "show", "3", "--file", copy, "--vkey", key])
        #expect(shown.status == 0 && shown.messages.contains("proven: entry 3"), "\(what)")
        let run = try await ProgramRun(["audit", "replay", "--file", copy])
        #expect(run.status == 10, "\(what): \(run.text)")
        #expect(run.text.hasPrefix("3 decisions replayed under"), "\(what): \(run.text)")
        #expect(run.text.contains(": 1 entry differs\n"), "\(what): \(run.text)")
        #expect(run.text.contains("\nentry 3, 2026-"), "\(what): \(run.text)")
        let json = try JSONValue.parse(try await ProgramRun(["audit", "replay", "--file", copy, "--json"]).output)
        #expect(json["same"] == false)
        #expect(json["differences"]?.arrayValue?.map { $0["entry"] } == [3])
    }

    @Test func `times between which nothing can lie are refused`() async throws {
        let times = ["--since", "2026-11-24", "--until", "2026-11-20"]
        let run = try await ProgramRun(["audit", "replay", "--file", "copy.sqlite"] + times)
        #expect(run.status == 64 && run.messages.contains("no time lies between"), "\(run.messages)")
    }

    @Test func `what is erased is counted and never different`() async throws {
        let fixture = try await log([Decided(marking: Self.intrep), Decided(marking: Self.eyesOnly)])
        let copy = try fixture.copy()
        #expect(try await ProgramRun(shell: "sqlite3 \(copy) 'delete from entry_details where idx = 3'").status == 0)
        let run = try await ProgramRun(["audit", "replay", "--file", copy])
        #expect(run.status == 0, "\(run.messages)")
        #expect(
            run.text == """
                1 decision replayed under 1 policy version: all the same
                1 entry erased: nothing is left to decide on

                """
        )
    }

    @Test func `a policy that is not kept is named`() async throws {
        let decided = [Decided(marking: Self.intrep), Decided(marking: Self.intrep, isUnderSecond: true)]
        let run = try await replay(decided, kept: 1)
        #expect(run.status == 1, "\(run.messages)")
        let hash = try SHA256Digest.hash(texts[1].read().baseline.canonicalBytes)
        #expect(run.text.contains("\npolicy \(hash) is not kept here: 1 entry not replayed\n"), "\(run.text)")
    }

    @Test func `an entry of a release that recorded less is counted`() async throws {
        let run = try await replay([Decided(marking: Self.intrep) { $0.details = [:] }])
        #expect(run.status == 1)
        #expect(run.text.contains("1 entry of an older release without all that it takes"), "\(run.text)")
    }

    @Test func `a kept policy that is not the one of its name ends the replay`() async throws {
        let fixture = try await log([Decided(marking: Self.intrep)])
        let copy = try fixture.copy()
        let edit = """
            drop trigger policy_texts_never_change; update policies set texts = (select p.texts from policies p
            where p.hash <> policies.hash)
            """
        #expect(try await ProgramRun(shell: "sqlite3 \(copy) '\(edit)'").status == 0)
        let run = try await ProgramRun(["audit", "replay", "--file", copy])
        #expect(run.status == 10)
        #expect(run.messages.contains("what is kept as policy"), "\(run.messages)")
    }

    @Test func `details that are not those of the entry end the replay`() async throws {
        let fixture = try await log([Decided(marking: Self.intrep)])
        let copy = try fixture.copy()
        let edit = "drop trigger entry_details_never_change; update entry_details set salt = zeroblob(32) where idx = 2"
        #expect(try await ProgramRun(shell: "sqlite3 \(copy) '\(edit)'").status == 0)
        let run = try await ProgramRun(["audit", "replay", "--file", copy])
        #expect(run.status == 10)
        #expect(run.messages.contains("the details of entry 2 are not those that it commits to"), "\(run.messages)")
    }

    @Test func `a running node is asked, and times restrict`() async throws {
        let fixture = try await log([
            Decided(marking: Self.intrep), Decided(marking: Self.intrep, isUnderSecond: true),
        ])
        try await fixture.listening {
            let run = try await ProgramRun(["audit", "replay", "--socket", fixture.socket])
            #expect(run.status == 0, "\(run.messages)")
            #expect(run.text == "2 decisions replayed under 2 policy versions: all the same\n")
            let none = try await ProgramRun(
                ["audit", "replay", "--socket", fixture.socket, "--until", "2026-11-22T11:59:59Z"]
            )
            #expect(none.text == "0 decisions replayed under 0 policy versions: all the same\n")
        }
    }

    @Test func `a node that has kept no such policy says so`() async throws {
        let fixture = try await log([Decided(marking: Self.intrep, isUnderSecond: true)], kept: 1)
        try await fixture.listening {
            let run = try await ProgramRun(["audit", "replay", "--socket", fixture.socket])
            #expect(run.status == 1, "\(run.messages)")
            #expect(run.text.contains(" is not kept here: 1 entry not replayed"), "\(run.text)")
        }
    }
}
