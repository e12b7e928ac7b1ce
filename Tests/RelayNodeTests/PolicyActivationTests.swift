import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

/// Policies that only come in force with the approvals that the one before demands.
@Suite struct PolicyActivationTests {
    private static let rule = "\napproval: {officers: [GBR/release-1, FRA/release-1], at-least: 2}\n"

    /// A coalition whose policy demands two officers, with their certificates.
    private struct Guarded {
        let coalition: RunningCoalition
        let officers: [String: Credential]

        init(rule: String = PolicyActivationTests.rule) throws {
            coalition = try RunningCoalition()
            var officers: [String: Credential] = [:]
            for code in ["GBR", "FRA", "JPN"] {
                let officer = try coalition.fixture.partner(code)
                    .credential(.officer, for: .officer(PersonName("release-1")))
                officers[code] = officer
                try coalition.publish(
                    coalition.nextSheet(of: code) {
                        $0.officers.append(
                            .init(name: try PersonName("release-1"), certificates: [officer.certificate])
                        )
                    }
                )
            }
            self.officers = officers
            try coalition.editPolicy { $0 + rule }
        }

        func texts(_ edit: (String) -> String, tests: String? = nil) throws -> PolicyTexts {
            let text = try String(contentsOf: coalition.policyFile, encoding: .utf8)
            return PolicyTexts(
                policy: .init(name: "new.yaml", text: edit(text)),
                tests: tests.map { .init(name: "new.tests.yaml", text: $0) }
            )
        }

        func statements(_ texts: PolicyTexts, by codes: String...) throws -> [CollectedApprovals.Statement] {
            let version = try PolicyVersion(texts, for: PartnerCode("GBR"))
            return try codes.map { code in
                let officer = try #require(officers[code])
                return .init(
                    source: "\(code).cms",
                    bytes: try OfficerApproval.sign(
                        version.approvable,
                        realm: .live,
                        at: .now(),
                        certificate: officer.certificate,
                        key: officer.key
                    )
                )
            }
        }

        func activate(_ texts: PolicyTexts, by codes: [String]) async throws -> PolicyReport {
            var statements: [CollectedApprovals.Statement] = []
            for code in codes { statements += try self.statements(texts, by: code) }
            return try await coalition.node("GBR").activate(texts, statements: statements, cause: "operator test")
        }

        var inForce: SHA256Digest {
            get throws { try coalition.node("GBR").state.view.policy.hash }
        }
    }

    private static func narrower(_ text: String) -> String {
        text.replacing("up-to: SECRET", with: "up-to: RESTRICTED")
    }

    private func message(of body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a policy comes in force with its officers' approvals, and the log names them and what changes`() async throws
    {
        let guarded = try Guarded()
        try await guarded.coalition.start("GBR")
        let before = try guarded.inForce
        let texts = try guarded.texts(Self.narrower)
        let report = try await guarded.activate(texts, by: ["GBR", "FRA"])
        let after = try guarded.inForce
        #expect(after != before)
        guard case .changed(after, let details) = report else {
            Issue.record("\(report)")
            return
        }
        let approvals = try #require(details["approvals"]?.arrayValue)
        #expect(approvals.map { $0["officer"]?.stringValue } == ["FRA/release-1", "GBR/release-1"])
        #expect(details["previous"]?.stringValue == before.hex)
        #expect(details["changes"]?["flows-opening"]?.integerValue == 0)
        #expect(try #require(details["changes"]?["flows-closing"]?.integerValue) > 0)
        let entry = try #require(try await guarded.coalition.entries(of: "GBR", .policyChange).first)
        #expect(entry.policy == after)
        let stored = try #require(try await guarded.coalition.node("GBR").store.entry(index: entry.index)?.details)
        #expect(try JSONValue.parse(stored.bytes)["approvals"]?.arrayValue == approvals)
        #expect(try await guarded.activate(texts, by: []) == .unchanged(after))
        try await guarded.coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `without the quorum, with failing tests or a broken invariant nothing changes`() async throws {
        let guarded = try Guarded()
        try await guarded.coalition.start("GBR")
        let before = try guarded.inForce
        let texts = try guarded.texts(Self.narrower)
        let other = try guarded.texts {
            Self.narrower($0).replacing("ACME: {kind: private", with: "ACME: {kind: nation")
        }
        func refused(
            _ texts: PolicyTexts,
            _ statements: [CollectedApprovals.Statement],
            _ expected: String
        ) async throws {
            let reason = await message {
                _ = try await guarded.coalition.node("GBR").activate(texts, statements: statements, cause: "test")
            }
            #expect(reason.contains(expected), "\(reason)")
            #expect(try guarded.inForce == before)
        }
        try await refused(texts, [], "needs the approval of 2 of `FRA/release-1`, `GBR/release-1`, got none")
        try await refused(texts, guarded.statements(texts, by: "GBR"), "got `GBR/release-1`")
        try await refused(texts, guarded.statements(texts, by: "GBR", "GBR"), "got `GBR/release-1`")
        try await refused(texts, guarded.statements(texts, by: "GBR", "JPN"), "`JPN/release-1` is none of them")
        // What was signed is another text, or this one with other tests.
        try await refused(texts, guarded.statements(other, by: "GBR", "FRA"), "with other tests or another text")
        let tested = try guarded.texts(Self.narrower, tests: Self.tests(expecting: "allow"))
        try await refused(tested, guarded.statements(texts, by: "GBR", "FRA"), "with other tests or another text")
        // The rule in force counts, not the one that the new policy would like.
        let lax = try guarded.texts { Self.narrower($0).replacing("at-least: 2", with: "at-least: 1") }
        try await refused(lax, guarded.statements(lax, by: "GBR"), "needs the approval of 2")
        let none = try guarded.texts { Self.narrower($0).replacing(Self.rule, with: "\n") }
        try await refused(none, guarded.statements(none, by: "GBR"), "needs the approval of 2")
        let failing = try guarded.texts(Self.narrower, tests: Self.tests(expecting: "deny"))
        try await refused(failing, [], "new.tests.yaml:3: 1 of 1 tests fail")
        let broken = try guarded.texts {
            $0.replacing(
                "\ninvariants:\n",
                with: "\ninvariants:\n  nothing-for-fra: {says: s, never: {recipient: FRA, action: release}}\n"
            )
        }
        try await refused(broken, [], "invariant `nothing-for-fra` is broken")
        // Nobody could ever change it again.
        let stuck = try guarded.texts {
            Self.narrower($0).replacing("officers: [GBR/release-1, FRA/release-1]", with: "officers: [UN/a, UN/b]")
        }
        try await refused(stuck, guarded.statements(stuck, by: "GBR", "FRA"), "could never be changed again")
        #expect(try await guarded.coalition.entries(of: "GBR", .policyChange).isEmpty)
        try await guarded.coalition.stopAll()
    }

    private static func tests(expecting outcome: String) -> String {
        """
        format: 1
        cases:
          - name: a report to FRA
            label: GBR OFFICIAL//INTREP
            action: release
            from: gbr-1
            to: fra-hub
            at: 2026-11-22
            expect: \(outcome)

        """
    }

    @Test(.timeLimit(.minutes(10)))
    func `an approved policy outlasts a restart, and its file counts again once it has changed`() async throws {
        let guarded = try Guarded()
        try await guarded.coalition.start("GBR")
        let first = try guarded.inForce
        _ = try await guarded.activate(guarded.texts(Self.narrower), by: ["GBR", "FRA"])
        let second = try guarded.inForce
        // The file still holds the first.
        #expect(try await guarded.coalition.reload("GBR") == .unchanged)
        try await guarded.coalition.stop("GBR")
        try await guarded.coalition.start("GBR")
        #expect(try guarded.inForce == second)
        // A file that nobody approved is alarmed and changes nothing, neither now nor by a restart.
        try guarded.coalition.editPolicy { $0.replacing("ceiling: RESTRICTED", with: "ceiling: SECRET") }
        guard case .partial(false, false, let refused) = try await guarded.coalition.reload("GBR") else {
            Issue.record("expected the file to be refused")
            return
        }
        #expect(refused.map(\.code) == ["policy-refused"])
        try await guarded.coalition.stop("GBR")
        try await guarded.coalition.start("GBR")
        #expect(try guarded.inForce == second)
        let alarm = try #require(try guarded.coalition.node("GBR").description.alarms.first)
        #expect(alarm.code == "policy-refused")
        #expect(alarm.detail.contains("needs the approval of 2"), "\(alarm.detail)")
        // With the approvals beside it, the file counts.
        let text = try String(contentsOf: guarded.coalition.policyFile, encoding: .utf8)
        let texts = PolicyTexts(policy: .init(name: "policy.yaml", text: text))
        try FileManager.default.createDirectory(
            at: guarded.coalition.folder.appendingPathComponent("policy.approvals"),
            withIntermediateDirectories: true
        )
        for (number, statement) in try guarded.statements(texts, by: "GBR", "FRA").enumerated() {
            try guarded.coalition.write(statement.bytes, "policy.approvals/\(number).cms")
        }
        let third: SHA256Digest = try await guarded.coalition.eventually {
            let now = try guarded.inForce
            return now == second ? nil : now
        }
        #expect(try guarded.coalition.node("GBR").description.alarms.isEmpty)
        let history = try await guarded.coalition.node("GBR").store.policyChanges(limit: 10)
        #expect(history.map(\.policy) == [third, second, first])
        #expect(history.map(\.source) == [.file, .operator, .file])
        #expect(history.map(\.number) == [2, 1, 0])
        try await guarded.coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a rollback is judged by what was signed then`() async throws {
        let guarded = try Guarded()
        try await guarded.coalition.start("GBR")
        let node = try guarded.coalition.node("GBR")
        let first = try guarded.inForce
        let narrow = try guarded.texts(Self.narrower)
        _ = try await guarded.activate(narrow, by: ["GBR", "FRA"])
        let second = try guarded.inForce
        // The first came with the configuration and nobody signed it.
        let unsigned = await message { _ = try await node.rollBack(to: first, cause: "test") }
        #expect(unsigned.contains("needs the approval of 2"), "\(unsigned)")
        let third = try guarded.texts {
            Self.narrower($0).replacing("ACME: {kind: private", with: "ACME: {kind: nation")
        }
        _ = try await guarded.activate(third, by: ["FRA", "GBR"])
        _ = try await node.rollBack(to: second, cause: "test")
        #expect(try guarded.inForce == second)
        #expect(try await node.store.policyChanges(limit: 1).map(\.source) == [.rollback])
        #expect(try await node.store.policy(first) != nil, "what has been in force is kept")
        let unknown = await message { _ = try await node.rollBack(to: .hash([9]), cause: "test") }
        #expect(unknown.contains("`entente policy history`"), "\(unknown)")
        try await guarded.coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node's first policy has the approvals that its configuration demands`() async throws {
        let guarded = try Guarded()
        try guarded.coalition.editConfiguration(of: "GBR") {
            $0.replacing("policy: policy.yaml", with: "policy: {file: policy.yaml, approvals: 1}")
        }
        let reason = await message { try await guarded.coalition.start("GBR") }
        #expect(reason.contains("needs the approval of 1 of"), "\(reason)")
        try FileManager.default.createDirectory(
            at: guarded.coalition.folder.appendingPathComponent("policy.approvals"),
            withIntermediateDirectories: true
        )
        let statement = try #require(try guarded.statements(guarded.texts { $0 }, by: "FRA").first)
        try guarded.coalition.write(statement.bytes, "policy.approvals/FRA.cms")
        try await guarded.coalition.start("GBR")
        let start = try #require(try await guarded.coalition.entries(of: "GBR", .start).first)
        let details = try #require(try await guarded.coalition.node("GBR").store.entry(index: start.index)?.details)
        let approvals = try #require(try JSONValue.parse(details.bytes)["approvals"]?.arrayValue)
        #expect(approvals.map { $0["officer"]?.stringValue } == ["FRA/release-1"])
        try await guarded.coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a partner's own guardrails bind its node, and need its own officers to go`() async throws {
        let guarded = try Guarded()
        let head = "format: 1\nadds-to: EXAMPLE COALITION\npartner: GBR\n"
        let rules = "guardrails:\n  no-intrep-to-fra: {says: not to France, deny: {type: INTREP, recipient: FRA}}\n"
        try guarded.coalition.write(
            Array((head + rules + "approval: {officers: [GBR/release-1], at-least: 1}\n").utf8),
            "gbr.yaml"
        )
        try guarded.coalition.editConfiguration(of: "GBR") {
            $0.replacing("policy: policy.yaml", with: "policy: {file: policy.yaml, addition: gbr.yaml}")
        }
        try await guarded.coalition.start("GBR")
        let sealed = try guarded.coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        expectProblem(try await guarded.coalition.submit(sealed), 403, "denied")
        let before = try guarded.inForce
        // Whoever edits the file alone lifts nothing.
        try guarded.coalition.write(Array(head.utf8), "gbr.yaml")
        guard case .partial(false, false, let refused) = try await guarded.coalition.reload("GBR") else {
            Issue.record("expected the file to be refused")
            return
        }
        #expect(refused.first?.detail.contains("the addition") == true, "\(refused)")
        #expect(try guarded.inForce == before)
        let texts = PolicyTexts(
            policy: .init(
                name: "policy.yaml",
                text: try String(contentsOf: guarded.coalition.policyFile, encoding: .utf8)
            ),
            addition: .init(name: "gbr.yaml", text: head)
        )
        let approvable = try #require(try PolicyVersion(texts, for: PartnerCode("GBR")).approvableAddition)
        let officer = try #require(guarded.officers["GBR"])
        let statement = try OfficerApproval.sign(
            approvable,
            realm: .live,
            at: .now(),
            certificate: officer.certificate,
            key: officer.key
        )
        let node = try guarded.coalition.node("GBR")
        _ = try await node.activate(texts, statements: [.init(source: "gbr.cms", bytes: statement)], cause: "test")
        #expect(try await guarded.coalition.submit(sealed).status == .created)
        // Another partner's addition is not this node's to have.
        let foreign = PolicyTexts(
            policy: texts.policy,
            addition: .init(name: "fra.yaml", text: head.replacing("GBR", with: "FRA"))
        )
        let reason = await message { _ = try await node.activate(foreign, statements: [], cause: "test") }
        #expect(reason.contains("expected an addition of `GBR`, got one of `FRA`"), "\(reason)")
        try await guarded.coalition.stopAll()
    }
}
