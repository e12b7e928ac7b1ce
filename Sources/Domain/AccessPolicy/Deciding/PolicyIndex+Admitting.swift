import SecurityLabels

extension PolicyIndex {
    /// Whether a rule's conditions on one dimension hold where its axis has this value.
    ///
    /// This is the one place that gives each dimension its meaning; values that stand for something unknown are made of
    /// the answers for what they may stand for.
    func admits(_ dimension: Dimension, _ value: Int, _ rule: Conditions) -> Bool {
        switch dimension {
        case .action: rule.actions?.selects { $0.number == value } ?? true
        case .precedence: rule.precedences?.contains(value) ?? true
        case .realm: rule.realms?.selects { $0 == realms.names[value] } ?? true
        case .link: rule.links?.contains(value) ?? true
        case .age: rule.ages?.contains(ages.length(in: value)) ?? true
        case .expiry: rule.expiries?.contains(expiries.length(in: value)) ?? true
        case .date: rule.dates.contains(times.moment(in: value))
        case .standing: !rule.isSuspended
        case .mailbox:
            rule.recipientMailboxes?.selects { value < mailboxes.count && $0 == mailboxes.names[value] } ?? true
        case .holder: party(rule.holders, value)
        case .holderKind: rule.holderKinds?.selects { $0 == partnerFacts[value / 2].kind } ?? true
        case .holderCeiling: rule.holderCeilings?.contains(partnerFacts[value / 2].ceiling) ?? true
        case .holderReadIn: rule.holderReadIn?.holds(for: partnerFacts[value / 2].compartments) ?? true
        case .holderNode: rule.holderNodes?.selects { $0 == nodes.names[value] } ?? true
        case .holderAccreditation: rule.holderAccreditations?.contains(nodeFacts[value].accreditation) ?? true
        case .recipient: party(rule.recipients, value)
        case .recipientKind: rule.recipientKinds?.selects { $0 == partnerFacts[value / 2].kind } ?? true
        case .recipientCeiling: rule.recipientCeilings?.contains(partnerFacts[value / 2].ceiling) ?? true
        case .recipientReadIn: rule.recipientReadIn?.holds(for: partnerFacts[value / 2].compartments) ?? true
        case .recipientNode: rule.recipientNodes?.selects { $0 == nodes.names[value] } ?? true
        case .recipientAccreditation: rule.recipientAccreditations?.contains(nodeFacts[value].accreditation) ?? true
        case .owner:
            rule.owners?.selects { term in
                // A group's name means its members, and the group itself where a label has the group as owner.
                let code = owners.names[value].rawValue
                return term.description == code || isParty(term, PolicyPartner(code), owns: false)
            } ?? true
        case .classification: rule.classifications?.selects { $0 == classifications.names[value] } ?? true
        case .level:
            rule.levels?.contains(value == policy.ladder.levels.count ? RankSet.noLevel : value) ?? true
        case .releasability: rule.releasability?.selects { $0.number == value } ?? true
        case .community: rule.communities?.selects { $0 == Self.nameOrNone(communities.names, value) } ?? true
        case .type: rule.types?.selects { $0 == Self.nameOrNone(types.names, value) } ?? true
        case .compartments, .caveats:
            // What is carried is a set, not a value: `CarriedTable` judges it.
            true
        }
    }

    private func party(_ selection: Selection<PartyTerm>?, _ value: Int) -> Bool {
        selection?.selects { isParty($0, partners.names[value / 2], owns: value % 2 == 1) } ?? true
    }

    private func isParty(_ term: PartyTerm, _ partner: PolicyPartner, owns: Bool) -> Bool {
        switch term {
        case .owner: owns
        case .partner(let named): named == partner
        case .group(let group): policy.groups[group]?.contains(partner) == true
        }
    }

    private static func nameOrNone<Name>(_ names: [Name], _ value: Int) -> NameOrNone<Name> {
        value < names.count ? .name(names[value]) : .none
    }
}
