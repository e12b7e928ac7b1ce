import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels
import Testing

@Suite struct InvariantTests {
    /// Asks the plain interpreter every request that three partners, every label and four times can make.
    @Test(arguments: 0..<12)
    func `the analysis finds a counter-example if and only if some request breaks the invariant`(seed: UInt64) throws {
        var source = SmallPolicy(seed: seed)
        let yaml = source.yaml()
        let policy = try Policy.parse(yaml: yaml, file: "small.yaml")
        let judge = PlainInterpreter(policy: policy)
        let guarded = PlainInterpreter(policy: try Policy.parse(yaml: Self.guarded(yaml), file: "small.yaml"))
        if let found = policy.brokenInvariants().first {
            // The counter-example is allowed, and a guardrail in the invariant's place denies it.
            #expect(judge.judge(found.request, at: found.time).isAllowed, "\(yaml)\n\(found)")
            let verdict = guarded.judge(found.request, at: found.time)
            #expect(verdict.guardrails == [RuleName("promise")], "\(yaml)\n\(found)")
            return
        }
        let isBroken = try SmallPolicy.anyRequest(yaml) { request, time in
            guard judge.judge(request, at: time).isAllowed, !guarded.judge(request, at: time).isAllowed else {
                return false
            }
            Issue.record("\(yaml)\n\(request) at \(time)")
            return true
        }
        #expect(!isBroken)
    }

    @Test func `counter-examples break the invariant by the plain interpreter`() throws {
        var broken = 0
        for seed in UInt64(100)..<200 {
            var source = SmallPolicy(seed: seed)
            let yaml = source.yaml()
            let policy = try Policy.parse(yaml: yaml, file: "small.yaml")
            guard let found = policy.brokenInvariants().first else { continue }
            broken += 1
            let judge = PlainInterpreter(policy: policy)
            let guarded = PlainInterpreter(policy: try Policy.parse(yaml: Self.guarded(yaml), file: "small.yaml"))
            #expect(judge.judge(found.request, at: found.time).isAllowed, "\(yaml)\n\(found)")
            #expect(!guarded.judge(found.request, at: found.time).isAllowed, "\(yaml)\n\(found)")
        }
        #expect((20..<80).contains(broken), "the random policies hardly ever keep, or break, their invariant")
    }

    @Test func `several invariants that are proved together are broken as each is alone`() throws {
        var mixed = 0
        for seed in UInt64(300)..<360 {
            var source = SmallPolicy(seed: seed)
            let parts = source.yaml().split(separator: "invariants:\n", maxSplits: 1).map(String.init)
            var promises = [parts[1]]
            for number in UInt64(1)...6 {
                var other = SmallPolicy(seed: seed + 1_000 * number)
                let promise = try #require(other.yaml().split(separator: "invariants:\n", maxSplits: 1).last)
                promises.append(String(promise).replacing("promise:", with: "promise-\(number):"))
            }
            func broken(_ promises: [String]) throws -> [RuleName] {
                let yaml = "\(parts[0])invariants:\n\(promises.joined())"
                return try Policy.parse(yaml: yaml, file: "small.yaml").brokenInvariants().map(\.name)
            }
            let alone = try promises.flatMap { try broken([$0]) }
            #expect(try broken(promises) == alone, "\(parts[0])\(promises.joined())")
            if (1..<promises.count).contains(alone.count) { mixed += 1 }
        }
        #expect(mixed > 20, "the random policies hardly ever keep some invariants and break others")
    }

    @Test func `an invariant that only a joint label breaks is found beside one that its other owner keeps`() throws {
        // PB has no word of its own that is in force, so only what it owns together with PA can be sent.
        let policy = try Policy.parse(
            yaml: """
                format: 1
                name: SMALL
                ladders: {levels: [LOW], equivalents: {PA: {W0: LOW}, PB: {W1: {level: LOW, until: 2000-01-01}}}}
                compartments: [KA]
                partners:
                  PA: {kind: nation, ceiling: LOW, compartments: KA}
                  PB: {kind: nation, ceiling: LOW, compartments: KA}
                  PC: {kind: nation, ceiling: LOW, compartments: KA}
                  PD: {kind: nation, ceiling: LOW, compartments: KA}
                nodes:
                  pc-1: {partner: PC, accreditation: LOW, realm: live}
                  pd-1: {partner: PD, accreditation: LOW, realm: live}
                guardrails:
                  no-ka: {says: s, deny: {compartments: KA}}
                agreements:
                  all: {to: PD, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R}
                invariants:
                  broken: {says: s, never: {owner: PB, action: release}}
                  kept: {says: s, never: {owner: PA, compartments: KA}}

                """,
            file: "small.yaml"
        )
        let broken = policy.brokenInvariants()
        #expect(broken.map(\.name) == [RuleName("broken")])
        #expect(broken.first?.request.label.owners.count == 2)
    }

    private static func policy(_ rules: String) throws -> Policy {
        let text = try ExamplePolicy.text("policy.yaml")
        let plain = String(text.split(separator: "invariants:\n", maxSplits: 1)[0])
        return try Policy.parse(yaml: plain + rules, file: "policy.yaml")
    }

    @Test func `the example policy keeps what its guardrails say and what follows from them`() throws {
        let policy = try Self.policy(
            """
            invariants:
              no-secrets-for-firms: {says: s, never: {recipient-kind: private, level: above RESTRICTED}}
              nothing-for-jpn-but-maritime: {says: s, never: {recipient: JPN, holder: GBR, level: SECRET, community: none, action: release}}
              nothing-to-itself-later: {says: s, never: {action: release, from: 2031-01-01}}
            """
        )
        #expect(try policy.provenInvariants().count == 3)
        #expect(try ExamplePolicy.read().provenInvariants().count == 2)
    }

    @Test func `a broken invariant names a request in words`() throws {
        let policy = try Self.policy(
            "invariants:\n  no-words-for-un: {says: the United Nations get nothing, never: {recipient: UN, action: release}}\n"
        )
        let error = try #require(throws: BrokenInvariants.self) { try policy.provenInvariants() }
        let found = try #require(error.broken.first)
        #expect(CompiledPolicy(policy).decide(found.request, at: found.time).isAllowed)
        #expect(
            error.description.hasPrefix(
                "invariant `no-words-for-un` is broken: the United Nations get nothing\nALLOWED"
            )
        )
        #expect(error.description.contains(" to UN\n"))
        #expect(error.description.hasSuffix("\nadd a guardrail, narrow the agreement, or change the invariant"))
    }

    @Test func `an invariant that only a relay between two hubs breaks is broken`() throws {
        let policy = try Self.policy(
            "invariants:\n  r: {says: s, never: {action: relay, holder: JPN, recipient: ACME}}\n"
        )
        let found = try #require(policy.brokenInvariants().first)
        #expect(found.request.holder.partner == PolicyPartner("JPN"))
        #expect(found.request.recipient.partner == PolicyPartner("ACME"))
        #expect(CompiledPolicy(policy).decide(found.request, at: found.time).isAllowed)
    }

    @Test func `an invariant changes no decision and is part of the hash`() throws {
        let plain = try Self.policy("")
        let one = try Self.policy("invariants:\n  r: {says: s, never: {recipient: UN}}\n")
        let other = try Self.policy("invariants:\n  r: {says: s, never: {recipients: [UN]}}\n")
        #expect(plain.canonicalBytes != one.canonicalBytes)
        #expect(one.canonicalBytes == other.canonicalBytes)
        #expect(one.guardrails == plain.guardrails)
    }

    @Test(
        arguments: [
            ("{says: s}", "invariant r has no `never`"),
            ("{says: s, deny: {recipient: UN}}", "unknown key `deny` in invariant r"),
            ("{says: s, never: {}}", "an invariant without conditions forbids everything"),
            ("{says: s, never: {recipient: XXX}}", "unknown partner or group `XXX`"),
        ]
    )
    func `a malformed invariant is refused`(text: String, expected: String) throws {
        let error = try #require(throws: (any Error).self) { try Self.policy("invariants:\n  r: \(text)\n") }
        #expect("\(error)".contains(expected), "\(error)")
    }

    @Test func `an invariant must not have the name of a rule`() throws {
        let error = try #require(throws: (any Error).self) {
            try Self.policy("invariants:\n  private-cap: {says: s, never: {recipient: UN}}\n")
        }
        #expect("\(error)".contains("`private-cap` is the name of a guardrail already"), "\(error)")
    }

    private static func guarded(_ yaml: String) -> String {
        let parts = yaml.split(separator: "invariants:\n", maxSplits: 1)
        let promise = parts[1].replacing("never: {", with: "deny: {")
        return String(parts[0].replacing("guardrails:\n", with: "guardrails:\n\(promise)"))
    }
}
