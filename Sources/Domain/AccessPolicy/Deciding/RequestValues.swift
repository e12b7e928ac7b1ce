import CanonicalEncoding

/// The values that a request has on every axis, judged from origin to destination.
struct RequestValues {
    private let axes: [[Int]]
    private let sets: [[Int]]

    /// One value, or several for a label of several owners.
    func values(on axis: Axis) -> [Int] { axes[axis.rawValue] }

    func carried(_ axis: CarriedAxis) -> [Int] { sets[axis.rawValue] }

    /// - Returns: nil where the label's classification is not in force at the time.
    init?(_ label: LabelNumbers, _ request: RequestNumbers, at time: Timestamp) {
        let tables = label.tables
        let index = tables.index
        let layout = tables.labelLayout
        let stretch = index.times.stretch(at: time)
        let rank = tables.rank(of: label, stretch)
        guard rank != FactTables.notInForce else { return nil }
        func party(_ partner: Int32) -> Int {
            Int(partner) * 2 + (label.contains(Int(partner), in: layout.owners) ? 1 : 0)
        }
        func node(_ node: Int32, _ partner: Int32) -> Int {
            node >= 0 ? Int(node) : index.nodes.count + Int(partner)
        }
        axes = Axis.allCases.map { axis in
            switch axis {
            case .action: [request.action.number]
            case .precedence: [Int(request.precedence)]
            case .realm: [Int(request.realm)]
            case .link: [Int(request.link)]
            case .age: [tables.age(since: request.originated, at: time)]
            case .expiry: [tables.expiry(request.expires, at: time)]
            case .stretch: [stretch]
            case .mailbox: [Int(request.mailbox)]
            case .holder: [party(request.origin)]
            case .recipient: [party(request.destination)]
            case .holderNode: [node(request.originNode, request.origin)]
            case .recipientNode: [node(request.destinationNode, request.destination)]
            case .owner: label.members(of: layout.ownerNames, count: index.owners.count)
            case .classification: [Int(label.classification)]
            case .level: [rank >= 0 ? Int(rank) : index.policy.ladder.levels.count]
            case .releasability: [(label.statesReleasability ? StatedReleasability.named : .unstated).number]
            case .community:
                [label.community >= 0 ? Int(label.community) : index.communities.count]
            case .type: [label.type >= 0 ? Int(label.type) : index.types.count]
            }
        }
        sets = CarriedAxis.allCases.map { axis in
            switch axis {
            case .compartments: label.members(of: layout.compartments, count: index.compartments.count)
            case .caveats: label.members(of: layout.caveats, count: index.caveats.count)
            }
        }
    }
}
