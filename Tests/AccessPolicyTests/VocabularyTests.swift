import AccessPolicy
import CanonicalEncoding
import SecurityLabels
import Testing

/// The conditions on facts that a request may leave out, on the facts of partners and nodes, and the sets.
@Suite struct VocabularyTests {
    /// A policy whose one guardrail and one agreement have the same conditions.
    private func policy(_ conditions: String, _ isSuspended: Bool = false) throws -> CompiledPolicy {
        CompiledPolicy(
            try Policy.parse(
                yaml: """
                    format: 1
                    name: VOCABULARY
                    label-policies: [TLP]
                    ladders:
                      levels: [LOW, MIDDLE, HIGH]
                      equivalents:
                        AAA: {L: LOW, M: MIDDLE, H: HIGH, FREE: none}
                        BBB: {L: LOW, M: HIGH, OLD: {level: HIGH, until: 2026-05-31}, NEW: {level: HIGH, from: 2026-06-01}}
                    compartments: [SI, TK]
                    caveats: [EYES, ORCON]
                    partners:
                      AAA: {kind: nation, ceiling: HIGH, compartments: [SI, TK]}
                      BBB: {kind: nation, ceiling: MIDDLE, compartments: SI}
                      CCC: {kind: private, ceiling: HIGH}
                    groups:
                      INNER: [AAA, BBB]
                      OUTER: [INNER, CCC, not BBB]
                    nodes:
                      a-1: {partner: AAA, accreditation: HIGH, realm: live}
                      b-1: {partner: BBB, accreditation: MIDDLE, realm: live}
                      b-2: {partner: BBB, accreditation: HIGH, realm: live}
                      c-1: {partner: CCC, accreditation: HIGH, realm: live}
                    guardrails:
                      tested: {says: tested, deny: {\(conditions)}}
                    agreements:
                      tested-too: {\(conditions.hasPrefix("recipient:") ? "" : "to: ANY, ")\(conditions), from: 2020-01-01, until: 2039-12-31, review: 2030-01-01, ref: R\
                    \(isSuspended ? ", suspended: true" : "")}
                    """,
                file: "vocabulary.yaml"
            )
        )
    }

    /// Whether guardrail and agreement hold.
    struct Answer: Equatable, CustomStringConvertible {
        let guardrail: Bool
        let agreement: Bool

        static let both = Answer(guardrail: true, agreement: true)
        static let neither = Answer(guardrail: false, agreement: false)
        /// What is said of something that is not known.
        static let carefully = Answer(guardrail: true, agreement: false)

        var description: String { "guardrail \(guardrail), agreement \(agreement)" }
    }

    private func ask(
        _ policy: CompiledPolicy,
        _ marking: String,
        to recipient: Station,
        _ facts: RequestFacts = .unknown
    ) throws -> Answer {
        let label = try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.policy.vocabulary)
        let from = Station(PolicyPartner("AAA"), node: PolicyNode("a-1"))
        let decision = policy.decide(
            .release(label, from: from, to: recipient, precedence: .priority, facts: facts),
            at: Self.now
        )
        return Answer(guardrail: !decision.guardrails.isEmpty, agreement: !decision.agreements.isEmpty)
    }

    static let now = Timestamp(millisecondsSinceEpoch: 1_780_315_200_000)  // 2026-06-01T12:00:00.000Z

    private func station(_ text: String) -> Station {
        let parts = text.split(separator: " ").map(String.init)
        return Station(PolicyPartner(parts[0]), node: parts.count > 1 ? PolicyNode(parts[1]) : nil)
    }

    static let parties: [(String, String, String, Answer)] = [
        // Conditions, marking, recipient with or without its node, answer.
        ("recipient-node: b-1", "AAA L", "BBB b-1", .both), ("recipient-node: b-1", "AAA L", "BBB b-2", .neither),
        ("recipient-node: b-1", "AAA L", "BBB", .carefully), ("recipient-node: b-1", "AAA L", "CCC", .neither),
        ("recipient-node: not b-1", "AAA L", "BBB", .carefully), ("recipient-node: not b-1", "AAA L", "CCC", .both),
        ("recipient-node: [b-1, b-2]", "AAA L", "BBB", .both), ("holder-node: a-1", "AAA L", "BBB", .both),
        ("holder-node: not a-1", "AAA L", "BBB", .neither), ("holder-kind: nation", "AAA L", "CCC", .both),
        ("holder-kind: private", "AAA L", "CCC", .neither), ("recipient-ceiling: MIDDLE", "AAA L", "BBB", .both),
        ("recipient-ceiling: above MIDDLE", "AAA L", "BBB", .neither), ("holder-ceiling: HIGH", "AAA L", "BBB", .both),
        ("recipient-accreditation: at-least HIGH", "AAA L", "BBB b-2", .both),
        ("recipient-accreditation: at-least HIGH", "AAA L", "BBB", .carefully),
        ("holder-accreditation: below HIGH", "AAA L", "BBB", .neither),
        ("recipient-read-in: SI", "AAA L", "BBB", .both),
        ("recipient-read-in: {all: [SI, TK]}", "AAA L", "BBB", .neither),
        ("recipient-read-in: none", "AAA L", "CCC", .both), ("holder-read-in: not none", "AAA L", "CCC", .both),
        ("recipient: OUTER", "AAA L", "CCC", .both), ("recipient: OUTER", "AAA L", "BBB", .neither),
        ("recipient: [ANY, not CCC]", "AAA L", "BBB", .both), ("recipient: [ANY, not CCC]", "AAA L", "CCC", .neither),
        ("owner: AAA", "JOINT L AAA BBB", "CCC", .carefully), ("owner: INNER", "JOINT L AAA BBB", "CCC", .both),
        ("owner: not AAA", "JOINT L AAA BBB", "CCC", .carefully), ("recipient: owner", "JOINT L AAA BBB", "BBB", .both),
        ("level: HIGH", "JOINT M AAA BBB", "CCC", .both), ("level: MIDDLE", "JOINT M AAA BBB", "CCC", .neither),
    ]

    @Test(arguments: parties)
    func `what is not known counts against the request`(
        conditions: String,
        marking: String,
        recipient: String,
        answer: Answer
    ) throws {
        #expect(try ask(policy(conditions), marking, to: station(recipient)) == answer)
    }

    static let labels: [(String, String, Answer)] = [
        ("level: exactly MIDDLE", "AAA M", .both), ("level: LOW", "AAA M", .neither),
        ("level: LOW..MIDDLE", "AAA M", .both),
        ("level: below MIDDLE", "AAA M", .neither), ("level: at-least MIDDLE", "AAA H", .both),
        ("level: not MIDDLE", "AAA H", .both), ("level: [up-to HIGH, not MIDDLE]", "AAA M", .neither),
        ("level: up-to HIGH", "AAA FREE", .neither), ("level: not HIGH", "AAA FREE", .neither),
        ("level: none", "AAA FREE", .both), ("level: [none, HIGH]", "AAA H", .both),
        ("up-to: HIGH", "AAA FREE", .neither),
        ("classification: FREE", "AAA FREE", .both), ("classification: [FREE, L]", "AAA M", .neither),
        ("classification: not FREE", "AAA M", .both), ("releasable: named", "AAA L//REL TO CCC", .both),
        ("releasable: named", "AAA L", .neither), ("releasable: unstated", "AAA L", .both),
        ("releasable: not unstated", "AAA L", .neither), ("caveats: {all: [EYES, ORCON]}", "AAA L//EYES", .neither),
        ("caveats: {all: [EYES, ORCON]}", "AAA L//EYES/ORCON", .both), ("caveats: not none", "AAA L//ORCON", .both),
        ("caveats: not none", "AAA L", .neither), ("caveats: {any: EYES, not: ORCON}", "AAA L//EYES/ORCON", .neither),
        ("caveats: {only: [EYES, ORCON], all: EYES}", "AAA L", .neither),
        ("precedence: up-to PRIORITY", "AAA L", .both), ("precedence: above PRIORITY", "AAA L", .neither),
        ("precedence: ROUTINE..FLASH", "AAA L", .both), ("precedence: not PRIORITY", "AAA L", .neither),
        ("precedence: ANY", "AAA L", .both), ("link: standard", "AAA L", .both),
        ("link: above standard", "AAA L", .neither),
    ]

    @Test(arguments: labels)
    func `scales, sets and words hold for what they name`(conditions: String, marking: String, answer: Answer) throws {
        #expect(try ask(policy(conditions), marking, to: station("CCC")) == answer)
    }

    static let messages: [(String, RequestFacts, Answer)] = {
        func originated(_ milliseconds: Int64) -> RequestFacts {
            RequestFacts(originated: now.adding(milliseconds: -milliseconds))
        }
        func expires(_ milliseconds: Int64) -> RequestFacts {
            RequestFacts(expires: now.adding(milliseconds: milliseconds))
        }
        func mailbox(_ partner: String, _ name: String) -> RequestFacts {
            RequestFacts(mailbox: PolicyMailbox(PolicyPartner(partner), name))
        }
        return [
            ("age: over 1h", originated(3_600_001), .both), ("age: over 1h", originated(3_600_000), .neither),
            ("age: within 1h", originated(3_600_000), .both), ("age: within 1h", originated(-5_000), .both),
            ("age: over 1h", .unknown, .carefully), ("age: 1h..2h", originated(7_200_000), .both),
            ("age: not 1h..2h", originated(7_200_000), .neither), ("age: [within 1h, over 2h]", originated(1), .both),
            ("expires: within 1h", expires(3_600_000), .both), ("expires: within 1h", expires(3_600_001), .neither),
            ("expires: within 1h", expires(-1), .both), ("expires: over 30d", .unknown, .carefully),
            ("link: at-least cnsa", RequestFacts(link: .postQuantum), .both),
            ("link: cnsa", RequestFacts(link: .standard), .neither), ("link: cnsa", .unknown, .neither),
            ("recipient-mailbox: CCC/desk", mailbox("CCC", "desk"), .both),
            ("recipient-mailbox: CCC/desk", mailbox("CCC", "other"), .neither),
            ("recipient-mailbox: CCC/desk", .unknown, .carefully),
            ("recipient-mailbox: CCC/desk", mailbox("BBB", "desk"), .carefully),
            ("recipient-mailbox: not CCC/desk", .unknown, .carefully),
            ("recipient-mailbox: BBB/desk", .unknown, .neither), ("recipient-mailbox: not BBB/desk", .unknown, .both),
        ]
    }()

    @Test(arguments: messages)
    func `ages, links and mailboxes hold for what they name`(
        conditions: String,
        facts: RequestFacts,
        answer: Answer
    ) throws {
        #expect(try ask(policy(conditions), "AAA L", to: station("CCC"), facts) == answer)
    }

    @Test func `a suspended agreement covers nothing`() throws {
        #expect(try ask(policy("level: LOW", true), "AAA L", to: station("CCC")) == .carefully)
    }

    @Test(arguments: [("OLD", false), ("NEW", true)])
    func `a word counts on the days of its equivalent alone`(word: String, isInForce: Bool) throws {
        let policy = try policy("level: HIGH")
        let label = try ConfidentialityLabel.parse(marking: "BBB \(word)", vocabulary: policy.policy.vocabulary)
        let request = AccessRequest.release(label, from: station("AAA"), to: station("CCC"), precedence: .routine)
        let decision = policy.decide(request, at: Self.now)
        #expect(decision.guardrails.isEmpty != isInForce)
        #expect(decision.refusals.contains(.notInForce(label.classification)) != isInForce)
        #expect(
            policy.explain(decision, of: request, at: Self.now).text.contains("not a classification of BBB")
                != isInForce
        )
    }

    @Test func `labels of the policies that are named are known, and others are not`() throws {
        let policy = try policy("level: LOW")
        for (name, isKnown) in [("VOCABULARY", true), ("TLP", true), ("NATO", false)] {
            let label = try ConfidentialityLabel(
                policy: LabelPolicyName(name),
                owner: LabelOwner("AAA"),
                classification: Classification("FREE")
            )
            #expect(policy.intern(label).isKnown == isKnown)
        }
    }

    @Test func `a word without a level is below every ceiling and accreditation`() throws {
        let policy = try policy("level: HIGH")
        let label = try ConfidentialityLabel.parse(marking: "AAA FREE", vocabulary: policy.policy.vocabulary)
        let request = AccessRequest.release(label, from: station("AAA"), to: station("BBB b-1"), precedence: .routine)
        #expect(policy.decide(request, at: Self.now).refusals.isEmpty)
    }

    @Test func `a request that was interned by one policy is judged by the rules of the policy that is asked`() throws {
        let first = try policy("link: cnsa")
        let second = try policy("recipient-mailbox: CCC/desk")
        let label = try ConfidentialityLabel.parse(marking: "AAA L", vocabulary: first.policy.vocabulary)
        let facts = RequestFacts(mailbox: PolicyMailbox(PolicyPartner("CCC"), "desk"), link: .cnsa)
        let request = AccessRequest.release(
            label,
            from: station("AAA"),
            to: station("CCC"),
            precedence: .routine,
            facts: facts
        )
        let interned = first.intern(request)
        #expect(interned.request == request)
        #expect(second.decide(interned, at: Self.now) == second.decide(request, at: Self.now))
        #expect(first.decide(interned, at: Self.now) == first.decide(request, at: Self.now))
        let elsewhere = first.intern(
            AccessRequest.release(label, from: station("AAA"), to: station("BBB"), precedence: .flash)
        )
        #expect(
            second.decide(elsewhere.with(second.intern(label), precedence: .flash), at: Self.now)
                == second.decide(elsewhere.request, at: Self.now)
        )
    }
}
