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
        #expect(report.failures.map(\.testCase.name) == ["wrong outcome", "wrong rule"])
        #expect(report.failures[0].explanation.nearest.isEmpty == false)
        #expect(report.coverage.count == policy.policy.guardrails.count + policy.policy.agreements.count)
        #expect(report.coverage.first { $0.rule == RuleName("alliance-intelligence") }?.cases == 2)
        #expect(report.neverFired.contains(RuleName("eyes-only")))
        #expect(!report.neverFired.contains(RuleName("alliance-intelligence")))
    }

    static let vectors: [(String, String, String)] = [
        ("format: 1", "format: one", "1:9: expected format `1`, got `one`: this release reads no other"),
        ("format: 1\n", "", "1:1: the test file has no `format`: add it"),
        (
            "at: 2026-11-22\n", "at: tomorrow\n",
            "2:5: expected a day such as `2026-12-31` or a time such as `2026-12-31T23:59:59.999Z`, got `tomorrow`"
        ),
        (
            "at: 2026-11-22\n", "",
            "3:5: case `a report to France` has no `at`: add it, or add one above `cases` for all of them"
        ),
        (
            "name: a relay", "name: a report to France",
            "12:5: `a report to France` is the name of the case in line 4 already: rename one"
        ),
        ("    expect: allow\n    rules", "    rules", "4:5: case `a report to France` has no `expect`: add it"),
        ("expect: allow", "expect: allowed", "10:13: expected `allow` or `deny`, got `allowed`"),
        (
            "expect: allow", "expects: allow",
            "10:5: unknown key `expects` in a test case: expected one of `name`, `label`, `action`, `from`, `to`, `via`, `at`, `precedence`, `realm`, `mailbox`, `link`, `originated`, `expires`, `expect`, `rules`; correct or remove it"
        ),
        (
            "GBR SECRET//INTREP", "GBR SECRTE//INTREP",
            "5:12: marking, column 5: expected a classification of GBR (OFFICIAL, SECRET, TOP SECRET), got `SECRTE`; to test a word that the policy does not know, write the label as fields"
        ),
        (
            "owner: GBR,", "owner: gbr,",
            "13:20: `gbr` cannot be a label owner: expected an upper-case letter at column 1, got `g` (U+0067)"
        ),
        (
            "owner: GBR,", "owners: GBR,",
            "13:13: unknown key `owners` in the label: expected one of `policy`, `owner`, `co-owners`, `classification`, `compartments`, `caveats`, `releasable-to`, `community`, `type`; correct or remove it"
        ),
        ("[JPN]", "[JPN, JPN]", "13:12: `JPN` stands twice: a releasability code may be named once only, remove one"),
        (
            "action: release", "action: send",
            "6:13: expected one of `originate`, `release`, `relay`, `accept`, `deliver`, got `send`"
        ),
        ("action: release", "action: originate", "8:9: to originate has no recipient yet: remove `to`"),
        ("    via: fra-hub\n", "", "12:5: case `a relay` has no `via`: name the hub's node that relays"),
        (
            "via: fra-hub", "via: FRA",
            "17:10: the policy has no partner or node `FRA`: correct it, or declare it in the policy"
        ),
        (
            "to: FRA", "to: ATLANTIS",
            "8:9: the policy has no partner or node `ATLANTIS`: correct it, or declare it in the policy"
        ),
        (
            "precedence: FLASH", "precedence: flash",
            "9:17: expected one of `OVERRIDE`, `FLASH`, `IMMEDIATE`, `PRIORITY`, `ROUTINE`, `DEFERRED`, got `flash`"
        ),
        (
            "[alliance-intelligence]", "[alliance]",
            "11:13: the policy has no rule `alliance`, nor is it built in: correct the name"
        ),
        ("[alliance-intelligence]", "[ceiling, ceiling]", "11:22: `ceiling` stands twice: remove one"),
    ]

    @Test(arguments: vectors)
    func `a bad test file is refused with its place, what was expected and what came`(
        original: String,
        replacement: String,
        message: String
    ) throws {
        let range = try #require(Self.good.firstRange(of: original), "the vector does not fit the good file")
        var yaml = Self.good
        yaml.replaceSubrange(range, with: replacement)
        let error = #expect(throws: PolicyError.self) { try suite(yaml) }
        #expect(error?.description == "t.yaml:" + message)
    }
}
