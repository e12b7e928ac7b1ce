import CanonicalEncoding
import SecurityLabels

/// A policy as tables of numbers; made once, never changed.
///
/// Rules are numbered guardrails first, then agreements, each in ascending order of name.
final class PolicyTables: Sendable {
    let policy: Policy
    let index: PolicyIndex
    let times: TimeIndex
    let ruleNames: [RuleName]
    let wordCount: Int
    let guardrailRules: RuleVector
    let agreementRules: RuleVector

    let action: RuleTable
    let owner: RuleTable
    /// Values are `partner * 2`, and one more where the partner owns the label; likewise for the recipient.
    let holder: RuleTable
    let recipient: RuleTable
    let recipientKind: RuleTable
    let level: RuleTable
    let compartments: CarriedRuleTable
    let caveats: CarriedRuleTable
    /// The value behind the last community is that of a label without one; likewise for types.
    let community: RuleTable
    let type: RuleTable
    let precedence: RuleTable
    let realm: RuleTable
    let stretch: RuleTable

    let ceilings: [Int]
    let suspended: [Bool]
    /// At `partner * compartments + compartment`.
    let readIn: [Bool]
    /// At `(stretch * communities + community) * partners + partner`.
    let members: [Bool]
    /// At `code * partners + partner`: whether the code after `REL TO` means the partner.
    let releases: [Bool]
    let nodePartners: [Int]
    let nodeRanks: [Int]
    let nodeRealms: [Int]
    /// At `partner * realms + realm`: the highest accreditation among the partner's nodes there, -1 without one.
    let bestRanks: [Int]

    init(_ policy: Policy) {
        self.policy = policy
        let index = PolicyIndex(policy)
        self.index = index
        let rules = policy.guardrails.map(\.conditions) + policy.agreements.map(\.conditions)
        ruleNames = policy.guardrails.map(\.name) + policy.agreements.map(\.name)
        wordCount = RuleVector.wordCount(rules: rules.count)
        let times = TimeIndex(rules.map(\.dates) + policy.communities.values.flatMap { $0.map(\.dates) })
        self.times = times

        var guardrailRules = RuleVector(wordCount: wordCount)
        var agreementRules = RuleVector(wordCount: wordCount)
        for rule in rules.indices {
            if rule < policy.guardrails.count { guardrailRules.insert(rule) } else { agreementRules.insert(rule) }
        }
        self.guardrailRules = guardrailRules
        self.agreementRules = agreementRules

        let partners = index.partners.names
        let facts = partners.map { policy.partners[$0] }

        func isParty(_ term: PartyTerm, _ partner: PolicyPartner, owns: Bool) -> Bool {
            switch term {
            case .owner: owns
            case .partner(let named): named == partner
            case .group(let group): policy.groups[group]?.contains(partner) == true
            }
        }
        func partyTable(_ selection: (Conditions) -> Selection<PartyTerm>?) -> RuleTable {
            RuleTable(values: partners.count * 2, rules: rules) { value, conditions in
                selection(conditions)?.selects { isParty($0, partners[value / 2], owns: value % 2 == 1) } ?? true
            }
        }
        action = RuleTable(values: AccessAction.allCases.count, rules: rules) { value, conditions in
            conditions.actions?.selects { $0.number == value } ?? true
        }
        owner = RuleTable(values: index.owners.count, rules: rules) { value, conditions in
            let code = index.owners.names[value].rawValue
            return conditions.owners?.selects { term in
                // A group's name means its members, and the group itself where a label has the group as owner.
                term.description == code || isParty(term, PolicyPartner(code), owns: false)
            } ?? true
        }
        holder = partyTable(\.holders)
        recipient = partyTable(\.recipients)
        recipientKind = RuleTable(values: partners.count, rules: rules) { value, conditions in
            conditions.recipientKinds?.selects { $0 == facts[value]?.kind } ?? true
        }
        level = RuleTable(values: policy.ladder.levels.count, rules: rules) { rank, conditions in
            (conditions.aboveRank.map { rank > $0 } ?? true) && (conditions.upToRank.map { rank <= $0 } ?? true)
        }
        compartments = CarriedRuleTable(names: index.compartments.names, rules: rules, condition: \.compartments)
        caveats = CarriedRuleTable(names: index.caveats.names, rules: rules, condition: \.caveats)
        community = RuleTable(values: index.communities.count + 1, rules: rules) { value, conditions in
            let found = Self.nameOrNone(index.communities.names, value)
            return conditions.communities?.selects { $0 == found } ?? true
        }
        type = RuleTable(values: index.types.count + 1, rules: rules) { value, conditions in
            let found = Self.nameOrNone(index.types.names, value)
            return conditions.types?.selects { $0 == found } ?? true
        }
        precedence = RuleTable(values: Precedence.allCases.count, rules: rules) { value, conditions in
            conditions.precedences?.selects { $0.rawValue == value } ?? true
        }
        realm = RuleTable(values: index.realms.count, rules: rules) { value, conditions in
            conditions.realms?.selects { $0 == index.realms.names[value] } ?? true
        }
        stretch = RuleTable(values: times.count, rules: rules) { value, conditions in
            conditions.dates.contains(times.moment(in: value))
        }

        ceilings = facts.map { $0?.ceiling ?? -1 }
        suspended = facts.map { $0?.isSuspended ?? true }
        readIn = facts.flatMap { fact in index.compartments.names.map { fact?.compartments.contains($0) ?? false } }
        members = (0..<times.count).flatMap { stretch in
            let moment = times.moment(in: stretch)
            return index.communities.names.flatMap { community in
                partners.map { partner in
                    policy.communities[community, default: []]
                        .contains { $0.partner == partner && $0.dates.contains(moment) }
                }
            }
        }
        releases = index.releasability.names.flatMap { code in
            partners.map { policy.names(code.rawValue, partner: $0) }
        }
        let nodes = index.nodes.names.compactMap { policy.nodes[$0] }
        nodePartners = nodes.map { index.partners.number(of: $0.partner) ?? -1 }
        nodeRanks = nodes.map(\.accreditation)
        nodeRealms = nodes.map { index.realms.number(of: $0.realm) ?? -1 }
        bestRanks = partners.flatMap { partner in
            index.realms.names.map { realm in
                nodes.filter { $0.partner == partner && $0.realm == realm }.map(\.accreditation).max() ?? -1
            }
        }
    }

    private static func nameOrNone<Name>(_ names: [Name], _ value: Int) -> NameOrNone<Name> {
        value < names.count ? .name(names[value]) : .none
    }
}
