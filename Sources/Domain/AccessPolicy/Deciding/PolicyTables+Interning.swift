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
        var header = LabelHeader(
            tables: self,
            label: label,
            policy: number(label.policy, index.policies),
            classification: Int32(index.classifications.number(of: label.classification) ?? -1)
        )
        header.statesReleasability = label.releasableTo != nil
        header.community = label.community.map { number($0, index.communities) } ?? -1
        header.type = label.type.map { number($0, index.types) } ?? -1
        let numbers = LabelNumbers(header)
        func insert<Name: LabelComponent>(_ names: [Name], _ known: Numbered<Name>, _ start: Int) {
            for name in names {
                let number = number(name, known)
                if number >= 0 { numbers.insert(Int(number), into: start) }
            }
        }
        insert([label.owner], index.owners, labelLayout.ownerNames)
        insert(label.coOwners, index.owners, labelLayout.ownerNames)
        insert(label.compartments, index.compartments, labelLayout.compartments)
        insert(label.caveats, index.caveats, labelLayout.caveats)
        insert(label.releasableTo ?? [], index.releasability, labelLayout.codes)
        let ownersAreKnown = label.owners.allSatisfy { index.owners.number(of: $0) != nil }
        if ownersAreKnown, header.classification < 0 || !numbers.finish() {
            unknown.append(Self.unknown(label.classification))
        }
        guard unknown.isEmpty else {
            return InternedLabel(content: .unknown(.init(label, refusals: unknown, tables: self)))
        }
        return InternedLabel(content: .known(numbers))
    }

    private static func unknown<Component: LabelComponent>(_ component: Component) -> Refusal {
        .unknownLabel(what: Component.componentName, text: component.rawValue)
    }
}
