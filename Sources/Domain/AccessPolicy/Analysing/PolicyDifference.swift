public import SecurityLabels

/// What one policy lets out and another does not; exactly, over all labels of one owner and all times.
///
/// A flow is a release from one partner to another, whatever their nodes, of a label with one owner.
public struct PolicyDifference: Hashable, Sendable {
    /// Flows that change in the same way, so that hundreds of them are a few lines.
    public struct Group: Hashable, Sendable {
        public let ends: [End]
        /// The labels and circumstances in which the flow opens; any one of them is enough.
        public let opens: [Change]
        public let closes: [Change]
    }

    /// Who sends whose information to whom.
    public struct End: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        public let owner: LabelOwner
        public let realm: PolicyRealm
        /// nil stands for any mailbox that no rule names.
        public let mailbox: PolicyMailbox?
    }

    /// Facts that all hold; what is not named makes no difference.
    public struct Change: Hashable, Sendable {
        /// The facts in order, each with the values that it may have.
        public let facts: [Fact]
    }

    /// One fact and the values that it may have.
    public struct Fact: Hashable, Sendable {
        public let subject: String
        public let values: [String]
    }

    /// The most flows first.
    public let groups: [Group]

    public var isEmpty: Bool { groups.isEmpty }

    /// Compares two policies.
    public init(from old: Policy, to new: Policy) {
        var comparison = PolicyComparison(old, new)
        groups = comparison.groups()
    }
}

/// Builds the diagram of the requests that two policies answer differently.
private struct PolicyComparison {
    private let old: AnalysisSide
    private let new: AnalysisSide
    private let diagram: DecisionDiagram
    private let names: [[String]]
    private let subjects: [String]

    init(_ oldPolicy: Policy, _ newPolicy: Policy) {
        let oldTables = PolicyTables(oldPolicy)
        let newTables = PolicyTables(newPolicy)
        let (layers, names, subjects) = AnalysisLayer.layers(of: oldTables, and: newTables)
        self.names = names
        self.subjects = subjects
        old = AnalysisSide(oldTables, layers, place: 0)
        new = AnalysisSide(newTables, layers, place: 1)
        diagram = DecisionDiagram(layers, [old, new], .difference)
    }

    mutating func groups() -> [PolicyDifference.Group] {
        var ends: [Int32: [PolicyDifference.End]] = [:]
        for end in everyEnd() {
            let residuals = [old, new].map {
                $0.release(from: end.origin, to: end.recipient, of: end.owner, mailbox: end.mailbox, in: end.realm)
            }
            let node = diagram.node(residuals)
            if node != 0 { ends[node, default: []].append(end) }
        }
        return ends.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { node, ends in
            PolicyDifference.Group(ends: ends, opens: changes(node, answer: 2), closes: changes(node, answer: 1))
        }
    }

    private func everyEnd() -> [PolicyDifference.End] {
        let indices = [old.tables.index, new.tables.index]
        let partners = Set(indices.flatMap(\.partners.names)).sorted()
        let owners = Set(indices.flatMap(\.owners.names)).sorted()
        let realms = Set(indices.flatMap(\.realms.names)).sorted()
        let mailboxes = Set(indices.flatMap(\.mailboxes.names)).sorted()
        var ends: [PolicyDifference.End] = []
        for origin in partners {
            for recipient in partners where recipient != origin {
                let named = mailboxes.filter { $0.partner == recipient }
                for mailbox in [nil] + named.map({ Optional($0) }) {
                    for realm in realms {
                        for owner in owners {
                            ends.append(
                                .init(
                                    origin: origin,
                                    recipient: recipient,
                                    owner: owner,
                                    realm: realm,
                                    mailbox: mailbox
                                )
                            )
                        }
                    }
                }
            }
        }
        return ends
    }

    /// Every way from a node to an answer, values with the same successor together.
    private func changes(_ number: Int32, answer: Int32) -> [PolicyDifference.Change] {
        if number == answer { return [PolicyDifference.Change(facts: [])] }
        guard let node = diagram.asking(number) else { return [] }
        var changes: [PolicyDifference.Change] = []
        var seen: Set<Int32> = []
        for successor in node.successors where seen.insert(successor).inserted {
            var values: [String] = []
            for (value, other) in node.successors.enumerated() where other == successor {
                let name = names[node.layer][value]
                if !values.contains(name) { values.append(name) }
            }
            let fact = PolicyDifference.Fact(subject: subjects[node.layer], values: values)
            for rest in self.changes(successor, answer: answer) {
                changes.append(PolicyDifference.Change(facts: [fact] + rest.facts))
            }
        }
        return changes
    }
}
