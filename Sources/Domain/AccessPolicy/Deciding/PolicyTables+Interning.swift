import SecurityLabels

extension PolicyTables {
    func intern(_ label: ConfidentialityLabel) -> InternedLabel {
        var unknown: [Refusal] = []
        if label.policy != policy.name { unknown.append(Self.unknown(label.policy)) }
        let owner = index.owners.number(of: label.owner)
        if owner == nil { unknown.append(Self.unknown(label.owner)) }
        let rank = policy.ladder.rank(of: label.classification, owner: label.owner)
        if owner != nil, rank == nil { unknown.append(Self.unknown(label.classification)) }
        let compartments = Self.numbers(of: label.compartments, in: index.compartments, &unknown)
        let caveats = Self.numbers(of: label.caveats, in: index.caveats, &unknown)
        let releasability = label.releasableTo.map { Self.numbers(of: $0, in: index.releasability, &unknown) }
        let community = label.community.flatMap { Self.numbers(of: [$0], in: index.communities, &unknown).first }
        let type = label.type.flatMap { Self.numbers(of: [$0], in: index.types, &unknown).first }
        guard unknown.isEmpty, let owner, let rank else {
            return InternedLabel(label: label, unknown: unknown, numbers: nil, tables: self)
        }
        let rules = Self.intersection([
            self.owner.vector(of: owner),
            level.vector(of: rank),
            self.compartments.vector(carrying: compartments),
            self.caveats.vector(carrying: caveats),
            self.community.vector(of: community ?? index.communities.count),
            self.type.vector(of: type ?? index.types.count),
        ])
        let numbers = InternedLabel.Numbers(
            owner: owner,
            ownerPartner: index.partners.number(of: PolicyPartner(label.owner.rawValue)),
            rank: rank,
            compartments: compartments,
            caveats: caveats,
            releasability: releasability,
            community: community,
            type: type,
            rules: rules
        )
        return InternedLabel(label: label, unknown: [], numbers: numbers, tables: self)
    }

    private static func intersection(_ vectors: [RuleVector]) -> RuleVector {
        var result = vectors[0]
        for vector in vectors.dropFirst() { result &= vector }
        return result
    }

    private static func unknown<Component: LabelComponent>(_ component: Component) -> Refusal {
        .unknownLabel(what: Component.componentName, text: component.rawValue)
    }

    private static func numbers<Component: LabelComponent>(
        of components: [Component],
        in known: Numbered<Component>,
        _ unknown: inout [Refusal]
    ) -> [Int] {
        var numbers: [Int] = []
        for component in components {
            if let number = known.number(of: component) {
                numbers.append(number)
            } else {
                unknown.append(Self.unknown(component))
            }
        }
        return numbers
    }
}
