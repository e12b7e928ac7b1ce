import AccessPolicy
import CanonicalEncoding
import Testing

@Suite struct CanonicalPolicyTests {
    private let plain = """
        format: 1
        name: SMALL
        ladders: {levels: [LOW, HIGH], equivalents: {AAA: {OPEN: LOW}}}
        caveats: [EYES, ORCON]
        partners: {AAA: {kind: nation, ceiling: HIGH}, BBB: {kind: nation, ceiling: LOW, suspended: true}}
        nodes: {a-1: {partner: AAA, accreditation: HIGH, realm: live}}
        communities: {SEA: {AAA: [{from: 2026-01-01, until: 2026-02-01}, {from: 2026-03-01}]}}
        guardrails: {stay: {says: it stays, deny: {caveats: [EYES, ORCON], recipient: not owner}}}
        agreements: {share: {to: [AAA, BBB], up-to: LOW, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R}}
        """

    /// The same policy with comments, another order, other spellings of keys and other kinds of quotes.
    private let varied = """
        # a comment
        name: "SMALL"
        format: '1'
        agreements:
          share:
            ref: R
            recipients: [BBB, AAA]   # the other spelling
            level: up-to LOW
            until: 2026-12-31
            from: 2026-01-01
            review: "2026-06-01"
        guardrails:
          stay:
            deny:
              recipient: [not owner]
              caveat: [ORCON, EYES]
            says: it stays
        nodes:
          a-1:
            realm: live
            partner: AAA
            accreditation: HIGH
        communities:
          SEA:
            AAA:
              - {from: 2026-03-01}
              - {until: 2026-02-01, from: 2026-01-01}
        partners:
          BBB: {ceiling: LOW, suspended: true, kind: nation}
          AAA: {ceiling: HIGH, suspended: false, kind: nation}
        caveats: [ORCON, EYES]
        ladders:
          equivalents: {AAA: {OPEN: LOW}}
          levels: [LOW, HIGH]
        """

    @Test func `the same policy written in another way has the same bytes`() throws {
        let first = try Policy.parse(yaml: plain, file: "plain.yaml")
        let second = try Policy.parse(yaml: varied, file: "varied.yaml")
        #expect(first.canonicalBytes == second.canonicalBytes)
        #expect(try JSONValue.parseCanonical(first.canonicalBytes)["name"]?.stringValue == "SMALL")
    }

    @Test(arguments: [
        (" up-to: LOW,", " level: LOW,"), (" up-to: LOW,", " level: [not HIGH],"),
        (" up-to: LOW,", " level: LOW..LOW,"),
        (" up-to: LOW,", " up-to: LOW, precedence: ANY,"), (" up-to: LOW,", " up-to: LOW, suspended: false,"),
        ("OPEN: LOW", "OPEN: {level: LOW}"), ("caveats: [EYES, ORCON],", "caveats: {any: [ORCON, EYES]},"),
    ])
    func `two ways of saying the same have the same bytes`(original: String, replacement: String) throws {
        let range = try #require(plain.firstRange(of: original), "the vector does not fit the policy")
        var changed = plain
        changed.replaceSubrange(range, with: replacement)
        let before = try Policy.parse(yaml: plain, file: "before.yaml")
        let after = try Policy.parse(yaml: changed, file: "after.yaml")
        #expect(before.canonicalBytes == after.canonicalBytes)
    }

    @Test(arguments: [
        ("name: SMALL", "name: TALL"), ("[LOW, HIGH]", "[LOW, MIDDLE, HIGH]"), ("OPEN: LOW", "OPEN: HIGH"),
        ("caveats: [EYES, ORCON]\n", "caveats: [EYES, ORCON, MORE]\n"), ("ceiling: HIGH", "ceiling: LOW"),
        ("kind: nation", "kind: private"), (", suspended: true", ""), ("accreditation: HIGH", "accreditation: LOW"),
        ("realm: live", "realm: winter-26"), ("a-1:", "a-2:"), ("until: 2026-02-01", "until: 2026-02-02"),
        ("SEA", "AIR"), ("it stays", "it stays put"), ("caveats: [EYES, ORCON],", "caveats: EYES,"),
        ("caveats: [EYES, ORCON],", "caveats: {only: [EYES, ORCON]},"), ("recipient: not owner", "recipient: owner"),
        ("recipient: not owner", "holder: not owner"), ("to: [AAA, BBB]", "to: AAA"), (" up-to: LOW,", ""),
        ("until: 2026-12-31", "until: 2026-12-30"), ("review: 2026-06-01", "review: 2026-06-02"), ("ref: R", "ref: S"),
        ("share:", "shared:"), (" up-to: LOW,", " up-to: LOW, precedence: FLASH,"),
        (" up-to: LOW,", " up-to: LOW, action: release,"), (" up-to: LOW,", " up-to: LOW, realm: live,"),
        (" up-to: LOW,", " up-to: LOW, community: none,"), (" up-to: LOW,", " up-to: LOW, types: none,"),
        (" up-to: LOW,", " up-to: LOW, recipient-kind: nation,"), (" up-to: LOW,", " up-to: LOW, owner: AAA,"),
        (" up-to: LOW,", " up-to: LOW, compartments: none,"), (" up-to: LOW,", " level: above LOW,"),
        (" up-to: LOW,", " up-to: LOW, holder-kind: nation,"), (" up-to: LOW,", " up-to: LOW, holder-node: a-1,"),
        (" up-to: LOW,", " up-to: LOW, holder-ceiling: LOW,"), (" up-to: LOW,", " up-to: LOW, recipient-node: a-1,"),
        (" up-to: LOW,", " up-to: LOW, holder-accreditation: LOW,"), (" up-to: LOW,", " up-to: LOW, link: cnsa,"),
        (" up-to: LOW,", " up-to: LOW, holder-read-in: none,"), (" up-to: LOW,", " up-to: LOW, age: over 1h,"),
        (" up-to: LOW,", " up-to: LOW, recipient-ceiling: LOW,"), (" up-to: LOW,", " up-to: LOW, expires: over 1h,"),
        (" up-to: LOW,", " up-to: LOW, recipient-accreditation: LOW,"),
        (" up-to: LOW,", " up-to: LOW, suspended: true,"),
        (" up-to: LOW,", " up-to: LOW, recipient-read-in: none,"), (" up-to: LOW,", " up-to: LOW, releasable: named,"),
        (" up-to: LOW,", " up-to: LOW, recipient-mailbox: AAA/desk,"),
        (" up-to: LOW,", " up-to: LOW, classification: OPEN,"),
        (" up-to: LOW,", " up-to: LOW, caveats: {all: [EYES, ORCON]},"), (" up-to: LOW,", " level: [LOW, none],"),
        ("name: SMALL", "name: SMALL\nlabel-policies: [TLP]"), ("OPEN: LOW", "OPEN: none"),
        ("OPEN: LOW", "OPEN: {level: LOW, from: 2026-01-01}"),
    ])
    func `every change of meaning changes the bytes`(original: String, replacement: String) throws {
        let range = try #require(plain.firstRange(of: original), "the vector does not fit the policy")
        var changed = plain
        changed.replaceSubrange(range, with: replacement)
        let before = try Policy.parse(yaml: plain, file: "before.yaml")
        let after = try Policy.parse(yaml: changed, file: "after.yaml")
        #expect(before.canonicalBytes != after.canonicalBytes)
    }
}
