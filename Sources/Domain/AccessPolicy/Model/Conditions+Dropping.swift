extension Conditions {
    /// Each stated condition by its key in a policy file, with the conditions that are left without it.
    ///
    /// `from` and `until` are two; whether an agreement is suspended is not among them.
    func withoutEach(ofAgreement isAgreement: Bool) -> [(key: String, rest: Conditions)] {
        var found: [(key: String, rest: Conditions)] = []
        for dimension in Dimension.allCases.reversed() where states(dimension) && dimension != .standing {
            guard dimension == .date else {
                found.append((key(of: dimension, ofAgreement: isAgreement), dropping(dimension)))
                continue
            }
            var rest = self
            rest.dates.from = nil
            if dates.from != nil { found.append(("from", rest)) }
            rest = self
            rest.dates.until = nil
            if dates.until != nil { found.append(("until", rest)) }
        }
        return found
    }

    /// The key as most people write it: `to` in agreements, `up-to` for levels from the lowest on.
    private func key(of dimension: Dimension, ofAgreement isAgreement: Bool) -> String {
        if dimension == .recipient, isAgreement { return "to" }
        if dimension == .level, let ranks = levels?.ranks, ranks == Array(0..<ranks.count) { return "up-to" }
        return dimension.keys[0]
    }

    private func dropping(_ dimension: Dimension) -> Conditions {
        var rest = self
        switch dimension {
        case .precedence: rest.precedences = nil
        case .type: rest.types = nil
        case .community: rest.communities = nil
        case .caveats: rest.caveats = nil
        case .releasability: rest.releasability = nil
        case .compartments: rest.compartments = nil
        case .classification: rest.classifications = nil
        case .level: rest.levels = nil
        case .expiry: rest.expiries = nil
        case .link: rest.links = nil
        case .age: rest.ages = nil
        case .date: rest.dates = DateSpan()
        case .mailbox: rest.recipientMailboxes = nil
        case .recipient: rest.recipients = nil
        case .recipientKind: rest.recipientKinds = nil
        case .recipientNode: rest.recipientNodes = nil
        case .recipientCeiling: rest.recipientCeilings = nil
        case .recipientAccreditation: rest.recipientAccreditations = nil
        case .recipientReadIn: rest.recipientReadIn = nil
        case .holder: rest.holders = nil
        case .holderKind: rest.holderKinds = nil
        case .holderNode: rest.holderNodes = nil
        case .holderCeiling: rest.holderCeilings = nil
        case .holderAccreditation: rest.holderAccreditations = nil
        case .holderReadIn: rest.holderReadIn = nil
        case .owner: rest.owners = nil
        case .realm: rest.realms = nil
        case .action: rest.actions = nil
        case .standing: rest.isSuspended = false
        }
        return rest
    }
}
