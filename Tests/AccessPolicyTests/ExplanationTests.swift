import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels
import Testing

@Suite struct ExplanationTests {
    let policy: CompiledPolicy
    let time: Timestamp

    init() throws {
        policy = CompiledPolicy(try ExamplePolicy.read())
        time = try Timestamp(rfc3339: "2026-11-22T14:30:00.000Z")
    }

    private func release(
        _ marking: String,
        to recipient: Station,
        through hub: Station? = nil,
        at time: Timestamp? = nil
    ) throws -> Explanation {
        let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.policy.vocabulary)
        let request = AccessRequest.release(
            label,
            from: Station(PolicyPartner("GBR"), node: PolicyNode("gbr-1")),
            to: recipient,
            through: hub,
            precedence: .immediate
        )
        return policy.explain(request, at: time ?? self.time)
    }

    private func partner(_ code: String) -> Station { Station(PolicyPartner(code)) }

    @Test func `an allowed release names the agreement, its document and its last day`() throws {
        let hub = Station(PolicyPartner("FRA"), node: PolicyNode("fra-hub"))
        let explanation = try release("GBR SECRET//MARITIME//SITREP", to: partner("JPN"), through: hub)
        #expect(
            explanation.text == """
                ALLOWED  GBR may release GBR SECRET//MARITIME//SITREP to JPN through FRA (fra-hub)
                  IMMEDIATE, realm live, 221430ZNOV26
                  covered by maritime-2026 (MOA 14/25, until 2030-12-31): the maritime community shares situation \
                reports, tracks and imagery up to SECRET
                """
        )
    }

    @Test func `where nothing covers a release, the nearest agreement and the one condition it misses are named`()
        throws
    {
        let explanation = try release("GBR SECRET//MARITIME//INTREP", to: partner("JPN"))
        #expect(
            explanation.text == """
                DENIED  GBR may not release GBR SECRET//MARITIME//INTREP to JPN
                  IMMEDIATE, realm live, 221430ZNOV26
                  no agreement covers it; nearest:
                    maritime-2026 (MOA 14/25)
                      message type: it covers IMAGERY, SITREP, TRACK; this is INTREP
                  next: check the message type; if it is right, ask the policy officers for an agreement from GBR to \
                JPN that covers it
                """
        )
    }

    @Test func `everything that denies is named, and what to do about each`() throws {
        let acme = Station(PolicyPartner("ACME"), node: PolicyNode("acme-1"))
        let explanation = try release("GBR TOP SECRET//EYES ONLY//REL TO FRA//MARITIME//STIX", to: acme)
        #expect(
            explanation.text == """
                DENIED  GBR may not release GBR TOP SECRET//EYES ONLY//REL TO FRA//MARITIME//STIX to ACME
                  IMMEDIATE, realm live, 221430ZNOV26
                  denied by ceiling: ACME may hold up to RESTRICTED, and this is TOP SECRET
                  denied by accreditation: node acme-1 is accredited up to RESTRICTED, and this is TOP SECRET
                  denied by community: ACME is not a member of MARITIME on 2026-11-22
                  denied by releasability: the label says REL TO FRA, which does not include ACME
                  denied by eyes-only: EYES ONLY information stays with its owner
                  denied by private-cap: private partners get nothing above RESTRICTED
                  no agreement covers it either; nearest:
                    cyber-sharing (Framework contract 2026-118)
                      community: it covers CYBER; this is MARITIME
                      level: it covers up to RESTRICTED; this is TOP SECRET
                  next: send ACME a version that its owner has marked lower; nobody else may lower a marking
                  next: use a route that avoids acme-1, or have the node accredited for the level
                  next: leave ACME out, or have its membership of MARITIME agreed and entered in the policy
                  next: ask GBR, the owner, whether it releases the information to ACME
                  next: check the label; if it is right, the guardrail means to stop this, and no agreement overrides it
                """
        )
    }

    @Test func `a level is shown beside the owner's own word where the two differ`() throws {
        let label = try ConfidentialityLabel.parse(
            marking: "DEU GEHEIM//HUMREP",
            vocabulary: policy.policy.vocabulary
        )
        let request = AccessRequest.release(label, from: partner("DEU"), to: partner("UN"), precedence: .routine)
        let text = policy.explain(request, at: time).text
        #expect(
            text.contains("UN may hold up to CONFIDENTIAL, and this is SECRET (DEU GEHEIM is equivalent to it)")
        )
    }

    @Test func `an agreement that has ended is named with its days`() throws {
        let later = try Timestamp(date: "2031-01-01")
        let explanation = try release("GBR SECRET//INTREP", to: partner("FRA"), at: later)
        #expect(explanation.nearest.map(\.rule.rawValue) == ["alliance-intelligence"])
        let misses = try #require(explanation.nearest.first).misses
        #expect(misses.map(\.subject) == ["date"])
        #expect(misses.map(\.covers) == ["2026-01-01 until 2030-12-31"])
        #expect(misses.map(\.got) == ["2031-01-01"])
    }

    @Test func `what others have agreed is named only where nothing is agreed with the recipient`() throws {
        let explanation = try release("GBR SECRET//INTREP", to: partner("UN"))
        #expect(explanation.nearest.map(\.rule.rawValue) == ["alliance-intelligence"])
        #expect(
            explanation.nearest.first?.misses.first?.covers == "ALLIANCE (DEU, FRA, GBR)"
        )
    }

    @Test func `nothing is said about agreements where a name is unknown`() throws {
        let explanation = try release("GBR SECRET//INTREP", to: partner("ATLANTIS"))
        #expect(
            explanation.text == """
                DENIED  GBR may not release GBR SECRET//INTREP to ATLANTIS
                  IMMEDIATE, realm live, 221430ZNOV26
                  denied by unknown-partner: the policy does not know the partner `ATLANTIS`
                  next: correct the partner's code; if it is right, have `ATLANTIS` added to the policy
                """
        )
    }

    @Test func `what is not known, and what only one of several owners lacks, is said in plain words`() throws {
        let yaml = """
            format: 1
            name: SMALL
            ladders:
              levels: [LOW, HIGH]
              equivalents:
                AA: {PLAIN: LOW}
                BB: {PLAIN: HIGH}
                CC: {PLAIN: LOW}
            types: [ALERT, REPORT]
            partners:
              AA: {kind: nation, ceiling: HIGH}
              BB: {kind: nation, ceiling: HIGH}
              CC: {kind: nation, ceiling: LOW}
            nodes:
              a-1: {partner: AA, accreditation: HIGH, realm: live}
              b-1: {partner: BB, accreditation: HIGH, realm: live}
              c-1: {partner: CC, accreditation: HIGH, realm: live}
            guardrails:
              fresh: {says: an alert is fresh, deny: {type: ALERT, age: over 1h}}
            agreements:
              some: {owner: [AA, CC], to: BB, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: R}
              other: {owner: BB, to: BB, from: 2026-01-01, until: 2026-12-31, review: 2026-06-01, ref: S, suspended: true}
            """
        let policy = CompiledPolicy(try Policy.parse(yaml: yaml, file: "small.yaml"))
        func text(_ marking: String, to recipient: String) throws -> String {
            let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.policy.vocabulary)
            let request = AccessRequest.release(
                label,
                from: partner("AA"),
                to: partner(recipient),
                precedence: .routine
            )
            return policy.explain(request, at: time).text
        }
        #expect(
            try text("AA PLAIN//ALERT", to: "BB").contains(
                """
                  denied by fresh: an alert is fresh
                    it is not known when the message was originated, so that it may be of any age

                """
            )
        )
        let joint = try text("JOINT PLAIN AA BB CC//REPORT", to: "BB")
        #expect(
            joint.contains(
                "    some (R)\n      label owner: it covers AA, CC; this is AA, BB and CC together, and it must cover each: not BB"
            )
        )
        #expect(
            try text("JOINT PLAIN AA BB//REPORT", to: "CC").contains(
                "this is HIGH (the highest level that PLAIN has with one of AA and BB)"
            )
        )
        let suspended = try text("BB PLAIN//REPORT", to: "BB")
        #expect(
            suspended.contains(
                "suspension: it covers nothing until the policy officers lift it; this is asked while it lasts"
            )
        )
    }

    @Test func `an unknown word is named with the words that the policy knows in its place`() throws {
        let label = try ConfidentialityLabel(
            policy: policy.policy.name,
            owner: LabelOwner("GBR"),
            classification: Classification("PURPLE"),
            caveats: [Caveat("NOFORM")]
        )
        let request = AccessRequest.release(label, from: partner("GBR"), to: partner("FRA"), precedence: .routine)
        let text = policy.explain(request, at: time).text
        #expect(
            text.contains("does not know `PURPLE` as a classification; it knows OFFICIAL, SECRET, TOP SECRET"),
            "\(text)"
        )
        #expect(text.contains("does not know `NOFORM` as a caveat; it knows EYES ONLY, ORCON"))
    }

    @Test func `the JSON says the same as the text`() throws {
        let explanation = try release("GBR SECRET//MARITIME//INTREP", to: partner("JPN"))
        let json = explanation.json
        #expect(json["outcome"]?.stringValue == "denied")
        #expect(json["summary"]?.stringValue == explanation.summary)
        #expect(json["lacks-agreement"]?.boolValue == true)
        #expect(json["denials"]?.arrayValue == [])
        #expect(
            json["nearest"] == [
                [
                    "rule": "maritime-2026",
                    "reference": "MOA 14/25",
                    "misses": [
                        [
                            "subject": "message type", "covers": "IMAGERY, SITREP, TRACK", "got": "INTREP",
                            "changed-by": "sender",
                        ]
                    ],
                ]
            ]
        )
        #expect(try JSONValue.parseCanonical(json.canonicalBytes) == json)
    }

    @Test(arguments: 0..<8)
    func `every explanation agrees with its decision`(batch: Int) throws {
        for round in 0..<5 {
            var source = RandomPolicy(seed: UInt64(9_000 + batch * 10 + round), ruleCount: 20)
            let compiled = CompiledPolicy(try Policy.parse(yaml: source.yaml(), file: "random.yaml"))
            for _ in 0..<50 {
                let request = try source.request()
                let time = source.time()
                let decision = compiled.decide(request, at: time)
                let explanation = compiled.explain(decision, of: request, at: time)
                #expect(explanation.outcome == decision.outcome)
                #expect(
                    Set(explanation.denials.map(\.rule) + explanation.agreements.map(\.rule))
                        == Set(decision.refusals.map(\.guardrail.name) + decision.guardrails + decision.agreements)
                )
                #expect(explanation.advice.isEmpty == decision.isAllowed)
                #expect(try Explanation(json: explanation.json) == explanation)
                #expect(explanation.nearest.allSatisfy { $0.misses.count <= 2 })
                #expect(
                    explanation.nearest.allSatisfy { $0.misses.map(\.changer) == $0.misses.map(\.changer).sorted() }
                )
                for near in explanation.nearest {
                    #expect(!near.misses.isEmpty)
                    #expect(near.misses.allSatisfy { !$0.covers.isEmpty && !$0.got.isEmpty })
                }
            }
        }
    }
}
