import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels
import Testing

@Suite struct FlowTests {
    /// - Parameter hasWays: Whether rules also speak of steps, mailboxes, precedences, ages and times to expiry.
    private static func policy(_ seed: UInt64, hasWays: Bool = false) throws -> (policy: Policy, yaml: String) {
        var source = SmallPolicy(seed: seed)
        let yaml = source.yaml(hasTwoNodes: true, hasWays: hasWays)
        return (try Policy.parse(yaml: yaml, file: "small.yaml"), yaml)
    }

    /// Asks every release between known nodes of two partners, of a label of one owner, that a policy can tell apart.
    private static func anyRelease(_ yaml: String, _ body: (AccessRequest, Timestamp) throws -> Void) throws {
        _ = try SmallPolicy.anyRequest(yaml) { request, time in
            guard request.action == .release, request.label.coOwners.isEmpty, request.holder.node != nil,
                request.recipient.node != nil, request.origin != request.destination
            else { return false }
            try body(request, time)
            return false
        }
    }

    /// For every release the steps straight from one partner to another, each with a mailbox, a precedence, an age and a
    /// time to expiry by chance, of those that the text can tell apart; where it can, for one release in ten.
    private static func steps(
        _ yaml: String,
        _ steps: [AccessAction],
        _ body: (AccessRequest, Timestamp) throws -> Void
    ) throws {
        var random = SplitMix64(state: 1)
        func value<Value>(_ word: String, _ values: [Value]) -> Value {
            yaml.contains("\(word): ") ? values[Int.random(in: values.indices, using: &random)] : values[0]
        }
        let hasWays = ["recipient-mailbox: ", "age: ", "expires: ", "precedence: "].contains(where: yaml.contains)
        try anyRelease(yaml) { release, time in
            guard !hasWays || Int.random(in: 0..<10, using: &random) == 0 else { return }
            for step in steps {
                let facts = RequestFacts(
                    mailbox: PolicyMailbox(release.destination, value("recipient-mailbox", ["other", "inbox"])),
                    link: release.facts.link,
                    originated: time.adding(seconds: -3_600 * value("age", [2, 3, 72, 73])),
                    expires: time.adding(seconds: 3_600 * value("expires", [24, 25]))
                )
                let precedence = value("precedence", [Precedence.routine, .flash])
                try body(Self.step(step, as: release, precedence, facts), time)
            }
        }
    }

    private static func step(
        _ step: AccessAction,
        as release: AccessRequest,
        _ precedence: Precedence,
        _ facts: RequestFacts
    ) -> AccessRequest {
        let (label, start, end) = (release.label, release.holder, release.recipient)
        return switch step {
        case .relay:
            .relay(
                label,
                origin: start.partner,
                previousHop: start,
                hub: start,
                nextHop: end,
                destination: end.partner,
                precedence: precedence,
                facts: facts
            )
        case .accept: .accept(label, from: start, to: end, precedence: precedence, facts: facts)
        default: .release(label, from: start, to: end, precedence: precedence, facts: facts)
        }
    }

    @Test(arguments: Array(0..<10) + Array(500..<504))
    func `a step opens or closes if and only if some case of the difference is met`(seed: UInt64) throws {
        let (old, oldText) = try Self.policy(seed, hasWays: seed >= 500)
        let (new, newText) = try Self.policy(seed + 50, hasWays: seed >= 500)
        let before = PlainInterpreter(policy: old)
        let after = PlainInterpreter(policy: new)
        let difference = PolicyDifference(from: old, to: new)
        struct Ends: Hashable {
            let origin: PolicyPartner
            let recipient: PolicyPartner
            let owner: LabelOwner
        }
        var cases: [Ends: (opens: [FlowCondition], closes: [FlowCondition])] = [:]
        for group in difference.groups {
            for end in group.ends {
                let end = Ends(origin: end.origin, recipient: end.recipient, owner: end.owner)
                #expect(cases[end] == nil, "a flow stands in one group")
                cases[end] = (group.opens, group.closes)
            }
        }
        var count = 0
        try Self.steps(oldText + newText, seed < 500 ? [.release] : [.release, .relay, .accept]) { request, time in
            let was = before.judge(request, at: time).isAllowed
            let isNow = after.judge(request, at: time).isAllowed
            let end = Ends(origin: request.origin, recipient: request.destination, owner: request.label.owner)
            let found = cases[end]
            func isMet(_ conditions: [FlowCondition]?) -> Bool {
                conditions?.contains { FlowReading(request, at: time, by: [old, new]).meets($0) } ?? false
            }
            count += was == isNow ? 0 : 1
            guard isMet(found?.opens) == (!was && isNow), isMet(found?.closes) == (was && !isNow) else {
                Issue.record("\(oldText)\n\(newText)\n\(request) at \(time): \(was) then \(isNow)\n\(difference.text)")
                return
            }
        }
        #expect(count > 0 || difference.groups.isEmpty)
    }

    @Test func `a policy does not differ from itself, and both ways round the same flows open and close`() throws {
        let (old, _) = try Self.policy(3)
        let (new, _) = try Self.policy(60)
        #expect(PolicyDifference(from: old, to: old).isEmpty)
        let there = PolicyDifference(from: old, to: new)
        let back = PolicyDifference(from: new, to: old)
        #expect(Set(there.opened) == Set(back.closed))
        #expect(Set(there.closed) == Set(back.opened))
    }

    @Test(arguments: Array(0..<10) + Array(600..<604))
    func `a release is allowed if and only if a case of its flow in the matrix is met`(seed: UInt64) throws {
        let (policy, text) = try Self.policy(seed, hasWays: seed >= 600)
        let judge = PlainInterpreter(policy: policy)
        let day = try Timestamp(date: "2026-02-10")
        let matrix = PolicyMatrix(policy, at: day)
        var plain: [PolicyMatrix.Flow: Bool] = [:]
        try Self.steps(text + "types: TA", [.release]) { request, time in
            guard time == day else { return }
            let isAllowed = judge.judge(request, at: time).isAllowed
            let label = request.label
            let flow = matrix.flows.first {
                $0.origin == request.origin && $0.recipient == request.destination && $0.owner == label.owner
                    && $0.classification == label.classification
            }
            let reading = FlowReading(request, at: time, by: [policy])
            let isMet = flow?.conditions.contains { reading.meets($0) } ?? false
            #expect(isMet == isAllowed, "\(text)\n\(request)\n\(flow?.conditions.description ?? "no flow")")
            guard let flow, label.compartments.isEmpty, label.caveats.isEmpty, label.community == nil,
                label.releasableTo == nil || label.releasableTo?.map(\.rawValue) == [request.destination.rawValue]
            else { return }
            plain[flow] = plain[flow, default: true] && isAllowed
        }
        // Some releases alone are asked for above where there are many.
        for flow in matrix.flows where seed < 600 { #expect(flow.isFree == plain[flow], "\(text)\n\(flow)") }
    }

    @Test func `a narrowed matrix has the same flows as the whole one has of that kind`() throws {
        let policy = try ExamplePolicy.read()
        let day = try Timestamp(date: "2026-11-22")
        let whole = PolicyMatrix(policy, at: day)
        var filter = MatrixFilter()
        filter.holders = [PolicyPartner("GBR")]
        filter.recipients = [PolicyPartner("JPN"), PolicyPartner("UN")]
        filter.levels = [try Classification("RESTRICTED")]
        let narrow = PolicyMatrix(policy, at: day, filter: filter)
        #expect(!narrow.flows.isEmpty)
        #expect(
            narrow.flows
                == whole.flows.filter {
                    $0.origin == filter.holders[0] && filter.recipients.contains($0.recipient)
                        && $0.level == filter.levels[0]
                }
        )
        var own = MatrixFilter()
        own.isOwnAlone = true
        #expect(
            PolicyMatrix(policy, at: day, filter: own).flows
                == whole.flows.filter { $0.owner.rawValue == $0.origin.rawValue }
        )
        var typed = MatrixFilter()
        typed.types = [try MessageType("STIX")]
        typed.recipients = [PolicyPartner("ACME")]
        let indicators = PolicyMatrix(policy, at: day, filter: typed)
        #expect(Set(indicators.flows.map(\.conditions.count)) == [1])
        #expect(indicators.flows.allSatisfy { !$0.conditions[0].facts.contains { $0.subject == .type } })
        typed.communities = [try CommunityName("CYBER")]
        typed.owners = [try LabelOwner("DEU")]
        typed.holders = [PolicyPartner("DEU")]
        let cyber = PolicyMatrix(policy, at: day, filter: typed)
        #expect(
            cyber.flows.map(\.conditions.description)
                == Array(repeating: "[no compartment; not EYES ONLY; precedence up to FLASH]", count: 2)
        )
        typed.communities = [try CommunityName("MARITIME")]
        #expect(PolicyMatrix(policy, at: day, filter: typed).flows.isEmpty)
    }

    @Test func `a change of one agreement is one group of flows in words`() throws {
        let text = try ExamplePolicy.text("policy.yaml")
        let old = try ExamplePolicy.read()
        let new = try Policy.parse(
            yaml: text.replacing(
                "owner: UN\n    holder: owner\n    to: ALLIANCE",
                with: "owner: UN\n    holder: owner\n    to: [ALLIANCE, JPN]"
            ),
            file: "policy.yaml"
        )
        let difference = PolicyDifference(from: old, to: new)
        #expect(
            difference.text == """
                changed:
                  agreement un-own-reports: recipient was ALLIANCE, is JPN, ALLIANCE

                1 flow opens, no flow closes in some case

                from UN to JPN, its own information
                  opens: CONFIDENTIAL; type not IMAGERY; no community; no compartment; not EYES ONLY; \
                from 2026-01-01 until 2030-12-31
                  opens: up to RESTRICTED; type not HUMREP or SITREP; no community; no compartment; not EYES ONLY; \
                from 2026-01-01 until 2030-12-31
                """
        )
    }

    @Test func `the matrix of the example policy names the highest level that may go`() throws {
        let policy = try ExamplePolicy.read()
        let matrix = PolicyMatrix(policy, at: try Timestamp(date: "2026-11-22"))
        #expect(
            matrix.table() == """
                from \\ to  ACME  DEU  FRA  GBR  JPN  UN
                ACME             R*   R*   R*   R*   R*
                DEU        R*         S*   S*   R*   R*
                FRA        R*    S*        TS*  S*   R*
                GBR        R*    S*   TS*       S*   R*
                JPN        -     S*   S*   S*        R*
                UN         -     C*   C*   C*   R*
                """
        )
        #expect(
            matrix.table(width: 22) == """
                from \\ to  ACME  DEU
                ACME             R*
                DEU        R*
                FRA        R*    S*
                GBR        R*    S*
                JPN        -     S*
                UN         -     C*

                from \\ to  FRA  GBR
                ACME       R*   R*
                DEU        S*   S*
                FRA             TS*
                GBR        TS*
                JPN        S*   S*
                UN         C*   C*

                from \\ to  JPN  UN
                ACME       R*   R*
                DEU        R*   R*
                FRA        S*   R*
                GBR        S*   R*
                JPN             R*
                UN         R*
                """
        )
        let words = "freely: no community; no compartment; not EYES ONLY"
        #expect(matrix.cases.contains("from UN to DEU, FRA, GBR, its own information up to CONFIDENTIAL\n  \(words)"))
        #expect(matrix.csv.hasPrefix("from,to,owner,classification,level,free,cases\r\nACME,"))
        #expect(matrix.csv.contains("\r\nUN,DEU,UN,STRICTLY CONFIDENTIAL,CONFIDENTIAL,yes,"))
        #expect(matrix.json["cells"]?.arrayValue?.count == 30)
    }

    @Test func `the picture of a matrix says every cell in words and is the same each time`() throws {
        let policy = try ExamplePolicy.read()
        let matrix = PolicyMatrix(policy, at: try Timestamp(date: "2026-11-22"))
        let svg = matrix.svg
        #expect(svg == PolicyMatrix(policy, at: matrix.time).svg)
        #expect(svg.contains("<title>from FRA to GBR: up to TOP SECRET in some cases</title>"))
        #expect(svg.contains("<title>from JPN to ACME: nothing</title>"))
        #expect(svg.split(separator: "<g><title>").count == 31)
        #expect(svg.contains(#"<title id="title">Who may get what: EXAMPLE COALITION, 2026-11-22"#))
        #expect(!svg.contains("<script"))
    }

    @Test(arguments: Array(0..<8) + Array(700..<703))
    func `somebody may get a label if and only if a case of its audience is met`(seed: UInt64) throws {
        let (policy, text) = try Self.policy(seed, hasWays: seed >= 700)
        let judge = PlainInterpreter(policy: policy)
        let day = try Timestamp(date: "2026-02-10")
        var audiences: [ConfidentialityLabel: LabelAudience] = [:]
        try Self.steps(text + "types: TA", [.release]) { request, time in
            guard time == day else { return }
            let audience = audiences[request.label] ?? LabelAudience(of: request.label, by: policy, at: day)
            audiences[request.label] = audience
            let verdict = judge.judge(request, at: time)
            let way = audience.ways.first { $0.origin == request.origin && $0.recipient == request.destination }
            let reading = FlowReading(request, at: time, by: [policy])
            let covers = way?.covers.filter { cover in cover.conditions.contains { reading.meets($0) } } ?? []
            let expected = verdict.isAllowed ? verdict.agreements : []
            #expect(covers.map(\.agreement) == expected, "\(text)\n\(request)\n\(audience.text)")
        }
        // Where a label does not flow as it is, it does with a type or community more if and only if that label would.
        for (label, audience) in audiences where label.type == nil || label.community == nil {
            for type in label.type == nil ? [nil, try MessageType("TA")] : [label.type] {
                for community in label.community == nil ? [nil, try CommunityName("MA")] : [label.community] {
                    guard type != label.type || community != label.community else { continue }
                    let other = try Self.label(label, type: type, community: community)
                    let ways = audience.ways.filter { way in
                        way.covers.isEmpty
                            && way.withMore.contains { condition in
                                condition.facts.allSatisfy { fact in
                                    switch fact.subject {
                                    case .type: fact.values.contains(type?.rawValue ?? "none")
                                    case .community: fact.values.contains(community?.rawValue ?? "none")
                                    default: true
                                    }
                                }
                            }
                    }
                    let known = audience.ways.filter { !$0.covers.isEmpty }
                    let expected = LabelAudience(of: other, by: policy, at: day).ways.filter { way in
                        !way.covers.isEmpty
                            && !known.contains { $0.origin == way.origin && $0.recipient == way.recipient }
                    }
                    #expect(
                        ways.map { "\($0.origin) \($0.recipient)" } == expected.map { "\($0.origin) \($0.recipient)" }
                    )
                }
            }
        }
    }

    private static func label(
        _ label: ConfidentialityLabel,
        type: MessageType?,
        community: CommunityName?
    ) throws -> ConfidentialityLabel {
        try ConfidentialityLabel(
            policy: label.policy,
            owner: label.owner,
            coOwners: label.coOwners,
            classification: label.classification,
            compartments: label.compartments,
            caveats: label.caveats,
            releasableTo: label.releasableTo,
            community: community,
            type: type
        )
    }

    @Test func `who can see a label names recipients with those who may send it and by what`() throws {
        let policy = try ExamplePolicy.read()
        let label = try ConfidentialityLabel.parse(
            marking: "GBR SECRET//REL TO FRA, DEU//INTREP",
            vocabulary: policy.vocabulary
        )
        let audience = LabelAudience(of: label, by: policy, at: try Timestamp(date: "2026-11-22"))
        #expect(audience.recipients.map(\.rawValue) == ["DEU", "FRA", "GBR"])
        #expect(audience.excluded.map(\.rawValue) == ["ACME", "JPN", "UN"])
        #expect(
            audience.ways.first { $0.origin == PolicyPartner("GBR") && $0.recipient == PolicyPartner("FRA") }?.covers
                .map { "\($0.agreement) \($0.until ?? "") \($0.conditions)" }
                == ["alliance-intelligence 2030-12-31 [always]"]
        )
    }

    @Test func `what ends or needs a review within some days is listed, the earliest first`() throws {
        let policy = try ExamplePolicy.read()
        let found = policy.expiring(within: 90, from: try Timestamp(date: "2026-11-22"))
        let reviews = ["maritime-2026", "humanitarian", "un-own-reports", "cyber-sharing"].map {
            Expiring.Subject.review(RuleName($0))
        }
        #expect(found.map(\.subject) == reviews)
        #expect(policy.expiring(within: 10, from: try Timestamp(date: "2026-11-22")).isEmpty)
    }
}
