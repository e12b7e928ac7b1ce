package import AccessPolicy
package import CanonicalEncoding
package import SecurityLabels

/// Random policies that use the whole vocabulary, written as the YAML that a person would write, and random requests that
/// fit them more or less.
package struct RandomPolicy {
    private var random: SplitMix64
    private let ruleCount: Int
    private var partners: [String] = []
    private var groups: [String] = []
    private var owners: [String] = []
    private var nodes: [(name: String, partner: String)] = []
    private var realms = ["live"]
    private let levels = ["LOW", "MIDDLE", "HIGH", "HIGHEST"]
    private let words = ["W0", "W1", "W2", "W3", "OPEN"]
    private let compartments = ["KA", "KB", "KC"]
    private let caveats = ["CA", "CB C", "CD"]
    private let types = ["TA", "TB", "TC"]
    private let communities = ["MA", "MB"]
    private let mailboxNames = ["duty", "cell", "archive"]
    private var now = Timestamp(millisecondsSinceEpoch: 1_735_689_600_000)

    package init(seed: UInt64, ruleCount: Int) {
        random = SplitMix64(state: seed)
        self.ruleCount = ruleCount
    }

    // MARK: - Policy

    package mutating func yaml() -> String {
        partners = (0..<number(2...7)).map { "P\($0)" }
        groups = (0..<number(0...3)).map { "G\($0)" }
        owners = partners + groups.filter { _ in chance(0.5) }
        var lines = ["format: 1", "name: RANDOM"]
        if chance(0.5) { lines.append("label-policies: [OTHER]") }
        lines += ladderLines()
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
        lines += groupLines() + nodeLines() + ["communities:"]
        for community in communities {
            lines.append("  \(community):")
            for partner in atLeastOne(partners + partners.prefix(1)) {
                lines.append("    \(partner): \(chance(0.2) ? twoSpells() : spell())")
            }
        }
        let guardrails = number(0...ruleCount)
        if guardrails > 0 { lines.append("guardrails:") }
        for rule in 0..<guardrails {
            lines.append("  g\(rule):")
            lines.append("    says: rule \(rule)")
            lines.append("    deny: {\(conditions(2...6, isAgreement: false).joined(separator: ", "))}")
        }
        if guardrails < ruleCount { lines.append("agreements:") }
        for rule in guardrails..<ruleCount {
            let fields = conditions(0...3, isAgreement: true) + ["ref: R\(rule)"]
            lines.append("  a\(rule): {\(fields.joined(separator: ", "))}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func ladderLines() -> [String] {
        var lines = ["ladders:", "  levels: \(list(levels))", "  equivalents:"]
        for owner in owners {
            let ranks = (0..<number(2...4)).map { _ in number(0...3) }.sorted()
            var entries = ranks.enumerated().map { offset, rank in
                chance(0.8) ? "W\(offset): \(levels[rank])" : "W\(offset): \(datedLevel(rank))"
            }
            if chance(0.5) { entries.append("OPEN: none") }
            lines.append("    \(owner): {\(entries.joined(separator: ", "))}")
        }
        return lines
    }

    private mutating func datedLevel(_ rank: Int) -> String {
        let change = number(100...900)
        switch number(0...2) {
        case 0: return "{level: \(levels[rank]), from: \(day(change...change))}"
        case 1: return "{level: \(levels[rank]), until: \(day(change...change))}"
        default:
            let later = "{level: \(levels[rank]), from: \(day((change + 1)...(change + 1)))}"
            return "[{level: \(chance(0.5) ? "none" : levels[rank]), until: \(day(change...change))}, \(later)]"
        }
    }

    /// Groups of partners, some of which hold the groups before them.
    private mutating func groupLines() -> [String] {
        guard !groups.isEmpty else { return [] }
        var lines = ["groups:"]
        for (place, group) in groups.enumerated() {
            var members = atLeastOne(partners)
            if place > 0, chance(0.5) { members.append(groups[place - 1]) }
            // The first partner stays, so that the group cannot become empty.
            let others = partners.dropFirst().filter { !members.contains($0) }
            if let other = others.first, members.contains(partners[0]), chance(0.4) { members.append("not \(other)") }
            lines.append("  \(group): \(list(members))")
        }
        return lines
    }

    private mutating func nodeLines() -> [String] {
        let exercises = chance(0.5) ? ["winter-26"] : []
        realms = ["live"]
        nodes = []
        var lines = ["nodes:"]
        for partner in partners {
            // A partner has one node at least, but for the last, which may have none.
            for place in 0..<number((partner == partners.last ? 0 : 1)...2) {
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
        return lines
    }

    // MARK: - Conditions

    private mutating func conditions(_ count: ClosedRange<Int>, isAgreement: Bool) -> [String] {
        var dimensions = Dimension.allCases
        dimensions.shuffle(using: &random)
        var lines: [String] = []
        for dimension in dimensions.prefix(number(count)) { lines += condition(dimension, isAgreement) }
        if isAgreement {
            let (from, until) = days()
            lines += ["to: \(chance(0.2) ? "ANY" : selection(partners + groups + ["owner"]))", "from: \(from)"]
            lines += ["until: \(until)", "review: \(until)"]
        } else if lines.isEmpty {
            lines.append("holder: \(selection(partners))")
        }
        return lines
    }

    /// A condition on each dimension, by its key; none where the rule must have one anyway.
    private mutating func condition(_ dimension: Dimension, _ isAgreement: Bool) -> [String] {
        switch dimension {
        case .action:
            [
                isAgreement
                    ? "action: \(selection(["release", "relay", "accept"]))"
                    : "action: \(selection(["originate", "release", "relay", "accept", "deliver"]))"
            ]
        case .owner: ["owner: \(selection(partners + groups))"]
        case .holder: ["holder: \(selection(partners + groups + ["owner"]))"]
        case .recipient: isAgreement ? [] : ["recipient: \(selection(partners + groups + ["owner"]))"]
        case .holderKind: ["holder-kind: \(selection(["nation", "organisation", "private"]))"]
        case .recipientKind: ["recipient-kind: \(selection(["nation", "organisation", "private"]))"]
        case .holderNode: ["holder-node: \(selection(nodes.map(\.name)))"]
        case .recipientNode: ["recipient-node: \(selection(nodes.map(\.name)))"]
        case .mailbox: ["recipient-mailbox: \(selection(partners.prefix(3).map { "\($0)/\(pick(mailboxNames))" }))"]
        case .holderCeiling: ["holder-ceiling: \(comparison(levels))"]
        case .holderAccreditation: ["holder-accreditation: \(comparison(levels))"]
        case .holderReadIn: ["holder-read-in: \(carried(compartments))"]
        case .recipientCeiling: ["recipient-ceiling: \(comparison(levels))"]
        case .recipientAccreditation: ["recipient-accreditation: \(comparison(levels))"]
        case .recipientReadIn: ["recipient-read-in: \(carried(compartments))"]
        case .level:
            chance(0.3)
                ? ["up-to: \(pick(levels))"]
                : ["level: \(chance(0.1) ? "none" : comparison(levels))"]
        case .classification: ["classification: \(selection(usedWords))"]
        case .compartments: ["compartments: \(carried(compartments))"]
        case .caveats: ["caveats: \(carried(caveats))"]
        case .releasability: ["releasable: \(chance(0.5) ? "named" : "unstated")"]
        case .community: ["community: \(selection(communities + ["none"]))"]
        case .type: ["types: \(selection(types + ["none"]))"]
        case .precedence: ["precedence: \(comparison(Precedence.allCases.map(\.name)))"]
        case .realm: ["realm: \(selection(realms))"]
        case .link: ["link: \(comparison(LinkStrength.allCases.map(\.name)))"]
        case .age: ["age: \(duration())"]
        case .expiry: ["expires: \(duration())"]
        case .date: isAgreement ? [] : ["from: \(day(0...300))", "until: \(day(301...1200))"]
        case .standing: isAgreement && chance(0.3) ? ["suspended: true"] : []
        }
    }

    /// W0 and W1 are every owner's words; the others need not be anybody's.
    private var usedWords: [String] { ["W0", "W1"] }

    private mutating func comparison(_ scale: [String]) -> String {
        let place = number(0...(scale.count - 1))
        switch number(0...7) {
        case 0: return "up-to \(scale[place])"
        case 1: return "at-least \(scale[place])"
        case 2: return "exactly \(scale[place])"
        case 3: return "above \(scale[number(0...(scale.count - 2))])"
        case 4: return "below \(scale[number(1...(scale.count - 1))])"
        case 5: return "\(scale[place])..\(scale[number(place...(scale.count - 1))])"
        case 6: return "not \(scale[place])"
        default: return list(atLeastOne(scale))
        }
    }

    private mutating func duration() -> String {
        switch number(0...3) {
        case 0: "over \(pick(["30m", "2h", "3d"]))"
        case 1: "within \(pick(["30m", "2h", "3d"]))"
        case 2: "\(pick(["30m", "1h"]))..\(pick(["2h", "3d"]))"
        default: "not \(pick(["30m..2h", "within 1h", "over 3d"]))"
        }
    }

    private mutating func carried(_ names: [String]) -> String {
        switch number(0...6) {
        case 0: return "none"
        case 1: return "not none"
        case 2: return "{only: \(list(atLeastOne(names)))}"
        case 3: return "{all: \(list(atLeastOne(names)))}"
        case 4: return "{any: \(list([names[0], names[1]])), not: \(names[2])}"
        default: return selection(names)
        }
    }

    private mutating func selection(_ names: [String]) -> String {
        let chosen = atLeastOne(names)
        if chosen.count == 1, chance(0.5) { return chance(0.4) ? "not \(chosen[0])" : chosen[0] }
        if chance(0.03) { return "ANY" }
        return list(chosen.map { chance(0.25) ? "not \($0)" : $0 })
    }

    private mutating func spell() -> String {
        let (from, until) = days()
        return chance(0.5) ? "{from: \(from)}" : "{from: \(from), until: \(until)}"
    }

    /// A membership that ended and began again, in either order: spans that overlap are refused.
    private mutating func twoSpells() -> String {
        let first = number(0...300)
        let last = number(first...400)
        let again = number((last + 1)...500)
        let later = chance(0.5) ? "" : ", until: \(day(again...(again + 600)))"
        let spells = [
            "{from: \(day(first...first)), until: \(day(last...last))}", "{from: \(day(again...again))\(later)}",
        ]
        return list(chance(0.5) ? spells : spells.reversed())
    }

    private mutating func days() -> (String, String) {
        let first = number(0...500)
        return (day(first...first), day(first...(first + 600)))
    }

    private mutating func day(_ range: ClosedRange<Int>) -> String {
        Timestamp(millisecondsSinceEpoch: 1_735_689_600_000).adding(seconds: Int64(number(range)) * 86_400).date
    }

    // MARK: - Requests

    package mutating func request() throws -> AccessRequest {
        let label = try label()
        let origin = partner()
        let destination = partner()
        let precedence = pick(Precedence.allCases)
        let realm = PolicyRealm(chance(0.02) ? "unheard-of" : chance(0.8) ? "live" : pick(realms))
        let hub = chance(0.3) ? station(partner()) : nil
        let facts = facts(destination)
        switch pick(AccessAction.allCases) {
        case .originate:
            return .originate(label, at: station(origin), precedence: precedence, realm: realm, facts: facts)
        case .release:
            return .release(
                label,
                from: station(origin),
                to: station(destination),
                through: hub,
                precedence: precedence,
                realm: realm,
                facts: facts
            )
        case .accept:
            return .accept(
                label,
                from: station(origin),
                to: station(destination),
                through: hub,
                precedence: precedence,
                realm: realm,
                facts: facts
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
                realm: realm,
                facts: facts
            )
        case .deliver:
            return .deliver(
                label,
                from: station(origin),
                to: station(destination),
                precedence: precedence,
                realm: realm,
                facts: facts
            )
        }
    }

    /// A time that often lies on, just before or just after a boundary of a day.
    package mutating func time() -> Timestamp {
        now = Timestamp(millisecondsSinceEpoch: 1_735_689_600_000)
            .adding(seconds: Int64(number(-30...1200)) * 86_400)
            .adding(milliseconds: pick([-1, 0, 1, 43_200_000]))
        return now
    }

    /// A label, which mostly has words that the policy knows.
    package mutating func label() throws -> ConfidentialityLabel {
        let releasable = chance(0.7) ? [] : atLeastOne(partners + groups) + (chance(0.05) ? ["P99"] : [])
        let owner = chance(0.01) ? "P98" : pick(owners)
        let coOwners = chance(0.9) ? [] : some(owners).filter { $0 != owner }
        return try ConfidentialityLabel(
            policy: LabelPolicyName(chance(0.01) ? "OTHER" : "RANDOM"),
            owner: LabelOwner(owner),
            coOwners: coOwners.map(LabelOwner.init),
            classification: Classification(chance(0.02) ? "W9" : pick(["W0", "W0", "W1", "W1", "W2", "W3", "OPEN"])),
            compartments: (chance(0.7) ? [] : some(compartments + (chance(0.05) ? ["KZ"] : []))).map(Compartment.init),
            caveats: (chance(0.6) ? [] : some(caveats + (chance(0.05) ? ["CZ"] : []))).map(Caveat.init),
            releasableTo: releasable.isEmpty ? nil : releasable.map(ReleasabilityCode.init),
            community: chance(0.7) ? nil : CommunityName(chance(0.03) ? "MZ" : pick(communities)),
            type: chance(0.2) ? nil : MessageType(chance(0.02) ? "TZ" : pick(types))
        )
    }

    /// Facts that are often not known, and lengths that often lie on a bound or beside it.
    private mutating func facts(_ destination: PolicyPartner) -> RequestFacts {
        let lengths: [Int64] = [-5, 0, 1, 1_800_000, 3_600_000, 7_200_000, 259_200_000, 500_000_000]
        let partner = chance(0.95) ? destination : partner()
        return RequestFacts(
            mailbox: chance(0.4) ? nil : PolicyMailbox(partner, pick(mailboxNames + ["other"])),
            link: chance(0.3) ? nil : pick(LinkStrength.allCases),
            originated: chance(0.3) ? nil : now.adding(milliseconds: -pick(lengths) + pick([-1, 0, 1])),
            expires: chance(0.3) ? nil : now.adding(milliseconds: pick(lengths) + pick([-1, 0, 1]))
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
