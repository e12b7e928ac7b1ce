import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import Testing

/// Each condition alone: the requests that it holds for and the ones that it does not.
@Suite struct ConditionTests {
    /// A policy whose one guardrail has the given conditions and whose one agreement covers everything.
    private func policy(_ conditions: String) throws -> CompiledPolicy {
        CompiledPolicy(
            try Policy.parse(
                yaml: """
                    format: 1
                    name: CONDITIONS
                    ladders:
                      levels: [LOW, MIDDLE, HIGH]
                      equivalents:
                        AAA: {L: LOW, M: MIDDLE, H: HIGH}
                        BBB: {SECRET: LOW}
                        BOTH: {L: LOW}
                    compartments: [SI, TK]
                    caveats: [EYES, ORCON]
                    types: [SITREP, INTREP]
                    partners:
                      AAA: {kind: nation, ceiling: HIGH, compartments: [SI, TK]}
                      BBB: {kind: nation, ceiling: HIGH, compartments: [SI, TK]}
                      CCC: {kind: private, ceiling: HIGH, compartments: [SI, TK]}
                    groups:
                      BOTH: [AAA, BBB]
                    nodes:
                      a-1: {partner: AAA, accreditation: HIGH, realm: live}
                      a-2: {partner: AAA, accreditation: HIGH, realm: winter-26}
                      b-1: {partner: BBB, accreditation: HIGH, realm: live}
                      c-1: {partner: CCC, accreditation: HIGH, realm: live}
                      c-2: {partner: CCC, accreditation: HIGH, realm: winter-26}
                    communities:
                      SEA: {AAA: {from: 2020-01-01}, BBB: {from: 2020-01-01}, CCC: {from: 2020-01-01}}
                      AIR: {AAA: {from: 2020-01-01}, BBB: {from: 2020-01-01}, CCC: {from: 2020-01-01}}
                    guardrails:
                      tested: {says: tested, deny: {\(conditions)}}
                    agreements:
                      everything: {to: [BOTH, CCC], from: 2020-01-01, until: 2039-12-31, review: 2030-01-01, ref: R}
                    """,
                file: "conditions.yaml"
            )
        )
    }

    static let vectors: [(String, [(String, String)], [(String, String)])] = [
        // Conditions, the (marking, recipient) pairs that they hold for, and those that they do not.
        ("recipient: CCC", [("AAA L", "CCC")], [("AAA L", "BBB")]),
        ("recipient: BOTH", [("AAA L", "BBB")], [("AAA L", "CCC")]),
        ("recipient: not BOTH", [("AAA L", "CCC")], [("AAA L", "BBB")]),
        ("recipient: owner", [("BBB SECRET", "BBB")], [("AAA L", "BBB"), ("BOTH L", "BBB")]),
        ("recipient: not owner", [("AAA L", "BBB"), ("BOTH L", "BBB")], [("BBB SECRET", "BBB")]),
        ("recipient: [BOTH, not BBB]", [("AAA L", "AAA")], [("AAA L", "BBB"), ("AAA L", "CCC")]),
        ("recipient: [not owner, not CCC]", [("AAA L", "BBB")], [("AAA L", "CCC"), ("BBB SECRET", "BBB")]),
        ("holder: AAA", [("AAA L", "BBB")], []),
        ("holder: not AAA", [], [("AAA L", "BBB")]),
        ("holder: owner", [("AAA L", "BBB")], [("BBB SECRET", "CCC"), ("BOTH L", "CCC")]),
        ("owner: AAA", [("AAA L", "BBB")], [("BBB SECRET", "CCC"), ("BOTH L", "CCC")]),
        ("owner: BOTH", [("AAA L", "BBB"), ("BBB SECRET", "CCC"), ("BOTH L", "CCC")], []),
        ("owner: not AAA", [("BBB SECRET", "CCC"), ("BOTH L", "CCC")], [("AAA L", "BBB")]),
        ("recipient-kind: private", [("AAA L", "CCC")], [("AAA L", "BBB")]),
        ("recipient-kind: not private", [("AAA L", "BBB")], [("AAA L", "CCC")]),
        ("level: above LOW", [("AAA M", "BBB"), ("AAA H", "BBB")], [("AAA L", "BBB"), ("BBB SECRET", "CCC")]),
        ("level: up-to MIDDLE", [("AAA L", "BBB"), ("AAA M", "BBB")], [("AAA H", "BBB")]),
        ("up-to: LOW", [("AAA L", "BBB"), ("BBB SECRET", "CCC")], [("AAA M", "BBB")]),
        ("level: above LOW, up-to: MIDDLE", [("AAA M", "BBB")], [("AAA L", "BBB"), ("AAA H", "BBB")]),
        (
            "caveat: EYES", [("AAA L//EYES", "BBB"), ("AAA L//EYES/ORCON", "BBB")],
            [("AAA L", "BBB"), ("AAA L//ORCON", "BBB")]
        ),
        ("caveats: [EYES, ORCON]", [("AAA L//EYES", "BBB"), ("AAA L//ORCON", "BBB")], [("AAA L", "BBB")]),
        ("caveats: [EYES, not ORCON]", [("AAA L//EYES", "BBB")], [("AAA L//EYES/ORCON", "BBB"), ("AAA L", "BBB")]),
        ("caveats: not EYES", [("AAA L", "BBB"), ("AAA L//ORCON", "BBB")], [("AAA L//EYES", "BBB")]),
        ("caveats: none", [("AAA L", "BBB")], [("AAA L//EYES", "BBB")]),
        (
            "compartments: {only: SI}", [("AAA L", "BBB"), ("AAA L//SI", "BBB")],
            [("AAA L//SI/TK", "BBB"), ("AAA L//TK", "BBB")]
        ),
        ("compartments: [SI, TK]", [("AAA L//SI", "BBB"), ("AAA L//SI/TK", "BBB")], [("AAA L", "BBB")]),
        ("community: SEA", [("AAA L//SEA", "BBB")], [("AAA L", "BBB"), ("AAA L//AIR", "BBB")]),
        ("community: none", [("AAA L", "BBB")], [("AAA L//SEA", "BBB")]),
        ("community: not SEA", [("AAA L", "BBB"), ("AAA L//AIR", "BBB")], [("AAA L//SEA", "BBB")]),
        ("community: [SEA, none]", [("AAA L", "BBB"), ("AAA L//SEA", "BBB")], [("AAA L//AIR", "BBB")]),
        ("type: SITREP", [("AAA L//SITREP", "BBB")], [("AAA L", "BBB"), ("AAA L//INTREP", "BBB")]),
        ("types: not SITREP", [("AAA L", "BBB"), ("AAA L//INTREP", "BBB")], [("AAA L//SITREP", "BBB")]),
        ("precedence: [FLASH, IMMEDIATE]", [("AAA L", "BBB")], []),
        ("precedence: not FLASH", [], [("AAA L", "BBB")]),
        ("action: release", [("AAA L", "BBB")], []),
        ("action: [accept, relay]", [], [("AAA L", "BBB")]),
        ("realm: live", [("AAA L", "BBB")], []),
        ("realm: winter-26", [], [("AAA L", "BBB")]),
        ("from: 2026-06-01", [("AAA L", "BBB")], []),
        ("from: 2026-06-02", [], [("AAA L", "BBB")]),
        ("until: 2026-06-01", [("AAA L", "BBB")], []),
        ("until: 2026-05-31", [], [("AAA L", "BBB")]),
        ("type: SITREP, recipient: CCC", [("AAA L//SITREP", "CCC")], [("AAA L//SITREP", "BBB"), ("AAA L", "CCC")]),
    ]

    @Test(arguments: vectors)
    func `a condition holds for what it names and for nothing else`(
        conditions: String,
        holds: [(String, String)],
        fails: [(String, String)]
    ) throws {
        let policy = try policy(conditions)
        for (pairs, isDenied) in [(holds, true), (fails, false)] {
            for (marking, recipient) in pairs {
                let decision = try release(marking, to: recipient, policy)
                #expect(decision.agreements == [RuleName("everything")])
                #expect(decision.refusals.isEmpty)
                #expect(decision.guardrails == (isDenied ? [RuleName("tested")] : []), "\(marking) to \(recipient)")
                #expect(decision.isAllowed != isDenied)
            }
        }
    }

    private func release(_ marking: String, to recipient: String, _ policy: CompiledPolicy) throws -> Decision {
        policy.decide(
            .release(
                try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.policy.vocabulary),
                from: Station(PolicyPartner("AAA")),
                to: Station(PolicyPartner(recipient)),
                precedence: .flash
            ),
            at: try Timestamp(rfc3339: "2026-06-01T12:00:00.000Z")
        )
    }

    @Test func `a relay is judged end to end by agreements, and hop to hop as well by guardrails`() throws {
        let policy = try policy("recipient: CCC")
        let label = try ConfidentialityLabel.parse(marking: "AAA L", vocabulary: policy.policy.vocabulary)
        func relay(nextHop: String, destination: String) throws -> Decision {
            policy.decide(
                .relay(
                    label,
                    origin: PolicyPartner("AAA"),
                    previousHop: Station(PolicyPartner("AAA")),
                    hub: Station(PolicyPartner("BBB"), node: PolicyNode("b-1")),
                    nextHop: Station(PolicyPartner(nextHop)),
                    destination: PolicyPartner(destination),
                    precedence: .flash
                ),
                at: try Timestamp(date: "2026-06-01")
            )
        }
        #expect(try relay(nextHop: "AAA", destination: "AAA").isAllowed)
        #expect(try relay(nextHop: "CCC", destination: "AAA").guardrails == [RuleName("tested")])
        #expect(try relay(nextHop: "AAA", destination: "CCC").guardrails == [RuleName("tested")])
    }

    @Test func `a node counts for its own partner only`() throws {
        let policy = try policy("recipient: CCC")
        let label = try ConfidentialityLabel.parse(marking: "AAA L", vocabulary: policy.policy.vocabulary)
        let decision = policy.decide(
            .release(
                label,
                from: Station(PolicyPartner("AAA")),
                to: Station(PolicyPartner("BBB"), node: PolicyNode("a-1")),
                precedence: .flash
            ),
            at: try Timestamp(date: "2026-06-01")
        )
        #expect(decision.refusals == [.unknownNode(PolicyNode("a-1"), of: PolicyPartner("BBB"))])
        #expect(!decision.isAllowed)
    }

    @Test func `exercise nodes carry exercise traffic and no other`() throws {
        let policy = try policy("recipient: BBB")
        let label = try ConfidentialityLabel.parse(marking: "AAA L", vocabulary: policy.policy.vocabulary)
        func decide(node: String, realm: PolicyRealm) throws -> Decision {
            policy.decide(
                .release(
                    label,
                    from: Station(PolicyPartner("AAA"), node: PolicyNode(node)),
                    to: Station(PolicyPartner("CCC")),
                    precedence: .flash,
                    realm: realm
                ),
                at: try Timestamp(date: "2026-06-01")
            )
        }
        let winter = PolicyRealm("winter-26")
        #expect(try decide(node: "a-1", realm: .live).isAllowed)
        #expect(try decide(node: "a-2", realm: winter).isAllowed)
        #expect(try decide(node: "a-2", realm: .live).refusals == [.realm(.live, node: PolicyNode("a-2"))])
        #expect(try decide(node: "a-1", realm: winter).refusals == [.realm(winter, node: PolicyNode("a-1"))])
    }

    @Test func `a label interned by another policy is not used`() throws {
        let open = try policy("caveat: EYES")
        let shut = try policy("recipient: BBB")
        let label = try ConfidentialityLabel.parse(marking: "AAA L", vocabulary: open.policy.vocabulary)
        let other = try ConfidentialityLabel.parse(marking: "AAA L//EYES", vocabulary: open.policy.vocabulary)
        let request = AccessRequest.release(
            label,
            from: Station(PolicyPartner("AAA")),
            to: Station(PolicyPartner("BBB")),
            precedence: .flash
        )
        let time = try Timestamp(date: "2026-06-01")
        #expect(open.decide(request, label: open.intern(label), at: time).isAllowed)
        #expect(open.decide(request, label: open.intern(other), at: time) == open.decide(request, at: time))
        #expect(shut.decide(request, label: open.intern(label), at: time) == shut.decide(request, at: time))
        #expect(!shut.decide(request, label: open.intern(label), at: time).isAllowed)
    }
}
