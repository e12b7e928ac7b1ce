import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import StrictYAML
import Testing

/// The entries of test files that ask more than one question: who can see a label, and what must never be.
@Suite struct TestCaseKindTests {
    private func suite(_ entries: String, _ policy: Policy? = nil) throws -> PolicyTestSuite {
        try PolicyTestSuite.parse(
            yaml: "format: 1\nat: 2026-11-22\n\(entries)",
            file: "t.yaml",
            policy: policy ?? ExamplePolicy.read()
        )
    }

    private func report(_ entries: String, _ policy: Policy? = nil) throws -> PolicyTestReport {
        try suite(entries, policy).run(CompiledPolicy(policy ?? ExamplePolicy.read()))
    }

    static let audiences: [(String, String?)] = [
        ("label: GBR SECRET//INTREP, from: GBR, exactly: [DEU, FRA]", nil),
        // A group stands for its partners, and whoever has it already is not asked about.
        ("label: GBR SECRET//INTREP, from: GBR, exactly: ALLIANCE", nil),
        (
            "label: GBR SECRET//INTREP, from: gbr-1, exactly: [ALLIANCE, not DEU]",
            """
            expected exactly `FRA`, got `DEU`, `FRA`; `DEU` may have it and should not
            """
        ),
        (
            "label: GBR SECRET//INTREP, from: GBR, exactly: [ALLIANCE, JPN]",
            """
            expected exactly `DEU`, `FRA`, `JPN`, got `DEU`, `FRA`; `JPN` should have it and may not
            """
        ),
        (
            "label: GBR SECRET//INTREP, from: GBR, exactly: nobody",
            """
            expected exactly nobody, got `DEU`, `FRA`; `DEU`, `FRA` may have it and should not
            """
        ),
        ("label: GBR SECRET//INTREP, from: GBR, at-least: FRA, none-of: [JPN, UN, ACME]", nil),
        (
            "label: GBR SECRET//INTREP, from: GBR, at-least: [FRA, UN], none-of: DEU",
            """
            expected at least `FRA`, `UN` and none of `DEU`, got `FRA`, `DEU` of these; `DEU` may have it and should not; \
            `UN` should have it and may not
            """
        ),
        ("label: GBR SECRET//INTREP, from: GBR, none-of: [not DEU, not FRA]", nil),
        ("label: GBR SECRET//EYES ONLY//INTREP, exactly: nobody", nil),
        ("label: GBR SECRET//INTREP, from: GBR, exactly: [deu-1, fra-hub]", nil),
        // Without a holder, whoever may be sent it by anybody; its owner has it.
        ("label: GBR SECRET//INTREP, exactly: [DEU, FRA]", nil),
        // One that ended is not in force, and what another may send counts.
        ("label: GBR SECRET//INTREP, from: GBR, at: 2031-01-01, exactly: nobody", nil),
    ]

    @Test(arguments: audiences)
    func `a who-can-see case compares everybody who may have a label`(entry: String, problem: String?) throws {
        let report = try report("who-can-see: [{name: x, \(entry)}]")
        #expect(report.results.map(\.kind) == [.audience])
        #expect(report.results.map(\.problem) == [problem])
        #expect(report.results[0].explanations.isEmpty == (problem == nil))
    }

    @Test func `a failed who-can-see case explains each one that differs`() throws {
        let report = try report("who-can-see: [{name: x, label: GBR SECRET//INTREP, from: GBR, exactly: [DEU, JPN]}]")
        let explanations = try #require(report.results.first).explanations
        #expect(explanations.map(\.outcome) == [.allowed, .denied])
        #expect(explanations[0].summary == "GBR may release GBR SECRET//INTREP to FRA")
        #expect(explanations[1].summary == "GBR may not release GBR SECRET//INTREP to JPN")
    }

    static let nevers: [(String, Bool)] = [
        ("recipient-kind: private, level: above RESTRICTED", true),
        ("recipient-kind: private, up-to: RESTRICTED", false),
        ("caveat: EYES ONLY, recipient: not owner", true),
        ("action: release, holder: GBR, to: FRA", false),
        ("action: release, holder: GBR, to: FRA, from: 2031-01-01", true),
    ]

    @Test(arguments: nevers)
    func `a never case is proved for every request, or has one that is allowed`(
        conditions: String,
        isKept: Bool
    ) throws {
        let result = try #require(try report("never: [{name: x, \(conditions)}]").results.first)
        #expect(result.kind == .never)
        #expect(result.hasPassed == isKept, "\(result.explanations.map(\.text))")
        guard !isKept else { return }
        #expect(result.problem?.hasPrefix("expected it never to be allowed, got a request that is, on 20") == true)
        #expect(result.explanations.map(\.outcome) == [.allowed])
    }

    // MARK: - Markings of label policies

    private static func accepting(_ names: String, _ owner: String, _ words: String) throws -> Policy {
        try Policy.parse(
            yaml: """
                format: 1
                name: ACCEPTING
                label-policies: [\(names)]
                ladders:
                  levels: [LOW, HIGH]
                  equivalents:
                    \(owner): {\(words)}
                caveats: [NOFORN]
                types: [INTREP]
                partners:
                  \(owner): {kind: nation, ceiling: HIGH}
                  FRA: {kind: nation, ceiling: HIGH}
                nodes:
                  a-1: {partner: \(owner), accreditation: HIGH, realm: live}
                  f-1: {partner: FRA, accreditation: HIGH, realm: live}
                agreements:
                  all: {to: ANY, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R}
                """,
            file: "p.yaml"
        )
    }

    static let markings: [(String, String, String, String, String)] = [
        ("USA", "USA", "SECRET: HIGH", "SECRET//NOFORN", "USA: USA SECRET//NOFORN"),
        ("USA", "USA", "SECRET: HIGH", "(S//NF)", "USA: USA SECRET//NOFORN"),
        ("USA", "USA", "SECRET: HIGH", "SECRET//INTREP", "USA: USA SECRET//INTREP"),
        ("USA", "USA", "SECRET: HIGH", "USA SECRET//NOFORN", "ACCEPTING: USA SECRET//NOFORN"),
        ("NATO, USA", "NATO", "NATO SECRET: HIGH", "NATO SECRET", "NATO: NATO NATO SECRET"),
        ("NATO, USA", "USA", "SECRET: HIGH", "{marking: SECRET//NOFORN, policy: USA}", "USA: USA SECRET//NOFORN"),
        ("TLP", "USA", "TLP:GREEN: none", "{marking: TLP:GREEN, owner: USA}", "TLP: USA TLP:GREEN"),
        ("TLP", "USA", "TLP:GREEN: none", "{marking: USA TLP:GREEN, policy: ACCEPTING}", "ACCEPTING: USA TLP:GREEN"),
        // A label policy without a file is a name alone: its labels are written in the policy's words.
        ("OTHER", "USA", "SECRET: HIGH", "{marking: USA SECRET, policy: OTHER}", "OTHER: USA SECRET"),
    ]

    @Test(arguments: markings)
    func `a marking is read as the policy and the label policies that it accepts write it`(
        names: String,
        owner: String,
        words: String,
        marking: String,
        label: String
    ) throws {
        let policy = try Self.accepting(names, owner, words)
        let suite = try suite(
            "cases: [{name: x, label: \(marking), action: release, from: a-1, to: f-1, expect: allow, rules: [all]}]",
            policy
        )
        let read = try #require(suite.cases.first).request.label
        #expect("\(read.policy): \(read.marking)" == label)
        #expect(suite.run(CompiledPolicy(policy)).failures.isEmpty)
    }

    static let unread: [(String, String, String)] = [
        ("USA", "(S//NX)", "3:26: marking, column 5: expected "),
        ("TLP", "TLP:GREEN", "3:26: marking, column 1: expected an owner beside the marking, for a marking of `TLP` "),
        (
            "TLP", "{marking: SECRET, policy: USA}",
            """
            3:52: the policy accepts no labels of `USA`: expected one of `ACCEPTING`, `TLP`
            """
        ),
    ]

    @Test(arguments: unread)
    func `a marking that no accepted label policy reads is refused with its column`(
        names: String,
        marking: String,
        message: String
    ) throws {
        let policy = try Self.accepting(names, "USA", "SECRET: HIGH")
        let error = #expect(throws: PolicyError.self) {
            try suite(
                "cases: [{name: x, label: \(marking), action: release, from: a-1, to: f-1, expect: allow}]",
                policy
            )
        }
        #expect(error?.description.hasPrefix("t.yaml:" + message) == true, "\(error?.description ?? "")")
    }

    // MARK: - Coverage

    private static let small = """
        format: 1
        name: SMALL
        ladders:
          levels: [LOW, HIGH]
          equivalents:
            AA: {LOW: LOW, HIGH: HIGH}
        caveats: [EYES]
        types: [REPORT, TRACK]
        partners:
          AA: {kind: nation, ceiling: HIGH}
          BB: {kind: nation, ceiling: HIGH}
          CC: {kind: private, ceiling: HIGH}
        nodes:
          a-1: {partner: AA, accreditation: HIGH, realm: live}
          b-1: {partner: BB, accreditation: HIGH, realm: live}
          c-1: {partner: CC, accreditation: HIGH, realm: live}
        guardrails:
          eyes: {says: eyes, deny: {caveat: EYES, recipient: not owner}}
          eyes-too: {says: eyes, deny: {caveat: EYES}}
          late: {says: late, deny: {type: TRACK, from: 2027-01-01}}
        agreements:
          ended: {to: CC, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R, suspended: true}
          reports: {to: BB, up-to: LOW, type: REPORT, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R}
          tracks: {to: BB, type: TRACK, from: 2026-01-01, until: 2027-12-31, review: 2026-06-01, ref: R}
        """

    @Test func `coverage says which rules decide alone, and which conditions a case depends on`() throws {
        let policy = try Policy.parse(yaml: Self.small, file: "small.yaml")
        let report = try report(
            """
            cases:
              - {name: 1, label: AA LOW//REPORT, action: release, from: a-1, to: b-1, expect: allow, rules: [reports]}
              - {name: 2, label: AA HIGH//REPORT, action: release, from: a-1, to: b-1, expect: deny}
              - {name: 3, label: AA LOW//EYES//REPORT, action: release, from: a-1, to: b-1, expect: deny}
              - {name: 4, label: AA LOW//TRACK, action: release, from: a-1, to: b-1, expect: allow, rules: [tracks]}
            who-can-see:
              - {name: 5, label: AA LOW//TRACK, exactly: BB}
            never:
              - {name: 6, recipient: BB, type: REPORT, from: 2027-01-01, action: release}
            """,
            policy
        )
        #expect(report.failures.map(\.problem).isEmpty)
        #expect(report.suspended == [RuleName("ended")])
        #expect(report.neverFired == [RuleName("late")])
        #expect(report.neverAlone == [RuleName("eyes"), RuleName("eyes-too")])
        let coverage = Dictionary(uniqueKeysWithValues: report.coverage.map { ($0.rule.rawValue, $0) })
        #expect(coverage["tracks"]?.cases == 2)
        #expect(coverage["tracks"]?.alone == 2)
        #expect(coverage["reports"]?.conditions == ["to", "from", "until", "up-to", "types"])
        // `up-to` by the second case, `types` by the fourth, `until` by the never case.
        #expect(coverage["reports"]?.idle == ["to", "from"])
        // `to` by the who-can-see case, `type` by the first.
        #expect(coverage["tracks"]?.idle == ["from", "until"])
        #expect(coverage["eyes"]?.idle == ["recipient"])
        #expect(coverage["eyes-too"]?.idle == [])
    }
}
