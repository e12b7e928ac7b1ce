import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels
import Testing

@Suite struct NationalAdditionTests {
    /// The rules of a random policy as an addition to another of the same words, under names of their own.
    private static func addition(_ seed: UInt64) -> String {
        var source = SmallPolicy(seed: seed)
        let rules = source.yaml().split(separator: "\n").filter { $0.hasPrefix("  g") }
            .map { "  national-\($0.dropFirst(2))" }
        return "format: 1\nadds-to: SMALL\npartner: PA\nguardrails:\n" + rules.joined(separator: "\n") + "\n"
    }

    @Test(arguments: 0..<6)
    func `an addition allows nothing that its baseline denies, and denies what its guardrails say`(seed: UInt64) throws
    {
        var source = SmallPolicy(seed: seed)
        let yaml = source.yaml()
        let baseline = try Policy.parse(yaml: yaml, file: "small.yaml")
        let text = Self.addition(seed + 1000)
        let addition = try NationalAddition.parse(yaml: text, file: "pa.yaml", baseline: baseline)
        let both = baseline.adding(addition)
        let plain = PlainInterpreter(policy: baseline)
        let restricted = CompiledPolicy(both)
        let wider = try SmallPolicy.anyRequest(yaml + text) { request, time in
            let before = plain.judge(request, at: time)
            let after = restricted.decide(request, at: time)
            guard before.isAllowed else { return after.outcome == .allowed }
            let national = after.guardrails.contains { $0.rawValue.hasPrefix("national-") }
            return (after.outcome == .allowed) == national
        }
        #expect(!wider, "\(yaml)\n\(text)")
    }

    @Test(arguments: UInt64(0)..<60)
    func `by exact analysis no random addition opens a flow`(seed: UInt64) throws {
        var source = SmallPolicy(seed: seed)
        let baseline = try Policy.parse(yaml: source.yaml(), file: "small.yaml")
        let text = Self.addition(seed + 2000)
        let addition = try NationalAddition.parse(yaml: text, file: "pa.yaml", baseline: baseline)
        let difference = PolicyDifference(from: baseline, to: baseline.adding(addition))
        let opening = difference.groups.filter { !$0.opens.isEmpty }
        #expect(opening.isEmpty, "\(text)")
    }

    private static let head = "format: 1\nadds-to: EXAMPLE COALITION\npartner: GBR\n"

    @Test(arguments: [
        (
            head + "agreements: {x: {to: FRA}}",
            "gbr.yaml:4:1: an addition only restricts: expected `guardrails` or `invariants`, got `agreements`; what "
                + "permits belongs in the coalition's policy"
        ),
        (
            head + "partners: {XXX: {kind: nation}}",
            "gbr.yaml:4:1: unknown key `partners` in a national addition: expected one of `format`, `adds-to`, `partner`, "
                + "`guardrails`, `invariants`, `approval`"
        ),
        (
            "format: 1\nadds-to: OTHER\npartner: GBR\n",
            "gbr.yaml:2:10: expected `EXAMPLE COALITION`, the name of the policy that it adds to, got `OTHER`"
        ),
        ("format: 2\nadds-to: EXAMPLE COALITION\npartner: GBR\n", "gbr.yaml:1:9: expected format `1`, got `2`"),
        ("format: 1\nadds-to: EXAMPLE COALITION\npartner: XXX\n", "gbr.yaml:3:10: unknown partner `XXX`"),
        (
            head + "guardrails:\n  eyes-only: {says: s, deny: {caveat: EYES ONLY}}",
            "gbr.yaml:5:3: `eyes-only` is the name of a guardrail of the coalition already"
        ),
        (
            head + "guardrails:\n  own: {says: s, deny: {caveat: NOFORM}}",
            "gbr.yaml:5:33: unknown caveat `NOFORM`"
        ),
        (
            head + "approval: {officers: [FRA/release-1], at-least: 1}",
            "gbr.yaml:4:11: expected officers of `GBR`, got `FRA/release-1`: an addition is national"
        ),
    ])
    func `what is no addition is refused with its place`(yaml: String, message: String) throws {
        let baseline = try Policy.parse(yaml: try ExamplePolicy.text("policy.yaml"), file: "policy.yaml")
        do {
            _ = try NationalAddition.parse(yaml: yaml, file: "gbr.yaml", baseline: baseline)
            Issue.record("expected a refusal of \(yaml)")
        } catch {
            #expect("\(error)".hasPrefix(message), "\(error)")
        }
    }

    @Test func `the hash of an addition is that of its meaning`() throws {
        let baseline = try Policy.parse(yaml: try ExamplePolicy.text("policy.yaml"), file: "policy.yaml")
        func bytes(_ rules: String) throws -> [UInt8] {
            try NationalAddition.parse(yaml: Self.head + rules, file: "gbr.yaml", baseline: baseline).canonicalBytes
        }
        let one = "guardrails:\n  own: {says: s, deny: {caveat: ORCON, recipient: JPN}}\n"
        let same = "# another spelling\nguardrails: {own: {deny: {recipient: [JPN], caveat: [ORCON]}, says: s}}\n"
        #expect(try bytes(one) == bytes(same))
        let others = [
            one.replacing("JPN", with: "UN"), one.replacing("says: s", with: "says: t"),
            one.replacing("own", with: "two"),
            one + "approval: {officers: [GBR/release-1], at-least: 1}\n",
            one.replacing("guardrails", with: "invariants").replacing("deny", with: "never"),
        ]
        for other in others { #expect(try bytes(one) != bytes(other), "\(other)") }
    }
}

@Suite struct ApprovalRuleTests {
    private static func policy(_ approval: String) throws -> Policy {
        try Policy.parse(yaml: try ExamplePolicy.text("policy.yaml") + approval, file: "policy.yaml")
    }

    @Test func `a rule counts its own officers, each once, and nobody else`() throws {
        let rule = try #require(
            try Self.policy("\napproval: {officers: [GBR/release-1, FRA/release-1, JPN/policy], at-least: 2}\n")
                .approval
        )
        let gbr = PolicyOfficer(PolicyPartner("GBR"), "release-1")
        let fra = PolicyOfficer(PolicyPartner("FRA"), "release-1")
        let stranger = PolicyOfficer(PolicyPartner("GBR"), "release-2")
        #expect(rule.satisfied(by: [gbr, fra]) == [fra, gbr])
        #expect(rule.satisfied(by: [gbr]) == nil)
        #expect(rule.satisfied(by: [gbr, stranger]) == nil)
        #expect(rule.demanding(3)?.satisfied(by: [gbr, fra]) == nil)
        #expect(rule.demanding(4) == nil)
        #expect(rule.demanding(0) == nil)
    }

    @Test func `who must approve is part of the policy's meaning`() throws {
        let none = try Self.policy("")
        let two = try Self.policy("\napproval: {officers: [GBR/a, FRA/b], at-least: 2}\n")
        let one = try Self.policy("\napproval: {officers: [FRA/b, GBR/a], at-least: 1}\n")
        #expect(Set([none, two, one].map(\.canonicalBytes)).count == 3)
        #expect(
            try Self.policy("\napproval: {at-least: 2, officers: [FRA/b, GBR/a]}\n").canonicalBytes
                == two.canonicalBytes
        )
    }

    @Test(arguments: [
        ("{officers: [GBR/a], at-least: 2}", "expected how many of the officers must have signed"),
        ("{officers: [GBR/a], at-least: 0}", "expected how many of the officers must have signed"),
        ("{officers: [GBR/a, GBR/a], at-least: 1}", "`GBR/a` stands twice: remove one"),
        ("{officers: [GBR], at-least: 1}", "expected an officer such as `GBR/release-1`, got `GBR`"),
        ("{officers: [XXX/a], at-least: 1}", "unknown partner `XXX`"),
        ("{officers: [GBR/A], at-least: 1}", "expected an officer's name of 1 to 63 lower-case letters"),
        ("{officers: [], at-least: 1}", "expected a list of officers"),
        ("{at-least: 1}", "`officers`"), ("{officers: [GBR/a]}", "`at-least`"),
    ])
    func `a rule that nobody could satisfy, or that is none, is refused`(rule: String, message: String) throws {
        do {
            _ = try Self.policy("\napproval: \(rule)\n")
            Issue.record("expected a refusal of \(rule)")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}
