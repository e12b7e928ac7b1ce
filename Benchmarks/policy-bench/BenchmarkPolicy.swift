import AccessPolicy
import CanonicalEncoding
import PolicySupport
import SecurityLabels

/// A policy of 12 partners with 24 nodes and any number of rules, and requests to it, the same in every run.
struct BenchmarkPolicy {
    private static let partners = [
        "GBR", "FRA", "DEU", "JPN", "POL", "CAN", "USA", "NOR", "UN", "EU", "ACME", "GLOBEX",
    ]
    private static let types = ["INTREP", "SITREP", "IMAGERY", "TRACK", "HUMREP", "STIX", "NOTAM", "MEDEVAC"]
    private static let communities = ["MARITIME", "CYBER", "AIR", "RELIEF"]
    private static let words = ["OPEN", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]

    private var random = SplitMix64(state: 24)
    let ruleCount: Int

    init(ruleCount: Int) { self.ruleCount = ruleCount }

    /// The policy as a person would write it; a fifth of the rules are guardrails.
    mutating func yaml() -> String {
        let words = Self.words.map { "\($0): \($0 == "OPEN" ? "UNCLASSIFIED" : $0)" }.joined(separator: ", ")
        var lines = ["format: 1", "name: BENCHMARK", "ladders:"]
        lines += ["  levels: [UNCLASSIFIED, RESTRICTED, CONFIDENTIAL, SECRET, TOP SECRET]", "  equivalents:"]
        for partner in Self.partners { lines.append("    \(partner): {\(words)}") }
        lines += ["compartments: [SI, TK, HCS, GAMMA]", "caveats: [EYES ONLY, ORCON, IMCON, RELIDO]"]
        lines += ["types: [\(Self.types.joined(separator: ", "))]", "partners:"]
        for partner in Self.partners {
            let kind =
                ["ACME", "GLOBEX"].contains(partner) ? "private" : partner.count == 2 ? "organisation" : "nation"
            lines.append("  \(partner): {kind: \(kind), ceiling: TOP SECRET, compartments: [SI, TK]}")
        }
        lines += [
            "groups:", "  ALLIANCE: [GBR, FRA, DEU, POL, CAN, USA, NOR]", "  WIDER: [ALLIANCE, JPN, EU]", "nodes:",
        ]
        for partner in Self.partners {
            for place in 1...2 {
                let name = "\(partner.lowercased())-\(place)"
                lines.append("  \(name): {partner: \(partner), accreditation: TOP SECRET, realm: live}")
            }
        }
        lines.append("communities:")
        for community in Self.communities {
            let members = Self.partners.map { "\($0): {from: 2026-01-01}" }.joined(separator: ", ")
            lines.append("  \(community): {\(members)}")
        }
        lines.append("guardrails:")
        let guardrails = ruleCount / 5
        for rule in 0..<guardrails {
            lines.append("  g\(rule): {says: guardrail \(rule), deny: {\(denial())}}")
        }
        lines.append("agreements:")
        for rule in guardrails..<ruleCount { lines.append("  a\(rule): {\(permission()), ref: R\(rule)}") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The policy with the conditions of each guardrail as an invariant as well.
    mutating func provableYAML() -> String {
        let yaml = yaml()
        let invariants = yaml.split(separator: "\n").filter { $0.hasPrefix("  g") && $0.contains("deny: {") }
            .map { "  never-\($0.dropFirst(2))".replacing("deny: {", with: "never: {") }
        return yaml + "invariants:\n" + invariants.joined(separator: "\n") + "\n"
    }

    private mutating func denial() -> String {
        let recipient = pick(["not owner", "not ALLIANCE", "[ACME, GLOBEX]", pick(Self.partners)])
        return pick([
            "caveat: \(pick(["EYES ONLY", "ORCON"])), recipient: \(recipient)",
            "compartments: [SI, TK], recipient: not ALLIANCE, types: \(pick(Self.types))",
            "recipient-kind: private, level: above \(pick(["RESTRICTED", "CONFIDENTIAL"])), owner: \(pick(Self.partners))",
            "types: \(pick(Self.types)), community: none, level: above CONFIDENTIAL, recipient: \(recipient)",
            "precedence: above IMMEDIATE, recipient-kind: not nation, owner: \(pick(Self.partners))",
            "link: standard, level: at-least TOP SECRET, holder: \(pick(Self.partners))",
            "age: over 30d, types: \(pick(Self.types)), recipient-node: \(pick(Self.partners).lowercased())-1",
        ])
    }

    private mutating func permission() -> String {
        let parties = some(Self.partners).joined(separator: ", ")
        let types = some(Self.types).joined(separator: ", ")
        let month = Int.random(in: 1...9, using: &random)
        let day = Int.random(in: 10...28, using: &random)
        var parts = ["owner: [\(parties)]", "to: [\(some(Self.partners).joined(separator: ", "))]"]
        parts += ["up-to: \(pick(Self.words.dropFirst()))", "types: [\(types)]"]
        parts += ["from: 2026-0\(month)-\(day)", "until: 2028-0\(month)-\(day)", "review: 2027-01-01"]
        if chance(0.4) { parts.append("compartments: none") }
        if chance(0.3) { parts.append("community: \(pick(Self.communities))") }
        if chance(0.2) { parts.append("holder: owner") }
        if chance(0.2) { parts.append("precedence: up-to FLASH") }
        return parts.joined(separator: ", ")
    }

    /// Releases and receipts between nodes, with labels as people send them.
    mutating func request() throws -> AccessRequest {
        let owner = pick(Self.partners)
        let origin = chance(0.8) ? owner : pick(Self.partners)
        var destination = pick(Self.partners)
        while destination == origin { destination = pick(Self.partners) }
        let label = try ConfidentialityLabel(
            policy: LabelPolicyName("BENCHMARK"),
            owner: LabelOwner(owner),
            classification: Classification(pick(Self.words)),
            compartments: chance(0.2) ? [Compartment("SI")] : [],
            caveats: chance(0.1) ? [Caveat("RELIDO")] : [],
            releasableTo: chance(0.3) ? [ReleasabilityCode(destination), ReleasabilityCode("ALLIANCE")] : nil,
            community: chance(0.4) ? CommunityName(pick(Self.communities)) : nil,
            type: MessageType(pick(Self.types))
        )
        let from = station(origin)
        let to = station(destination)
        let precedence = pick(Precedence.allCases)
        let facts = RequestFacts(link: .cnsa, originated: Self.time, expires: Self.time.adding(seconds: 86_400))
        return chance(0.5)
            ? .release(label, from: from, to: to, precedence: precedence, facts: facts)
            : .accept(label, from: from, to: to, precedence: precedence, facts: facts)
    }

    /// 2026-11-22, noon.
    static let time = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000)

    private mutating func station(_ partner: String) -> Station {
        Station(PolicyPartner(partner), node: PolicyNode("\(partner.lowercased())-\(chance(0.5) ? 1 : 2)"))
    }

    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }

    private mutating func pick<Values: RandomAccessCollection>(_ values: Values) -> Values.Element {
        values[values.index(values.startIndex, offsetBy: Int.random(in: 0..<values.count, using: &random))]
    }

    private mutating func some(_ values: [String]) -> [String] {
        let chosen = values.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        return chosen.isEmpty ? [values[0]] : chosen
    }
}
