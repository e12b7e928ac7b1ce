import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import StrictYAML
import Testing

@Suite struct PolicyTestSuiteTests {
    private func suite(_ yaml: String) throws -> PolicyTestSuite {
        try PolicyTestSuite.parse(yaml: yaml, file: "t.yaml", policy: ExamplePolicy.read())
    }

    static let good = """
        format: 1
        at: 2026-11-22
        cases:
          - name: a report to France
            label: GBR SECRET//INTREP
            action: release
            from: gbr-1
            to: FRA
            precedence: FLASH
            expect: allow
            rules: [alliance-intelligence]
          - name: a relay
            label: {owner: GBR, classification: SECRET, releasable-to: [JPN], community: MARITIME, type: TRACK}
            action: relay
            from: GBR
            to: jpn-1
            via: fra-hub
            at: 2026-11-22T10:00:00.000Z
            expect: allow
        """

    @Test func `a test file reads into requests, with defaults for what a case leaves out`() throws {
        let suite = try suite(Self.good)
        #expect(suite.cases.map(\.name) == ["a report to France", "a relay"])
        #expect(suite.cases.map(\.line) == [4, 12])
        #expect(suite.cases[0].request.holder == Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")))
        #expect(suite.cases[0].request.recipient == Station(PolicyPartner("FRA")))
        #expect(suite.cases.map(\.request.precedence) == [.flash, .routine])
        #expect(suite.cases[0].time.rfc3339 == "2026-11-22T00:00:00.000Z")
        #expect(suite.cases[1].time.rfc3339 == "2026-11-22T10:00:00.000Z")
        #expect(suite.cases[1].request.label.marking == "GBR SECRET//REL TO JPN//MARITIME//TRACK")
        #expect(suite.cases[1].request.hub == Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub")))
        #expect(suite.cases[1].rules == nil)
    }

    @Test func `a case may say what else is known of the message`() throws {
        let suite = try suite(
            """
            format: 1
            at: 2026-11-22
            cases:
              - name: everything is known
                label: {owner: GBR, co-owners: [FRA], classification: SECRET}
                action: release
                from: gbr-1
                to: FRA
                mailbox: FRA/duty-officer
                link: cnsa
                originated: 2026-11-21
                expires: 2026-11-30
                expect: deny
            """
        )
        let request = try #require(suite.cases.first).request
        #expect(request.label.owners.map(\.rawValue) == ["FRA", "GBR"])
        #expect(request.facts.mailbox == PolicyMailbox(PolicyPartner("FRA"), "duty-officer"))
        #expect(request.facts.link == .cnsa)
        #expect(request.facts.originated?.date == "2026-11-21")
        #expect(request.facts.expires?.date == "2026-11-30")
    }

    @Test func `a report says which cases differ, how, and which rules no case met`() throws {
        let policy = CompiledPolicy(try ExamplePolicy.read())
        let report = try suite(
            """
            format: 1
            at: 2026-11-22
            cases:
              - {name: right, label: GBR SECRET//INTREP, action: release, from: GBR, to: FRA, expect: allow}
              - {name: wrong outcome, label: GBR SECRET//INTREP, action: release, from: GBR, to: JPN, expect: allow}
              - name: wrong rule
                label: GBR SECRET//INTREP
                action: release
                from: GBR
                to: FRA
                expect: allow
                rules: [alliance-signals]
              - name: no rule is right where none is needed
                label: GBR SECRET//INTREP
                action: originate
                from: GBR
                expect: allow
                rules: []
            """
        ).run(policy)
        #expect(
            report.results.map(\.problem) == [
                nil,
                "expected it to be allowed, got denied by `no-agreement`",
                "expected it to be allowed by `alliance-signals`, got `alliance-intelligence`",
                nil,
            ]
        )
        #expect(report.failures.map(\.name) == ["wrong outcome", "wrong rule"])
        #expect(report.failures[0].explanations.map(\.nearest.isEmpty) == [false])
        #expect(report.coverage.count == policy.policy.guardrails.count + policy.policy.agreements.count)
        #expect(report.coverage.first { $0.rule == RuleName("alliance-intelligence") }?.cases == 2)
        #expect(report.neverFired.contains(RuleName("eyes-only")))
        #expect(!report.neverFired.contains(RuleName("alliance-intelligence")))
    }
}
