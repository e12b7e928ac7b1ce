public import SecurityLabels

/// A label as numbers of one compiled policy, with the rules that the label alone does not exclude.
///
/// Making one costs more than a decision; keep it where the same label is judged for several recipients.
public struct InternedLabel: Sendable {
    // One reference, for a label is handed on with every request.
    private enum Content {
        case known(LabelNumbers)
        case unknown(UnknownLabel)
    }

    private let content: Content

    /// A label with words that the policy does not know, and which they are.
    final class UnknownLabel: Sendable {
        let label: ConfidentialityLabel
        let refusals: [Refusal]
        let tables: PolicyTables

        init(_ label: ConfidentialityLabel, refusals: [Refusal], _ tables: PolicyTables) {
            self.label = label
            self.refusals = refusals
            self.tables = tables
        }
    }

    init(_ numbers: LabelNumbers) {
        content = .known(numbers)
    }

    init(unknown: UnknownLabel) {
        content = .unknown(unknown)
    }

    /// Nil where the policy does not know the label.
    var numbers: LabelNumbers? {
        guard case .known(let numbers) = content else { return nil }
        return numbers
    }

    var unknown: UnknownLabel? {
        guard case .unknown(let unknown) = content else { return nil }
        return unknown
    }

    var tables: PolicyTables {
        switch content {
        case .known(let numbers): numbers.tables
        case .unknown(let unknown): unknown.tables
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
    public var isKnown: Bool { unknown == nil }
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
