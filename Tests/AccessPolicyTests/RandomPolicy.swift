import AccessPolicy
import CanonicalEncoding
import SecurityLabels

/// Random policies, written as the YAML that a person would write, and random requests that fit them more or less.
struct RandomPolicy {
    var random: SplitMix64
    let ruleCount: Int
    private var partners: [String] = []
    private var groups: [String] = []
    private var owners: [String] = []
    private var nodes: [(name: String, partner: String)] = []
    private var realms = ["live"]
    private let levels = ["LOW", "MIDDLE", "HIGH", "HIGHEST"]
    private let compartments = ["KA", "KB", "KC"]
    private let caveats = ["CA", "CB C", "CD"]
    private let types = ["TA", "TB", "TC"]
    private let communities = ["MA", "MB"]

    init(seed: UInt64, ruleCount: Int) {
        random = SplitMix64(state: seed)
        self.ruleCount = ruleCount
    }

    // MARK: - Policy

    mutating func yaml() -> String {
        partners = (0..<number(2...7)).map { "P\($0)" }
        groups = (0..<number(0...3)).map { "G\($0)" }
        owners = partners + groups.filter { _ in chance(0.5) }
        let exercises = chance(0.5) ? ["winter-26"] : []
        realms = ["live"]
        var lines = ["format: 1", "name: RANDOM", "ladders:", "  levels: \(list(levels))", "  equivalents:"]
        for owner in owners {
            let ranks = (0..<number(2...4)).map { _ in number(0...3) }.sorted()
            let words = ranks.enumerated().map { "W\($0.offset): \(levels[$0.element])" }
            lines.append("    \(owner): {\(words.joined(separator: ", "))}")
        }
        lines += [
            "compartments: \(list(compartments))", "caveats: \(list(caveats))", "types: \(list(types))", "partners:",
        ]
        for partner in partners {
            let readIn = some(compartments)
            var fields = ["kind: \(pick(["nation", "organisation", "private"]))"]
            fields.append("ceiling: \(pick(["MIDDLE", "HIGH", "HIGHEST", "HIGHEST"]))")
            if !readIn.isEmpty { fields.append("compartments: \(list(readIn))") }
            if chance(0.1) { fields.append("suspended: true") }
            lines.append("  \(partner): {\(fields.joined(separator: ", "))}")
        }
        if !groups.isEmpty { lines.append("groups:") }
        for group in groups { lines.append("  \(group): \(list(atLeastOne(partners)))") }
        lines.append("nodes:")
        nodes = []
        for partner in partners {
            for place in 0..<number(1...2) {
                let name = "\(partner.lowercased())-\(place)"
                let realm = chance(0.8) ? "live" : pick(["live"] + exercises)
                if !realms.contains(realm) { realms.append(realm) }
                nodes.append((name, partner))
                lines.append(
                    "  \(name): {partner: \(partner), accreditation: \(pick(["MIDDLE", "HIGH", "HIGHEST", "HIGHEST"])), "
                        + "realm: \(realm)}"
                )
            }
        }
        lines.append("communities:")
        for community in communities {
            lines.append("  \(community):")
            for partner in atLeastOne(partners + partners.prefix(1)) {
                lines.append("    \(partner): \(chance(0.2) ? "[\(spell()), \(spell())]" : spell())")
            }
        }
        let guardrails = number(0...ruleCount)
        if guardrails > 0 { lines.append("guardrails:") }
        for rule in 0..<guardrails {
            lines.append("  g\(rule):")
            lines.append("    says: rule \(rule)")
            lines.append("    deny: {\(conditions(2...5, isAgreement: false).joined(separator: ", "))}")
        }
        if guardrails < ruleCount { lines.append("agreements:") }
        for rule in guardrails..<ruleCount {
            let fields = conditions(0...3, isAgreement: true) + ["ref: R\(rule)"]
            lines.append("  a\(rule): {\(fields.joined(separator: ", "))}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func conditions(_ count: ClosedRange<Int>, isAgreement: Bool) -> [String] {
        var keys = [
            "action", "owner", "holder", "recipient-kind", "level", "up-to", "compartments", "caveats", "community",
            "types", "precedence", "realm", "recipient",
        ]
        if isAgreement { keys.removeLast() } else { keys += ["from", "until"] }
        keys.shuffle(using: &random)
        var lines: [String] = []
        for key in keys.prefix(number(count)) where !(key == "level" && lines.contains { $0.hasPrefix("up-to") }) {
            if key == "up-to", lines.contains(where: { $0.hasPrefix("level") }) { continue }
            lines.append("\(key): \(condition(key, isAgreement))")
        }
        if isAgreement {
            let (from, until) = days()
            lines += ["to: \(selection(partners + groups + ["owner"]))", "from: \(from)", "until: \(until)"]
            lines.append("review: \(until)")
        }
        return lines
    }

    private mutating func condition(_ key: String, _ isAgreement: Bool) -> String {
        switch key {
        case "action":
            isAgreement
                ? selection(["release", "relay", "accept"])
                : selection(["originate", "release", "relay", "accept", "deliver"])
        case "owner": selection(partners + groups)
        case "holder", "recipient": selection(partners + groups + ["owner"])
        case "recipient-kind": selection(["nation", "organisation", "private"])
        case "level": chance(0.5) ? "above \(pick(Array(levels.dropLast())))" : "up-to \(pick(levels))"
        case "up-to": pick(levels)
        case "compartments": carried(compartments)
        case "caveats": carried(caveats)
        case "community": selection(communities + ["none"])
        case "types": selection(types + ["none"])
        case "precedence": selection(Precedence.allCases.map(\.name))
        case "realm": selection(realms)
        case "from": day(0...300)
        default: day(301...1200)
        }
    }

    private mutating func carried(_ names: [String]) -> String {
        switch number(0...3) {
        case 0: "none"
        case 1: "{only: \(list(atLeastOne(names)))}"
        default: selection(names)
        }
    }

    private mutating func selection(_ names: [String]) -> String {
        let chosen = atLeastOne(names)
        if chosen.count == 1, chance(0.5) { return chance(0.4) ? "not \(chosen[0])" : chosen[0] }
        return list(chosen.map { chance(0.25) ? "not \($0)" : $0 })
    }

    private mutating func spell() -> String {
        let (from, until) = days()
        return chance(0.5) ? "{from: \(from)}" : "{from: \(from), until: \(until)}"
    }

    private mutating func days() -> (String, String) {
        let first = number(0...500)
        return (day(first...first), day(first...(first + 600)))
    }

    private mutating func day(_ range: ClosedRange<Int>) -> String {
        Timestamp(millisecondsSinceEpoch: 1_735_689_600_000).adding(seconds: Int64(number(range)) * 86_400).date
    }

    // MARK: - Requests

    mutating func request() throws -> AccessRequest {
        let label = try label()
        let origin = partner()
        let destination = partner()
        let precedence = pick(Precedence.allCases)
        let realm = PolicyRealm(chance(0.02) ? "unheard-of" : chance(0.8) ? "live" : pick(realms))
        let hub = chance(0.3) ? station(partner()) : nil
        switch pick(AccessAction.allCases) {
        case .originate:
            return .originate(label, at: station(origin), precedence: precedence, realm: realm)
        case .release:
            return .release(
                label,
                from: station(origin),
                to: station(destination),
                through: hub,
                precedence: precedence,
                realm: realm
            )
        case .accept:
            return .accept(
                label,
                from: station(origin),
                to: station(destination),
                through: hub,
                precedence: precedence,
                realm: realm
            )
        case .relay:
            return .relay(
                label,
                origin: origin,
                previousHop: station(chance(0.5) ? origin : partner()),
                hub: station(partner()),
                nextHop: station(chance(0.5) ? destination : partner()),
                destination: destination,
                precedence: precedence,
                realm: realm
            )
        case .deliver:
            return .deliver(
                label,
                from: station(origin),
                to: station(destination),
                precedence: precedence,
                realm: realm
            )
        }
    }

    /// A time that often lies on, just before or just after a boundary of a day.
    mutating func time() -> Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_735_689_600_000)
            .adding(seconds: Int64(number(-30...1200)) * 86_400)
            .adding(milliseconds: pick([-1, 0, 1, 43_200_000]))
    }

    private mutating func label() throws -> ConfidentialityLabel {
        let releasable = chance(0.7) ? [] : atLeastOne(partners + groups) + (chance(0.05) ? ["P99"] : [])
        return try ConfidentialityLabel(
            policy: LabelPolicyName(chance(0.01) ? "OTHER" : "RANDOM"),
            owner: LabelOwner(chance(0.01) ? "P98" : pick(owners)),
            classification: Classification(chance(0.02) ? "W9" : pick(["W0", "W0", "W1", "W1", "W2", "W3"])),
            compartments: (chance(0.7) ? [] : some(compartments + (chance(0.05) ? ["KZ"] : []))).map(Compartment.init),
            caveats: (chance(0.6) ? [] : some(caveats + (chance(0.05) ? ["CZ"] : []))).map(Caveat.init),
            releasableTo: releasable.isEmpty ? nil : releasable.map(ReleasabilityCode.init),
            community: chance(0.7) ? nil : CommunityName(chance(0.03) ? "MZ" : pick(communities)),
            type: chance(0.2) ? nil : MessageType(chance(0.02) ? "TZ" : pick(types))
        )
    }

    private mutating func partner() -> PolicyPartner { PolicyPartner(chance(0.01) ? "P97" : pick(partners)) }

    private mutating func station(_ partner: PolicyPartner) -> Station {
        let own = nodes.filter { $0.partner == partner.rawValue }.map(\.name)
        guard chance(0.5), !own.isEmpty else { return Station(partner) }
        if chance(0.02) { return Station(partner, node: PolicyNode(pick(nodes.map(\.name) + ["p9-9"]))) }
        return Station(partner, node: PolicyNode(pick(own)))
    }

    // MARK: - Choices

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < probability
    }
    private mutating func pick<Value>(_ values: [Value]) -> Value { values[number(0...(values.count - 1))] }
    private mutating func some<Value>(_ values: [Value]) -> [Value] {
        values.filter { _ in Bool.random(using: &random) }
    }
    private mutating func atLeastOne(_ values: [String]) -> [String] {
        let chosen = Set(some(values))
        return chosen.isEmpty ? [pick(values)] : chosen.sorted()
    }
    private func list(_ values: [String]) -> String { "[\(values.joined(separator: ", "))]" }
}
