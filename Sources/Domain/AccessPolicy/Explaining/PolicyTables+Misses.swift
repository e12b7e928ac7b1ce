extension PolicyTables {
    /// The dimensions in which a request keeps a rule from holding, judged from origin to destination.
    func misses(_ rule: Int, _ label: InternedLabel.Numbers, _ request: RequestNumbers) -> [Dimension] {
        Dimension.allCases.filter { dimension in
            !vector(of: dimension, label, request).contains(rule)
        }
    }

    private func vector(
        of dimension: Dimension,
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers
    ) -> RuleVector {
        switch dimension {
        case .action: action.vector(of: request.action)
        case .owner: owner.vector(of: label.owner)
        case .holder: holder.vector(of: row(request.origin, label))
        case .recipient: recipient.vector(of: row(request.destination, label))
        case .recipientKind: recipientKind.vector(of: request.destination)
        case .level: level.vector(of: label.rank)
        case .compartments: compartments.vector(carrying: label.compartments)
        case .caveats: caveats.vector(carrying: label.caveats)
        case .community: community.vector(of: label.community ?? index.communities.count)
        case .type: type.vector(of: label.type ?? index.types.count)
        case .precedence: precedence.vector(of: request.precedence)
        case .realm: realm.vector(of: request.realm)
        case .date: stretch.vector(of: request.stretch)
        }
    }
}
