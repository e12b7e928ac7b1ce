import SecurityLabels

extension PolicyTables {
    func intern(_ label: ConfidentialityLabel) -> InternedLabel {
        var unknown: [Refusal] = []
        func number<Name: LabelComponent>(_ name: Name, _ known: Numbered<Name>) -> Int32 {
            guard let number = known.number(of: name) else {
                unknown.append(Self.unknown(name))
                return -1
            }
            return Int32(number)
        }
        let numbers = LabelNumbers(
            label,
            policy: number(label.policy, index.policies),
            classification: Int32(index.classifications.number(of: label.classification) ?? -1),
            self
        )
        numbers.statesReleasability = label.releasableTo != nil
        if let community = label.community { numbers.community = number(community, index.communities) }
        if let type = label.type { numbers.type = number(type, index.types) }
        func insert<Name: LabelComponent>(_ names: [Name], _ known: Numbered<Name>, _ start: Int) {
            for name in names {
                let number = number(name, known)
                if number >= 0 { numbers.insert(Int(number), into: start) }
            }
        }
        let owner = number(label.owner, index.owners)
        if owner >= 0 { numbers.insert(Int(owner), into: labelLayout.ownerNames) }
        var ownersAreKnown = owner >= 0
        for coOwner in label.coOwners {
            let number = number(coOwner, index.owners)
            if number >= 0 { numbers.insert(Int(number), into: labelLayout.ownerNames) }
            ownersAreKnown = ownersAreKnown && number >= 0
        }
        insert(label.compartments, index.compartments, labelLayout.compartments)
        insert(label.caveats, index.caveats, labelLayout.caveats)
        insert(label.releasableTo ?? [], index.releasability, labelLayout.codes)
        if ownersAreKnown, numbers.classification < 0 || !numbers.finish() {
            unknown.append(Self.unknown(label.classification))
        }
        guard unknown.isEmpty else {
            return InternedLabel(unknown: .init(label, refusals: unknown, self))
        }
        return InternedLabel(numbers)
    }

    private static func unknown<Component: LabelComponent>(_ component: Component) -> Refusal {
        .unknownLabel(what: Component.componentName, text: component.rawValue)
    }
}
