public import CanonicalEncoding
public import SecurityLabels

/// Who may get what from whom at one time; exactly, by analysis of every label of one owner.
///
/// What may flow is what the origin may release, from any of its nodes in the realm to any of the recipient's.
public struct PolicyMatrix: Hashable, Sendable {
    /// What may go from one partner to another of one owner's information with one classification.
    public struct Flow: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        public let owner: LabelOwner
        public let classification: Classification
        /// The level on the common ladder; nil for a word without one.
        public let level: Classification?
        /// Whether every plain label may go: one without compartment, caveat and community, whatever its type and
        /// releasability, at any precedence, age and time to expiry, over any link, by any node, to any mailbox.
        public let isFree: Bool
        /// In which cases it flows; any one of them is enough.
        public let conditions: [FlowCondition]
    }

    /// A word that some owner of the matrix uses at the time.
    public struct Word: Hashable, Sendable {
        public let owner: LabelOwner
        public let classification: Classification
        /// nil for a word without a level.
        public let level: Classification?
    }

    public let policy: LabelPolicyName
    public let time: Timestamp
    public let realm: PolicyRealm
    /// The common ladder, lowest first.
    public let levels: [Classification]
    /// What the matrix was narrowed to.
    public let filter: MatrixFilter
    /// The partners of the rows and of the columns, ascending.
    public let holders: [PolicyPartner]
    public let recipients: [PolicyPartner]
    /// Every word that the matrix is about, by owner, lowest first.
    public let words: [Word]
    /// In ascending order of origin, recipient and owner, words lowest first.
    public let flows: [Flow]

    /// Every flow that is open at a time, of those that a filter asks for.
    public init(_ policy: Policy, at time: Timestamp, realm: PolicyRealm = .live, filter: MatrixFilter = .init()) {
        var reading = MatrixReading(policy, at: time, realm: realm, filter)
        self.policy = policy.name
        self.time = time
        self.realm = realm
        self.filter = filter
        levels = policy.ladder.levels
        let partners = policy.partners.keys.sorted()
        holders = partners.filter { filter.holders.isEmpty || filter.holders.contains($0) }
        recipients = partners.filter { filter.recipients.isEmpty || filter.recipients.contains($0) }
        words = reading.words
        var flows: [Flow] = []
        for origin in holders {
            for recipient in recipients where recipient != origin {
                flows += reading.flows(from: origin, to: recipient)
            }
        }
        self.flows = flows
    }
}

/// What a matrix is narrowed to; an empty list does not narrow.
public struct MatrixFilter: Hashable, Sendable {
    public var holders: [PolicyPartner] = []
    public var recipients: [PolicyPartner] = []
    public var owners: [LabelOwner] = []
    /// Whether a holder's own information alone is looked at.
    public var isOwnAlone = false
    public var levels: [Classification] = []
    public var types: [MessageType] = []
    public var communities: [CommunityName] = []

    /// Everything.
    public init() {}
}

/// Reads the flows of a matrix off the diagram.
private struct MatrixReading {
    let words: [PolicyMatrix.Word]
    private let ways: FlowWays
    private let realm: PolicyRealm
    private let filter: MatrixFilter
    private let wordLayer: [Classification: Int]
    private let typeLayer: Int?
    private let communityLayer: Int?
    private let types: Set<Int>
    private let communities: Set<Int>
    private var cover: DecisionCover
    private var known: [Int32: (isFree: Bool, conditions: [FlowCondition])] = [:]

    init(_ policy: Policy, at time: Timestamp, realm: PolicyRealm, _ filter: MatrixFilter) {
        let tables = PolicyTables(policy)
        let index = tables.index
        let ways = FlowWays([tables], at: time, steps: [.release], .agreement)
        self.ways = ways
        self.realm = realm
        self.filter = filter
        cover = DecisionCover(ways.diagram)
        var words: [PolicyMatrix.Word] = []
        for owner in index.owners.names where filter.owners.isEmpty || filter.owners.contains(owner) {
            let known = Set(policy.ladder.equivalents[owner, default: []].map(\.classification)).sorted()
            let standing = known.compactMap { word -> (rank: Int, word: PolicyMatrix.Word)? in
                switch policy.ladder.standing(of: word, owner: owner, at: time) {
                case .rank(let rank):
                    let level = policy.ladder.levels[rank]
                    guard filter.levels.isEmpty || filter.levels.contains(level) else { return nil }
                    return (rank, .init(owner: owner, classification: word, level: level))
                case .noLevel:
                    guard filter.levels.isEmpty else { return nil }
                    return (policy.ladder.levels.count, .init(owner: owner, classification: word, level: nil))
                case .notInForce, .unknown: return nil
                }
            }
            words += standing.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
                .map(\.element.word)
        }
        self.words = words
        wordLayer = Dictionary(uniqueKeysWithValues: zip(index.classifications.names, 0...))
        // In the layers of types and communities, none comes first.
        typeLayer = filter.types.isEmpty ? nil : ways.layers.place(of: .type)
        types = Set(filter.types.compactMap { index.types.number(of: $0).map { $0 + 1 } })
        communityLayer = ways.layers.place(of: .community)
        communities = Set(filter.communities.compactMap { index.communities.number(of: $0).map { $0 + 1 } })
    }

    mutating func flows(from origin: PolicyPartner, to recipient: PolicyPartner) -> [PolicyMatrix.Flow] {
        var functions: [LabelOwner: Int32] = [:]
        var flows: [PolicyMatrix.Flow] = []
        for word in words where !filter.isOwnAlone || word.owner.rawValue == origin.rawValue {
            let whole =
                functions[word.owner] ?? ways.function(from: origin, to: recipient, of: [word.owner], in: realm)
            functions[word.owner] = whole
            guard let value = wordLayer[word.classification] else { continue }
            let function = narrowed(ways.diagram.fixing(whole) { $0 == 0 ? value : nil })
            guard function != 0 else { continue }
            let answer = answer(function, from: origin, to: recipient, of: word.owner)
            flows.append(
                .init(
                    origin: origin,
                    recipient: recipient,
                    owner: word.owner,
                    classification: word.classification,
                    level: word.level,
                    isFree: answer.isFree,
                    conditions: answer.conditions
                )
            )
        }
        return flows
    }

    private mutating func answer(
        _ function: Int32,
        from origin: PolicyPartner,
        to recipient: PolicyPartner,
        of owner: LabelOwner
    ) -> (isFree: Bool, conditions: [FlowCondition]) {
        let isOfPartners = ways.isOfPartners(function)
        if !isOfPartners, let known = known[function] { return known }
        let conditions = ways.conditions(function, from: origin, to: recipient, of: owner, in: realm, &cover)
        let answer = (isFree(function), conditions)
        if !isOfPartners { known[function] = answer }
        return answer
    }

    /// The function with the types and communities alone that are asked for.
    private func narrowed(_ function: Int32) -> Int32 {
        let diagram = ways.diagram
        var function = function
        for (layer, values) in [(typeLayer, types), (communityLayer, communities)] {
            guard let layer, !values.isEmpty else { continue }
            function = values.count == 1 ? diagram.fixing(function) { $0 == layer ? values.first : nil } : function
            guard values.count > 1 else { continue }
            let count = ways.layers.layers[layer].values.count
            function = diagram.both(
                function,
                diagram.choice(layer, (0..<count).map { values.contains($0) ? 1 : 0 })
            )
        }
        return function
    }

    /// Whether every plain label flows; where types or communities are asked for, every such label.
    private func isFree(_ function: Int32) -> Bool {
        let diagram = ways.diagram
        let plain = diagram.fixing(function) { layer in
            guard layer >= 0 else { return nil }
            if case .carried = ways.layers.layers[layer].kind { return 0 }
            return layer == communityLayer && communities.isEmpty ? 0 : nil
        }
        var asked: Int32 = 1
        for (layer, values) in [(communityLayer, communities), (typeLayer, types)] {
            guard let layer, values.count > 1 else { continue }
            let count = ways.layers.layers[layer].values.count
            let choice = diagram.choice(layer, (0..<count).map { values.contains($0) ? 1 : 0 })
            asked = diagram.both(asked, choice)
        }
        return diagram.without(asked, plain) == 0
    }
}
