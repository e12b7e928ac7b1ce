import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels
import Testing

@Suite struct FlowTests {
    private struct Ends: Hashable {
        let origin: PolicyPartner
        let recipient: PolicyPartner
        let owner: LabelOwner
    }

    private static func policy(_ seed: UInt64) throws -> (policy: Policy, yaml: String) {
        var source = SmallPolicy(seed: seed)
        let yaml = source.yaml()
        return (try Policy.parse(yaml: yaml, file: "small.yaml"), yaml)
    }

    @Test(arguments: 0..<8)
    func `flows open and close exactly where the plain interpreter says so`(seed: UInt64) throws {
        let (old, oldText) = try Self.policy(seed)
        let (new, newText) = try Self.policy(seed + 50)
        let before = PlainInterpreter(policy: old)
        let after = PlainInterpreter(policy: new)
        var opened: Set<Ends> = []
        var closed: Set<Ends> = []
        _ = try SmallPolicy.anyRequest(oldText + newText) { request, time in
            guard request.action == .release, request.label.coOwners.isEmpty, request.holder.node == nil,
                request.recipient.node == nil, request.origin != request.destination
            else { return false }
            let was = before.judge(request, at: time).isAllowed
            let isNow = after.judge(request, at: time).isAllowed
            let ends = Ends(origin: request.origin, recipient: request.destination, owner: request.label.owner)
            if was, !isNow { closed.insert(ends) }
            if !was, isNow { opened.insert(ends) }
            return false
        }
        let difference = PolicyDifference(from: old, to: new)
        func ends(_ groups: [PolicyDifference.Group]) -> Set<Ends> {
            Set(groups.flatMap(\.ends).map { Ends(origin: $0.origin, recipient: $0.recipient, owner: $0.owner) })
        }
        #expect(ends(difference.groups.filter { !$0.opens.isEmpty }) == opened, "\(oldText)\n\(newText)")
        #expect(ends(difference.groups.filter { !$0.closes.isEmpty }) == closed, "\(oldText)\n\(newText)")
    }

    @Test func `a policy does not differ from itself, and both ways round the same flows open and close`() throws {
        let (old, _) = try Self.policy(3)
        let (new, _) = try Self.policy(60)
        #expect(PolicyDifference(from: old, to: old).isEmpty)
        let there = PolicyDifference(from: old, to: new).groups.flatMap(\.ends)
        let back = PolicyDifference(from: new, to: old).groups.flatMap(\.ends)
        #expect(Set(there) == Set(back))
    }

    @Test(arguments: 0..<8)
    func `the matrix is open exactly where the plain interpreter allows a label`(seed: UInt64) throws {
        let (policy, text) = try Self.policy(seed)
        let judge = PlainInterpreter(policy: policy)
        let day = try Timestamp(date: "2026-02-10")
        var expected: Set<String> = []
        _ = try SmallPolicy.anyRequest(text + "types: TA") { request, time in
            guard time == day, request.action == .release, request.label.coOwners.isEmpty,
                request.holder.node == nil, request.recipient.node == nil, request.origin != request.destination,
                judge.judge(request, at: time).isAllowed
            else { return false }
            let label = request.label
            let type = label.type?.rawValue ?? "none"
            expected.insert("\(request.origin) \(request.destination) \(label.owner) \(label.classification) \(type)")
            return false
        }
        let found = PolicyMatrix(policy, at: day).flows.flatMap { flow in
            flow.types.map { type in
                "\(flow.origin) \(flow.recipient) \(flow.owner) \(flow.classification) \(type?.rawValue ?? "none")"
            }
        }
        #expect(Set(found) == expected, "\(text)")
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
        let groups = PolicyDifference(from: old, to: new).groups
        #expect(groups.flatMap(\.ends).map { "\($0.owner): \($0.origin) to \($0.recipient)" } == ["UN: UN to JPN"])
        #expect(groups.allSatisfy { $0.closes.isEmpty && !$0.opens.isEmpty })
        let lines = PolicyDifference(from: old, to: new).text.split(separator: "\n")
        #expect(lines.first == "from UN to JPN, information of UN")
        #expect(
            lines.dropFirst().allSatisfy { $0.hasPrefix("  opens: ") && $0.contains("days 2026-01-01 until") },
            "\(lines)"
        )
    }

    @Test func `the matrix of the example policy names the highest level that may go`() throws {
        let policy = try ExamplePolicy.read()
        let matrix = PolicyMatrix(policy, at: try Timestamp(date: "2026-11-22"))
        #expect(
            matrix.text(policy.ladder.levels) == """
                      ACME        DEU           FRA           GBR           JPN         UN
                ACME  -           RESTRICTED    RESTRICTED    RESTRICTED    RESTRICTED  RESTRICTED
                DEU   RESTRICTED  -             SECRET        SECRET        RESTRICTED  RESTRICTED
                FRA   RESTRICTED  SECRET        -             TOP SECRET    SECRET      RESTRICTED
                GBR   RESTRICTED  SECRET        TOP SECRET    -             SECRET      RESTRICTED
                JPN   -           SECRET        SECRET        SECRET        -           RESTRICTED
                UN    -           CONFIDENTIAL  CONFIDENTIAL  CONFIDENTIAL  RESTRICTED  -
                """
        )
        #expect(matrix.csv.hasPrefix("origin,recipient,owner,classification,level,types\r\nACME,"))
        #expect(
            matrix.flows.allSatisfy {
                $0.recipient != PolicyPartner("ACME") || $0.types.map { $0?.rawValue } == ["STIX"]
            }
        )
    }

    @Test func `who can see a label names recipients with those who may send it`() throws {
        let policy = try ExamplePolicy.read()
        let label = try ConfidentialityLabel.parse(
            marking: "GBR SECRET//REL TO FRA, DEU//INTREP",
            vocabulary: policy.vocabulary
        )
        let seen = policy.whoCanSee(label, at: try Timestamp(date: "2026-11-22"))
        #expect(seen.map(\.recipient.rawValue) == ["DEU", "FRA", "GBR"])
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
