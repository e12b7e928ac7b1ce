import CanonicalEncoding
import SecurityLabels

/// The ways from one partner to another as functions of one diagram: whether something flows, by node at either end, by
/// mailbox and by step, and then by every fact of label and message.
struct FlowWays {
    let sides: [AnalysisSide]
    let layers: FlowLayers
    let diagram: DecisionDiagram
    let steps: [AccessAction]
    private let nodes: [PolicyRealm: [PolicyPartner: [PolicyNode]]]
    private let mailboxes: [PolicyPartner: [PolicyMailbox]]

    // The layers that come before those of the diagram.
    private static let mailbox = -4
    private static let holderNode = -3
    private static let recipientNode = -2
    private static let step = -1

    /// - Parameter steps: The steps that are told apart; at least one.
    init(
        _ tables: [PolicyTables],
        at time: Timestamp? = nil,
        fixing label: ConfidentialityLabel? = nil,
        steps: [AccessAction],
        _ question: DecisionDiagram.Question
    ) {
        layers = FlowLayers(tables, at: time, fixing: label)
        var sides: [AnalysisSide] = []
        for (place, tables) in tables.enumerated() {
            sides.append(AnalysisSide(tables, layers.layers, place: place))
        }
        self.sides = sides
        self.steps = steps
        diagram = DecisionDiagram(layers.layers, sides, question)
        var nodes: [PolicyRealm: [PolicyPartner: Set<PolicyNode>]] = [:]
        for index in tables.map(\.index) {
            for (node, facts) in zip(index.nodes.names, index.nodeFacts) {
                nodes[facts.realm, default: [:]][facts.partner, default: []].insert(node)
            }
        }
        self.nodes = nodes.mapValues { $0.mapValues { $0.sorted() } }
        let named = Set(tables.flatMap(\.index.mailboxes.names))
        mailboxes = Dictionary(grouping: named.sorted(), by: \.partner)
    }

    /// Whether something flows from one partner to another, for labels of these owners.
    func function(
        from origin: PolicyPartner,
        to recipient: PolicyPartner,
        of owners: [LabelOwner],
        in realm: PolicyRealm,
        _ residual: (AnalysisSide, FlowEnds) -> Residual? = { $0.flow($1) }
    ) -> Int32 {
        let mailboxes = [nil] + mailboxes[recipient, default: []].map { Optional($0) }
        return diagram.choice(
            Self.mailbox,
            mailboxes.map { mailbox in
                diagram.choice(
                    Self.holderNode,
                    nodes(of: origin, realm).map { originNode in
                        diagram.choice(
                            Self.recipientNode,
                            nodes(of: recipient, realm).map { recipientNode in
                                diagram.choice(
                                    Self.step,
                                    steps.map { step in
                                        let ends = FlowEnds(
                                            step: step,
                                            origin: origin,
                                            originNode: originNode,
                                            recipient: recipient,
                                            recipientNode: recipientNode,
                                            mailbox: mailbox,
                                            owners: owners,
                                            realm: realm
                                        )
                                        return diagram.node(sides.map { residual($0, ends) })
                                    }
                                )
                            }
                        )
                    }
                )
            }
        )
    }

    /// Whether a function asks for something that is of one pair of partners alone, so that the same function means
    /// another thing between others.
    func isOfPartners(_ function: Int32) -> Bool { diagram.asking(function).map { $0.layer < Self.step } ?? false }

    /// The alternatives of a function in words.
    func conditions(
        _ function: Int32,
        from origin: PolicyPartner,
        to recipient: PolicyPartner,
        of owner: LabelOwner,
        in realm: PolicyRealm,
        _ cover: inout DecisionCover
    ) -> [FlowCondition] {
        cover.alternatives(function).map { alternative in
            var facts: [FlowCondition.Fact] = []
            for (layer, values) in alternative.values.sorted(by: { $0.key < $1.key }) {
                let others = Set(0..<alternative.counts[layer, default: 0]).subtracting(values)
                func fact(_ subject: FlowCondition.Subject, _ names: (Set<Int>) -> [String]) -> FlowCondition.Fact {
                    .init(
                        subject,
                        values: names(values),
                        excluded: names(others),
                        stretch: layer >= 0 ? layers.stretch(layer, values) : nil
                    )
                }
                switch layer {
                case Self.mailbox:
                    let names = mailboxes[recipient, default: []].map(\.description)
                    facts.append(fact(.mailbox) { $0.sorted().map { $0 == 0 ? "any other" : names[$0 - 1] } })
                case Self.holderNode:
                    let names = nodes(of: origin, realm).map { $0?.rawValue ?? "" }
                    facts.append(fact(.holderNode) { $0.sorted().map { names[$0] } })
                case Self.recipientNode:
                    let names = nodes(of: recipient, realm).map { $0?.rawValue ?? "" }
                    facts.append(fact(.recipientNode) { $0.sorted().map { names[$0] } })
                case Self.step: facts.append(fact(.step) { $0.sorted().map { steps[$0].rawValue } })
                case 0: facts += words(values, others, of: owner)
                default:
                    guard case .carried = layers.layers[layer].kind else {
                        facts.append(fact(layers.fact(of: layer).subject) { layers.words(layer, $0) })
                        continue
                    }
                }
            }
            facts += [FlowCondition.Subject.compartments, .caveats].compactMap { carried($0, alternative) }
            return FlowCondition(facts: facts.sorted { $0.subject < $1.subject })
        }.sorted { $0.order < $1.order }
    }

    /// A classification by its levels, where it is one of all words of the owner at some levels, whatever the day.
    private func words(_ values: Set<Int>, _ others: Set<Int>, of owner: LabelOwner) -> [FlowCondition.Fact] {
        let ranks = sides.map { side in
            side.tables.index.owners.number(of: owner).map { side.ranks(of: [$0]) } ?? []
        }
        /// The level of a word that both policies agree on; nil where they do not, and for a word that neither has.
        func levels(_ value: Int) -> Set<Int32> {
            var levels: Set<Int32> = []
            for (place, number) in layers.layers[0].values[value].enumerated() where number >= 0 {
                guard number < ranks[place].count, ranks[place][number] != FactTables.notInForce else { continue }
                levels.insert(ranks[place][number])
            }
            return levels
        }
        let inside = values.map(levels)
        let outside = others.map(levels)
        let named = FlowCondition.Fact(
            .classification,
            values: layers.words(0, values),
            excluded: layers.words(0, others)
        )
        let ladders = Set(sides.map(\.tables.policy.ladder.levels))
        guard ladders.count == 1, let ladder = ladders.first, inside.allSatisfy({ $0.count < 2 }) else {
            return [named]
        }
        let ranksInside = Set(inside.joined())
        let ranksOutside = Set(outside.joined())
        guard ranksInside.isDisjoint(with: ranksOutside), !ranksInside.isEmpty,
            !ranksInside.contains(Int32(RankSet.noLevel))
        else { return [named] }
        if ranksOutside.isEmpty { return [] }
        func names(_ ranks: Set<Int32>) -> [String] {
            ranks.sorted().filter { $0 >= 0 }.map { ladder[Int($0)].rawValue }
        }
        return [
            .init(
                .level,
                values: names(ranksInside),
                excluded: names(ranksOutside),
                stretch: RankSet(ranksInside.map { Int($0) }).words(ladder.map(\.rawValue))
            )
        ]
    }

    /// The names of one kind that an alternative speaks of, as one fact.
    private func carried(
        _ subject: FlowCondition.Subject,
        _ alternative: DecisionCover.Alternative
    ) -> FlowCondition.Fact? {
        var with: [String] = []
        var without: [String] = []
        var count = 0
        for layer in layers.layers.indices where layers.fact(of: layer).subject == subject {
            count += 1
            guard let values = alternative.values[layer] else { continue }
            if values.contains(1) {
                with.append(layers.fact(of: layer).names[0])
            } else {
                without.append(layers.fact(of: layer).names[0])
            }
        }
        guard !with.isEmpty || !without.isEmpty else { return nil }
        return .init(
            subject,
            values: with,
            excluded: without,
            isWhole: with.count + without.count == count
        )
    }

    /// The nodes that a partner has in a realm; none but one without a name where it has none.
    private func nodes(of partner: PolicyPartner, _ realm: PolicyRealm) -> [PolicyNode?] {
        nodes[realm]?[partner]?.map { Optional($0) } ?? [nil]
    }
}

extension FlowCondition {
    /// Conditions with fewer facts come first.
    fileprivate var order: (Int, String) { (facts.count, description) }
}
