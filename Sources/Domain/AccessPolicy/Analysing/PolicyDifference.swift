import CanonicalEncoding
public import SecurityLabels

/// In what two policies differ: the parts that say something else, and the flows that open and close by it.
///
/// The flows are exact, over all labels of one owner, all times, and all nodes. A flow is a step of a message from one
/// partner to another: its release by the origin, its passing on by a hub, or its acceptance by the destination. Steps
/// within one partner and the ways between several hubs are not looked at.
public struct PolicyDifference: Hashable, Sendable {
    /// Flows that change in the same way, so that hundreds of them are a few lines.
    public struct Group: Hashable, Sendable {
        public let ends: [End]
        /// The cases in which the flows open; any one of them is enough.
        public let opens: [FlowCondition]
        public let closes: [FlowCondition]
    }

    /// Who sends whose information to whom.
    public struct End: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        public let owner: LabelOwner
        public let realm: PolicyRealm
    }

    /// The parts that differ, rules first.
    public let changes: [PolicyChange]
    /// The most flows first.
    public let groups: [Group]

    /// Whether the policies mean the same, texts for people included: they have one hash.
    public var isEmpty: Bool { changes.isEmpty }

    /// The flows that open in some case, and those that close; a flow may do both.
    public var opened: [End] { groups.filter { !$0.opens.isEmpty }.flatMap(\.ends) }
    public var closed: [End] { groups.filter { !$0.closes.isEmpty }.flatMap(\.ends) }

    /// Compares two policies.
    public init(from old: Policy, to new: Policy) {
        changes = PolicyChange.changes(from: old, to: new)
        guard !changes.isEmpty else {
            groups = []
            return
        }
        var comparison = PolicyComparison(old, new)
        groups = comparison.groups()
    }
}

/// Reads the flows that two policies judge differently off the diagram.
private struct PolicyComparison {
    private let ways: FlowWays
    private let partners: [PolicyPartner]
    private let owners: [LabelOwner]
    private let realms: [PolicyRealm]
    private var cover: DecisionCover

    /// The cases in words, which are the same for flows whose functions differ in the words of their owners alone.
    private struct Answer: Hashable {
        let opens: [FlowCondition]
        let closes: [FlowCondition]
    }

    private struct Question: Hashable {
        let function: Int32
        let owner: LabelOwner
        /// nil where the function is of no two partners alone.
        let origin: PolicyPartner?
        let recipient: PolicyPartner?
    }

    init(_ old: Policy, _ new: Policy) {
        let tables = [PolicyTables(old), PolicyTables(new)]
        let indices = tables.map(\.index)
        ways = FlowWays(tables, steps: [.release, .relay, .accept], .difference)
        partners = Set(indices.flatMap(\.partners.names)).sorted()
        owners = Set(indices.flatMap(\.owners.names)).sorted()
        realms = Set(indices.flatMap(\.realms.names)).sorted()
        cover = DecisionCover(ways.diagram)
    }

    mutating func groups() -> [PolicyDifference.Group] {
        var known: [Question: Answer] = [:]
        var order: [Answer] = []
        var groups: [Answer: [PolicyDifference.End]] = [:]
        for realm in realms {
            for origin in partners {
                for recipient in partners where recipient != origin {
                    for owner in owners {
                        let function = ways.function(from: origin, to: recipient, of: [owner], in: realm)
                        guard function != 0 else { continue }
                        let isOfPartners = ways.isOfPartners(function)
                        let question = Question(
                            function: function,
                            owner: owner,
                            origin: isOfPartners ? origin : nil,
                            recipient: isOfPartners ? recipient : nil
                        )
                        let end = PolicyDifference.End(
                            origin: origin,
                            recipient: recipient,
                            owner: owner,
                            realm: realm
                        )
                        let answer = known[question] ?? answer(function, end)
                        known[question] = answer
                        if groups[answer] == nil { order.append(answer) }
                        groups[answer, default: []].append(end)
                    }
                }
            }
        }
        let all = order.map {
            PolicyDifference.Group(ends: groups[$0, default: []], opens: $0.opens, closes: $0.closes)
        }
        return all.enumerated().sorted {
            ($1.element.ends.count, $0.offset) < ($0.element.ends.count, $1.offset)
        }.map(\.element)
    }

    /// In the diagram 1 stands for what the old policy alone allows, 2 for what the new one alone does.
    private mutating func answer(_ function: Int32, _ end: PolicyDifference.End) -> Answer {
        func cases(_ answer: Int32, _ cover: inout DecisionCover) -> [FlowCondition] {
            ways.conditions(
                ways.diagram.function(function, where: answer),
                from: end.origin,
                to: end.recipient,
                of: end.owner,
                in: end.realm,
                &cover
            )
        }
        return Answer(opens: cases(2, &cover), closes: cases(1, &cover))
    }
}
