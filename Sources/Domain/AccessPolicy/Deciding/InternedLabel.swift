public import SecurityLabels

/// A label as numbers of one compiled policy, with the rules that the label alone does not exclude.
///
/// Making one costs more than a decision; keep it where the same label is judged for several recipients.
public struct InternedLabel: Sendable {
    /// Nil where the policy does not know the label.
    let numbers: LabelNumbers?
    let unknown: UnknownLabel?
    let tables: PolicyTables

    /// A label with words that the policy does not know, and which they are.
    final class UnknownLabel: Sendable {
        let label: ConfidentialityLabel
        let refusals: [Refusal]

        init(_ label: ConfidentialityLabel, refusals: [Refusal]) {
            self.label = label
            self.refusals = refusals
        }
    }

    init(_ numbers: LabelNumbers) {
        self.numbers = numbers
        unknown = nil
        tables = numbers.tables
    }

    init(unknown: UnknownLabel, _ tables: PolicyTables) {
        self.unknown = unknown
        numbers = nil
        self.tables = tables
    }

    /// The label that was interned.
    public var label: ConfidentialityLabel {
        // One of the two is there.
        switch (numbers, unknown) {
        case (let numbers?, _): numbers.label
        case (nil, let unknown?): unknown.label
        case (nil, nil): preconditionFailure("an interned label is known or not")
        }
    }

    /// Whether the policy knows every word of the label; one that it does not know is denied.
    public var isKnown: Bool { numbers != nil }
}

extension LabelNumbers {
    /// The label that was made into these numbers.
    var label: ConfidentialityLabel {
        if let source { return source }
        let index = tables.index
        let layout = tables.labelLayout
        func names<Name>(_ numbered: Numbered<Name>, _ start: Int) -> [Name] {
            members(of: start, count: numbered.count).map { numbered.names[$0] }
        }
        return ConfidentialityLabel(
            policy: index.policies.names[Int(policy)],
            orderedOwners: names(index.owners, layout.ownerNames),
            classification: index.classifications.names[Int(classification)],
            orderedCompartments: names(index.compartments, layout.compartments),
            orderedCaveats: names(index.caveats, layout.caveats),
            orderedReleasability: names(index.releasability, layout.codes),
            community: community >= 0 ? index.communities.names[Int(community)] : nil,
            type: type >= 0 ? index.types.names[Int(type)] : nil
        )
    }
}
