/// The sets of owners of a label that matter for a question, given which of the partners that take part are owners.
///
/// An owner that takes no part only ever makes a guardrail more and an agreement less likely to hold. So of those, two are
/// enough: one that gives the classification its level, and one that makes an invariant's condition on owners hold.
struct OwnerChoices {
    private let tables: PolicyTables
    private let side: AnalysisSide
    private let tracked: RuleVector
    /// For each partner its number as an owner.
    private let ownerOfPartner: [Int?]
    private var ranksOfOwners: [[Int]: Int32] = [:]
    private var known: [[Int]: [OwnerChoice]] = [:]

    struct OwnerChoice {
        let owners: [Int]
        let rules: RuleVector
        let ranks: Int32
    }

    init(_ tables: PolicyTables, _ side: AnalysisSide, tracked: RuleVector) {
        self.tables = tables
        self.side = side
        self.tracked = tracked
        ownerOfPartner = (0..<tables.index.partners.count).map { partner in
            (0..<tables.index.owners.count).first { tables.facts.ownerPartners[$0] == Int32(partner) }
        }
    }

    /// The number of a partner as an owner of labels, if it has a ladder.
    func owner(_ partner: Int) -> Int? { ownerOfPartner[partner] }

    /// The sets that hold the owners among the partners, and no other of the partners.
    mutating func choices(owning: [Int], of partners: [Int]) -> [OwnerChoice] {
        let key = owning + [-1] + partners
        if let choices = known[key] { return choices }
        let inside = owning.compactMap { owner($0) }
        let excluded = Set(partners.compactMap { owner($0) })
        let others = (0..<tables.index.owners.count).filter { !excluded.contains($0) }
        var sets: [[Int]] = inside.isEmpty ? [] : [inside]
        for other in others where inside.isEmpty || ranks(inside + [other]) != ranks(inside) {
            sets.append(inside + [other])
        }
        if inside.isEmpty {
            // Owners that no decision can tell apart are one.
            var seen: Set<[[UInt64]]> = []
            sets = sets.filter { set in
                let ranks = UInt64(bitPattern: Int64(ranks(set)))
                return seen.insert([tables.vector(of: set[0], on: .owner).words, [ranks]]).inserted
            }
        }
        func met(_ set: [Int]) -> RuleVector {
            var met = RuleVector(wordCount: tables.rules.wordCount)
            for owner in set { met |= tables.vector(of: owner, on: .owner) }
            return met & tracked
        }
        for set in sets + (inside.isEmpty ? [] : [inside]) {
            let missing = ~met(set)
            for other in others where !set.contains(other) && (met([other]) & missing).isAnything {
                sets.append(set + [other])
            }
        }
        let choices = sets.map { set in
            OwnerChoice(
                owners: set,
                rules: tables.rules.oneOrAll(set.map { tables.vector(of: $0, on: .owner) }),
                ranks: ranks(set)
            )
        }
        known[key] = choices
        return choices
    }

    private mutating func ranks(_ owners: [Int]) -> Int32 {
        if let number = ranksOfOwners[owners] { return number }
        let number = side.ranks.number(of: side.ranks(of: owners))
        ranksOfOwners[owners] = number
        return number
    }
}
