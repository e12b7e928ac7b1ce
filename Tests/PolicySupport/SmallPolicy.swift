package import AccessPolicy
package import CanonicalEncoding
import SecurityLabels

/// Random policies that are small enough to ask every request that they can tell apart, with an invariant each.
package struct SmallPolicy {
    private var random: SplitMix64
    private let partners = ["PA", "PB", "PC"]
    private var kinds = [
        "holder", "recipient", "owner", "level", "compartments", "caveats", "community", "types", "node", "dates",
        "kind", "link", "releasable",
    ]

    package init(seed: UInt64) { random = SplitMix64(state: seed) }

    /// A policy of three partners with a few rules and one invariant.
    /// - Parameters:
    ///   - hasTwoNodes: Whether one partner has a second node.
    ///   - hasWays: Whether conditions also speak of steps, mailboxes, precedences, and of age and expiry.
    package mutating func yaml(hasTwoNodes: Bool = false, hasWays: Bool = false) -> String {
        if hasWays { kinds += ["action", "mailbox", "precedence", "age", "expires"] }
        var lines = [
            "format: 1", "name: SMALL", "ladders:", "  levels: [LOW, HIGH]", "  equivalents:",
            "    PA: {W0: LOW, W1: \(pick(["HIGH", "{level: HIGH, from: 2026-02-01}"]))}",
            "    PB: {W0: \(pick(["LOW", "HIGH"])), W1: \(pick(["none", "HIGH"]))}", "compartments: [KA]",
            "caveats: [CA]", "types: [TA]", "partners:",
            "  PA: {kind: nation, ceiling: HIGH\(chance(0.7) ? ", compartments: KA" : "")}",
            "  PB: {kind: nation, ceiling: \(pick(["HIGH", "LOW"]))\(chance(0.7) ? ", compartments: KA" : "")}",
            "  PC: {kind: private, ceiling: \(pick(["HIGH", "LOW"])), suspended: \(pick(["true", "false", "false"]))}",
            "nodes:", "  pa-1: {partner: PA, accreditation: HIGH, realm: live}",
            "  pb-1: {partner: PB, accreditation: \(pick(["HIGH", "LOW"])), realm: live}",
            "  pc-1: {partner: PC, accreditation: HIGH, realm: live}", "communities:", "  MA:",
            "    PA: {from: 2026-01-01}", "    PB: {from: 2026-02-01}", "guardrails:",
        ]
        for rule in 0..<Int.random(in: 1...3, using: &random) {
            lines.append("  g\(rule): {says: rule, deny: {\(conditions(1...3))}}")
        }
        if hasTwoNodes {
            let node = "  pb-2: {partner: PB, accreditation: LOW, realm: live}"
            lines.insert(node, at: lines.firstIndex { $0.hasPrefix("  pc-1:") } ?? 0)
        }
        lines.append("agreements:")
        for rule in 0..<Int.random(in: 1...3, using: &random) {
            lines.append(
                "  a\(rule): {\(conditions(0...3, besides: ["recipient", "dates"])), to: \(party()), from: 2026-01-01, "
                    + "until: \(pick(["2026-01-31", "2026-03-31"])), review: 2026-01-15, ref: R}"
            )
        }
        lines += ["invariants:", "  promise: {says: never, never: {\(conditions(1...3))}}"]
        return lines.joined(separator: "\n").replacing("{, ", with: "{") + "\n"
    }

    private mutating func conditions(_ count: ClosedRange<Int>, besides: Set<String> = []) -> String {
        var kinds = kinds
        kinds.shuffle(using: &random)
        return kinds.filter { !besides.contains($0) }.prefix(Int.random(in: count, using: &random))
            .map { condition($0) }.joined(separator: ", ")
    }

    private mutating func condition(_ kind: String) -> String {
        switch kind {
        case "holder": "holder: \(party())"
        case "recipient": "recipient: \(party())"
        case "owner": "owner: \(pick(["PA", "PB", "not PA"]))"
        case "level": "level: \(pick(["HIGH", "LOW", "none"]))"
        case "compartments": "compartments: \(pick(["KA", "none", "not none"]))"
        case "caveats": "caveats: \(pick(["CA", "none", "not CA"]))"
        case "community": "community: \(pick(["MA", "none"]))"
        case "types": "types: \(pick(["TA", "none"]))"
        case "node": "recipient-node: \(pick(["pa-1", "pb-1", "not pc-1"]))"
        case "dates": "from: 2026-02-01"
        case "kind": "recipient-kind: \(pick(["nation", "private"]))"
        case "action": "action: \(pick(["release", "[relay, accept]", "not relay"]))"
        case "mailbox": "recipient-mailbox: \(pick(["PA/inbox", "PB/inbox", "not PB/inbox"]))"
        case "precedence": "precedence: \(pick(["ROUTINE", "at-least FLASH"]))"
        case "age": "age: \(pick(["within 2h", "over 2h", "2h..3d"]))"
        case "expires": "expires: \(pick(["within 1d", "over 1d"]))"
        case "link": "link: \(pick(["at-least cnsa", "standard"]))"
        default: "releasable: \(pick(["named", "unstated"]))"
        }
    }

    /// Every request that a policy with this text can tell from another, with every time, until the body says yes.
    ///
    /// Facts that no rule of the text looks at have one value.
    package static func anyRequest(
        _ yaml: String,
        _ body: (AccessRequest, Timestamp) throws -> Bool
    ) throws -> Bool {
        let times = try ["2025-06-01", "2026-01-10", "2026-02-10", "2026-05-01"].map { try Timestamp(date: $0) }
        let codes = ["PA", "PB", "PC"].map { PolicyPartner($0) }
        var stations = codes.flatMap { [Station($0), Station($0, node: PolicyNode("\($0.rawValue.lowercased())-1"))] }
        if yaml.contains("  pb-2:") { stations.append(Station(PolicyPartner("PB"), node: PolicyNode("pb-2"))) }
        for label in try labels(yaml) {
            for link in yaml.contains("link:") ? [LinkStrength.standard, .cnsa] : [.standard] {
                let facts = RequestFacts(link: link)
                var requests: [AccessRequest] = []
                for start in stations {
                    requests.append(.originate(label, at: start, precedence: .routine, facts: facts))
                    for end in stations {
                        requests.append(.release(label, from: start, to: end, precedence: .routine, facts: facts))
                        requests.append(.deliver(label, from: start, to: end, precedence: .routine, facts: facts))
                        // Hops whose nodes are not known stand for those with one node.
                        for origin in codes where start.node == nil && end.node == nil {
                            for destination in codes {
                                requests.append(
                                    .relay(
                                        label,
                                        origin: origin,
                                        previousHop: start,
                                        hub: start,
                                        nextHop: end,
                                        destination: destination,
                                        precedence: .routine,
                                        facts: facts
                                    )
                                )
                            }
                        }
                    }
                }
                for time in times {
                    for request in requests where try body(request, time) { return true }
                }
            }
        }
        return false
    }

    private static func labels(_ yaml: String) throws -> [ConfidentialityLabel] {
        var labels: [ConfidentialityLabel] = []
        for owners in [["PA"], ["PB"], ["PA", "PB"]] {
            for word in ["W0", "W1"] {
                for bits in 0..<32 {
                    if bits & 2 != 0, !["caveats: CA", "caveats: no"].contains(where: yaml.contains) { continue }
                    if bits & 8 != 0, !["types: TA", "types: no"].contains(where: yaml.contains) { continue }
                    if bits & 16 != 0, !yaml.contains("releasable:") { continue }
                    for named in bits & 16 == 0 ? [[]] : [["PA"], ["PB"], ["PC"]] {
                        labels.append(
                            try ConfidentialityLabel(
                                policy: LabelPolicyName("SMALL"),
                                owner: LabelOwner(owners[0]),
                                coOwners: owners.dropFirst().map { try LabelOwner($0) },
                                classification: Classification(word),
                                compartments: bits & 1 == 0 ? [] : [Compartment("KA")],
                                caveats: bits & 2 == 0 ? [] : [Caveat("CA")],
                                releasableTo: named.isEmpty ? nil : named.map { try ReleasabilityCode($0) },
                                community: bits & 4 == 0 ? nil : CommunityName("MA"),
                                type: bits & 8 == 0 ? nil : MessageType("TA")
                            )
                        )
                    }
                }
            }
        }
        return labels
    }

    private mutating func party() -> String { pick(["PA", "PB", "PC", "owner", "not owner", "not PC", "ANY"]) }
    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }
    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}
