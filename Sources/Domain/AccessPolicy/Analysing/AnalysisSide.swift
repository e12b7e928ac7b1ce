/// One of the questions that a diagram answers at once: what one policy says, on one way of the message.
final class AnalysisSide {
    let tables: PolicyTables
    private let place: Int
    /// The rules of which one is to hold, which deny nothing: invariants.
    private let tracked: RuleVector
    private let untracked: RuleVector
    private let denying: RuleVector
    private let permitting: RuleVector
    /// For each layer and behind the last: the rules that no layer from there on has a say on.
    private var settled: [RuleVector]
    /// For each layer: the rules that names from it to the end of its set may satisfy.
    private var askable: [RuleVector]
    var ranks = Interned<[Int32]>()
    private var readIns = Interned<[Bool]>()
    private var memberships = Interned<[[Bool]]>()
    private var spells = Interned<[Bool]>()
    private var ends: [Int: (readIn: Int32, membership: Int32)] = [:]

    /// - Parameters:
    ///   - place: Which number of a layer's values is this side's.
    ///   - tracked: The rules of which one is to hold; where it is nil, none needs to.
    init(_ tables: PolicyTables, _ layers: [AnalysisLayer], place: Int = 0, tracked: RuleVector? = nil) {
        self.tables = tables
        self.place = place
        let rules = tables.rules
        let tracked = tracked ?? RuleVector(wordCount: rules.wordCount)
        self.tracked = tracked
        untracked = ~tracked
        denying = rules.guardrails & untracked
        permitting = rules.agreements
        let none = RuleVector(wordCount: rules.wordCount)
        settled = [RuleVector](repeating: none, count: layers.count + 1)
        askable = [RuleVector](repeating: none, count: layers.count + 1)
        settled[layers.count] = RuleVector(wordCount: rules.wordCount, filledWith: ~0)
        for (number, layer) in layers.enumerated().reversed() {
            settled[number] = settled[number + 1] & silent(on: layer)
            if case .carried(let axis, _, let isLast) = layer.kind {
                if !isLast { askable[number] = askable[number + 1] }
                let name = layer.values[0][place]
                if name >= 0 { askable[number] |= tables.carried[axis.rawValue].askedFor[name] }
            }
        }
    }

    /// The rules that hold whatever value a layer has.
    private func silent(on layer: AnalysisLayer) -> RuleVector {
        var result = RuleVector(wordCount: tables.rules.wordCount, filledWith: ~0)
        switch layer.kind {
        case .word:
            for word in 0..<tables.index.classifications.count {
                result &= tables.vector(of: word, on: .classification)
            }
            for level in 0..<tables.index.count(of: .level) { result &= tables.vector(of: level, on: .level) }
        case .axis(let axis):
            for value in layer.values where value[place] >= 0 { result &= tables.vector(of: value[place], on: axis) }
        case .carried(let axis, _, _):
            let name = layer.values[0][place]
            guard name >= 0 else { return result }
            let table = tables.carried[axis.rawValue]
            result = table.tolerated[name] & table.dispensable[name]
            var careless = ~table.askedFor[name]
            careless |= table.asksForNothing
            result &= careless
        }
        return result
    }

    /// What two ends have in common: compartments that both are read in to, and communities that both are in.
    func common(_ origin: Int, _ destination: Int) -> (readIn: Int32, membership: Int32) {
        let key = origin * tables.index.partners.count + destination
        if let known = ends[key] { return known }
        let index = tables.index
        let facts = tables.facts
        func has(_ table: Table<UInt64>, _ row: Int, _ partner: Int) -> Bool {
            table[row * facts.partnerWords + partner >> 6] >> UInt64(partner & 63) & 1 != 0
        }
        let readIn = (0..<index.compartments.count).map { name in
            has(facts.readIn, name, origin) && has(facts.readIn, name, destination)
        }
        let membership = (0..<index.communities.count).map { community in
            (0..<index.times.count).map { stretch in
                let row = stretch * facts.communityCount + community
                return has(facts.members, row, origin) && has(facts.members, row, destination)
            }
        }
        let common = (
            readIns.number(of: readIn),
            index.communities.count == 0 ? -1 : memberships.number(of: membership)
        )
        ends[key] = common
        return common
    }

    /// The rules that hold where no names can be carried.
    var bare: RuleVector {
        var rules = RuleVector(wordCount: tables.rules.wordCount, filledWith: ~0)
        if tables.index.compartments.count == 0 {
            rules &= tables.carried[CarriedAxis.compartments.rawValue].vector(carrying: [])
        }
        if tables.index.caveats.count == 0 {
            rules &= tables.carried[CarriedAxis.caveats.rawValue].vector(carrying: [])
        }
        return rules
    }

    /// Takes out of a residual what can make no difference from a layer on.
    /// - Returns: nil where the answer is no, whatever the other facts are.
    func settle(_ residual: Residual, before layer: Int) -> Residual? {
        let settled = settled[layer]
        if residual.rules.shares(denying, with: settled) { return nil }
        var residual = residual
        if !residual.isMet {
            guard residual.rules.shares(tracked, with: tracked) else { return nil }
            residual.isMet = residual.rules.shares(tracked, with: settled)
        }
        if residual.isMet { residual.rules &= untracked }
        if !residual.isCovered {
            guard residual.rules.shares(permitting, with: permitting) else { return nil }
            residual.isCovered = residual.rules.shares(permitting, with: settled)
        }
        if residual.isCovered { residual.rules &= tables.rules.guardrails }
        residual.asked &= residual.rules
        return residual
    }

    /// What is left when a layer has one of its values.
    func step(_ residual: Residual, _ layer: AnalysisLayer, _ number: Int, value: Int) -> Residual? {
        let name = layer.values[value][place]
        var next = residual
        switch layer.kind {
        case .word:
            guard name >= 0, take(name, layer.rows[value], into: &next) else { return nil }
        case .axis(.community):
            guard name >= 0 else { return nil }
            next.rules &= tables.vector(of: name, on: .community)
            guard enter(name, &next) else { return nil }
        case .axis(.stretch):
            guard name >= 0, layer.rows[value] == next.ladderRow else { return nil }
            if next.membership >= 0, !spells.values[Int(next.membership)][name] { return nil }
            next.rules &= tables.vector(of: name, on: .stretch)
            next.ladderRow = 0
            next.membership = -1
        case .axis(let axis):
            guard name >= 0 else { return nil }
            next.rules &= tables.vector(of: name, on: axis)
        case .carried(let axis, let isFirst, let isLast):
            let table = tables.carried[axis.rawValue]
            if isFirst { next.asked = table.asksForNothing }
            if value == 1 {
                guard name >= 0 else { return nil }
                if axis == .compartments, next.readIn >= 0, !readIns.values[Int(next.readIn)][name] { return nil }
                next.asked |= table.askedFor[name]
                next.rules &= table.tolerated[name]
            } else if name >= 0 {
                next.rules &= table.dispensable[name]
            }
            var hopeful = next.asked
            if !isLast { hopeful |= askable[number + 1] }
            next.rules &= hopeful
            if isLast {
                next.asked = RuleVector(wordCount: tables.rules.wordCount)
                if axis == .compartments { next.readIn = -1 }
            }
        }
        return settle(next, before: number + 1)
    }

    private func take(_ name: Int, _ row: Int32, into next: inout Residual) -> Bool {
        let words = tables.index.classifications.count
        let rank = ranks.values[Int(next.ranks)][name]
        guard rank != FactTables.notInForce, rank <= next.highest else { return false }
        next.rules &= tables.vector(of: name % words, on: .classification)
        next.rules &= tables.vector(of: rank >= 0 ? Int(rank) : tables.facts.levelCount, on: .level)
        next.ladderRow = row
        next.highest = 0
        next.ranks = 0
        return true
    }

    /// Notes that the label names a community, or none.
    private func enter(_ community: Int, _ next: inout Residual) -> Bool {
        guard next.membership >= 0 else { return true }
        guard community < tables.index.communities.count else {
            next.membership = -1
            return true
        }
        let stretches = memberships.values[Int(next.membership)][community]
        guard stretches.contains(true) else { return false }
        next.membership = spells.number(of: stretches)
        return true
    }

    /// The ranks that several owners together give every word in every stretch of the ladder.
    func ranks(of owners: [Int]) -> [Int32] {
        let facts = tables.facts
        let words = tables.index.classifications.count
        let rows = facts.ownerWordCount == 0 ? 0 : facts.wordRanks.count / facts.ownerWordCount
        return (0..<rows * words).map { place in
            owners.map { owner in
                let word = facts.ownerWords[owner * words + place % words]
                return word < 0
                    ? FactTables.notInForce : facts.wordRanks[place / words * facts.ownerWordCount + Int(word)]
            }.max() ?? FactTables.notInForce
        }
    }
}

extension RuleVector {
    /// Whether it has any rule.
    var isAnything: Bool { words.contains { $0 != 0 } }

    /// Whether it has a rule of some that the other vector has as well.
    func shares(_ some: RuleVector, with other: RuleVector) -> Bool {
        for place in words.indices where words[place] & some.words[place] & other.words[place] != 0 { return true }
        return false
    }
}
