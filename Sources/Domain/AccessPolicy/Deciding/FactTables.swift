import SecurityLabels

/// What the built-in guardrails look up: ceilings, accreditations, memberships and read-ins, by number.
struct FactTables: Sendable {
    /// How many machine words hold one bit for each partner.
    let partnerWords: Int
    let realmCount: Int
    let partnerCount: Int
    let nodeCount: Int
    let mailboxCount: Int
    let communityCount: Int
    let classificationCount: Int
    let typeCount: Int
    let levelCount: Int
    let ceilings: Table<Int32>
    let nodePartners: Table<Int32>
    let nodeRanks: Table<Int32>
    let nodeRealms: Table<Int32>
    /// At `partner * realms + realm`: the highest accreditation among the partner's nodes there, -1 without one.
    let bestRanks: Table<Int32>
    /// One bit for each partner.
    let suspended: Table<UInt64>
    /// At `(stretch * communities + community) * partnerWords`: the members.
    let members: Table<UInt64>
    /// At `compartment * partnerWords`: the partners that are read in.
    let readIn: Table<UInt64>
    /// At `code * partnerWords`: the partners that a code after `REL TO` means.
    let releases: Table<UInt64>
    /// For each owner the partner that it is, or -1 for a group.
    let ownerPartners: Table<Int32>
    /// At `owner * classifications + classification`: the number of the owner's word, or -1.
    let ownerWords: Table<Int32>
    let ownerWordCount: Int
    /// For each stretch of the policy's times, the row of `wordRanks` that holds in it.
    let rankRows: Table<Int32>
    /// At `row * ownerWordCount + word`: the rank, -1 for no level, -2 while the word is not in force.
    let wordRanks: Table<Int32>

    static let notInForce: Int32 = -2

    init(_ index: PolicyIndex, _ memory: TableMemory) {
        let policy = index.policy
        let partners = index.partners.names
        partnerWords = max(1, (partners.count + 63) / 64)
        realmCount = index.realms.count
        partnerCount = partners.count
        mailboxCount = index.mailboxes.count
        nodeCount = index.nodes.count
        communityCount = index.communities.count
        classificationCount = index.classifications.count
        typeCount = index.types.count
        levelCount = policy.ladder.levels.count
        ceilings = memory.table(index.partnerFacts.map { Int32($0.ceiling) })
        nodePartners = memory.table(index.nodeFacts.map { Int32(index.partners.number(of: $0.partner) ?? -1) })
        nodeRanks = memory.table(index.nodeFacts.map { Int32($0.accreditation) })
        nodeRealms = memory.table(index.nodeFacts.map { Int32(index.realms.number(of: $0.realm) ?? -1) })
        let bestRanks = partners.flatMap { partner in
            index.realms.names.map { realm in
                index.nodeFacts.filter { $0.partner == partner && $0.realm == realm }
                    .map { Int32($0.accreditation) }.max() ?? -1
            }
        }
        self.bestRanks = memory.table(bestRanks)
        func bits(_ holds: (Int) -> Bool) -> [UInt64] {
            var bits = [UInt64](repeating: 0, count: max(1, (partners.count + 63) / 64))
            for partner in partners.indices where holds(partner) { bits[partner >> 6] |= 1 << UInt64(partner & 63) }
            return bits
        }
        suspended = memory.table(bits { index.partnerFacts[$0].isSuspended })
        let members = (0..<index.times.count).flatMap { stretch in
            let moment = index.times.moment(in: stretch)
            return index.communities.names.flatMap { community in
                let present = policy.communities[community, default: []].filter { $0.dates.contains(moment) }
                let codes = Set(present.map(\.partner))
                return bits { codes.contains(partners[$0]) }
            }
        }
        self.members = memory.table(members)
        let readIn = index.compartments.names.flatMap { name in
            bits { index.partnerFacts[$0].compartments.contains(name) }
        }
        self.readIn = memory.table(readIn)
        let releases = index.releasability.names.flatMap { code in
            bits { policy.names(code.rawValue, partner: partners[$0]) }
        }
        self.releases = memory.table(releases)
        let ownerCodes = index.owners.names
        ownerPartners = memory.table(
            ownerCodes.map { Int32(index.partners.number(of: PolicyPartner($0.rawValue)) ?? -1) }
        )

        var ownerWords: [Int32] = []
        var pairs: [(LabelOwner, Classification)] = []
        for owner in ownerCodes {
            let known = Set(policy.ladder.equivalents[owner, default: []].map(\.classification))
            for word in index.classifications.names {
                ownerWords.append(known.contains(word) ? Int32(pairs.count) : -1)
                if known.contains(word) { pairs.append((owner, word)) }
            }
        }
        self.ownerWords = memory.table(ownerWords)
        ownerWordCount = pairs.count
        // Equivalents seldom change: one row for each stretch of their own dates, and not of everybody's.
        let ladderTimes = TimeIndex(policy.ladder.equivalents.values.joined().map(\.dates), memory)
        rankRows = memory.table(
            (0..<index.times.count).map { Int32(ladderTimes.stretch(at: index.times.moment(in: $0))) }
        )
        let wordRanks = (0..<ladderTimes.count).flatMap { stretch in
            pairs.map { owner, word in
                switch policy.ladder.standing(of: word, owner: owner, at: ladderTimes.moment(in: stretch)) {
                case .rank(let rank): Int32(rank)
                case .noLevel: Int32(RankSet.noLevel)
                case .notInForce, .unknown: Self.notInForce
                }
            }
        }
        self.wordRanks = memory.table(wordRanks)
    }
}
