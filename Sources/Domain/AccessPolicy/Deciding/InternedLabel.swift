public import SecurityLabels

/// A label as numbers of one compiled policy, with the rules that the label alone does not exclude.
///
/// Making one costs more than a decision; keep it where the same label is judged for several recipients.
public struct InternedLabel: Sendable {
    let content: Content

    enum Content: Sendable {
        case known(LabelNumbers)
        case unknown(UnknownLabel)
    }

    /// A label with words that the policy does not know, and which they are.
    final class UnknownLabel: Sendable {
        let label: ConfidentialityLabel
        let refusals: [Refusal]
        let tables: PolicyTables

        init(_ label: ConfidentialityLabel, refusals: [Refusal], tables: PolicyTables) {
            self.label = label
            self.refusals = refusals
            self.tables = tables
        }
    }

    /// The label that was interned.
    public var label: ConfidentialityLabel {
        switch content {
        case .known(let numbers): numbers.label
        case .unknown(let unknown): unknown.label
        }
    }

    /// Whether the policy knows every word of the label; one that it does not know is denied.
    public var isKnown: Bool {
        switch content {
        case .known: true
        case .unknown: false
        }
    }

    var tables: PolicyTables {
        switch content {
        case .known(let numbers): numbers.header.tables
        case .unknown(let unknown): unknown.tables
        }
    }
}

extension LabelNumbers {
    /// The label that was made into these numbers.
    var label: ConfidentialityLabel {
        if let label = header.label { return label }
        let index = header.tables.index
        let layout = header.tables.labelLayout
        func names<Name>(_ numbered: Numbered<Name>, _ start: Int) -> [Name] {
            members(of: start, count: numbered.count).map { numbered.names[$0] }
        }
        return ConfidentialityLabel(
            policy: index.policies.names[Int(header.policy)],
            orderedOwners: names(index.owners, layout.ownerNames),
            classification: index.classifications.names[Int(header.classification)],
            orderedCompartments: names(index.compartments, layout.compartments),
            orderedCaveats: names(index.caveats, layout.caveats),
            orderedReleasability: names(index.releasability, layout.codes),
            community: header.community >= 0 ? index.communities.names[Int(header.community)] : nil,
            type: header.type >= 0 ? index.types.names[Int(header.type)] : nil
        )
    }
}
