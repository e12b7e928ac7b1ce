extension LabelNumbers {
    /// Adds a number to one of the label's own sets; before ``finish()`` only.
    func insert(_ number: Int, into start: Int) {
        words[start + number >> 6] |= 1 << UInt64(number & 63)
    }

    /// Derives from the label's own words which partners may have it and which rules it does not exclude.
    /// - Returns: Whether an owner has the classification word; without one the numbers are not to be used.
    func finish() -> Bool {
        guard readOwners(tables.labelLayout, tables.facts) else { return false }
        derivePartners(tables.labelLayout, tables.facts)
        deriveRules(tables.labelLayout, tables.facts, tables.rows)
        return true
    }

    /// Notes the owners' partners and the one owner's word.
    private func readOwners(_ layout: LabelLayout, _ facts: FactTables) -> Bool {
        let classification = Int(classification)
        var count = 0
        var known = 0
        var word: Int32 = -1
        for owner in BitNumbers(words + layout.ownerNames, count: layout.compartments - layout.ownerNames) {
            let partner = Int(facts.ownerPartners[owner])
            if partner >= 0 { insert(partner, into: layout.owners) }
            let ownWord = facts.ownerWords[owner * facts.classificationCount + classification]
            count += 1
            if ownWord >= 0 {
                known += 1
                word = ownWord
            }
        }
        ownerWord = count == 1 ? word : -1
        return known > 0
    }

    private func derivePartners(_ layout: LabelLayout, _ facts: FactTables) {
        let width = facts.partnerWords
        for word in 0..<width { words[layout.readIn + word] = ~0 }
        for name in BitNumbers(words + layout.compartments, count: layout.caveats - layout.compartments) {
            for word in 0..<width { words[layout.readIn + word] &= facts.readIn[name * width + word] }
        }
        guard statesReleasability else {
            for word in 0..<width { words[layout.releasable + word] = ~0 }
            return
        }
        // The owner always counts as named.
        for word in 0..<width { words[layout.releasable + word] = words[layout.owners + word] }
        for code in BitNumbers(words + layout.codes, count: layout.count - layout.codes) {
            for word in 0..<width { words[layout.releasable + word] |= facts.releases[code * width + word] }
        }
    }

    private func deriveRules(_ layout: LabelLayout, _ facts: FactTables, _ places: RuleRows) {
        let rows = places.words
        let width = places.wordCount
        func row(_ start: Int, _ value: Int) -> Int { start + value * width }
        let classification = row(places.classification, Int(self.classification))
        let releasability = row(
            places.releasability,
            (statesReleasability ? StatedReleasability.named : .unstated).number
        )
        let community = row(
            places.community,
            self.community >= 0 ? Int(self.community) : facts.communityCount
        )
        let type = row(places.type, self.type >= 0 ? Int(self.type) : facts.typeCount)
        for word in 0..<width {
            var some: UInt64 = 0
            var all: UInt64 = ~0
            for owner in BitNumbers(words + layout.ownerNames, count: layout.compartments - layout.ownerNames) {
                some |= rows[row(places.owner, owner) + word]
                all &= rows[row(places.owner, owner) + word]
            }
            words[word] =
                (some & rows[places.guardrails + word] | all & rows[places.agreements + word])
                & rows[classification + word] & rows[releasability + word] & rows[community + word]
                & rows[type + word]
        }
        let compartments = BitNumbers(words + layout.compartments, count: layout.caveats - layout.compartments)
        restrict(width, rows, places.compartments, compartments)
        restrict(width, rows, places.caveats, BitNumbers(words + layout.caveats, count: layout.codes - layout.caveats))
    }

    /// Takes away the rules that a set of names excludes.
    private func restrict(_ width: Int, _ rows: Table<UInt64>, _ carried: CarriedRows, _ names: BitNumbers) {
        for word in 0..<width {
            var asked = rows[carried.asksForNothing + word]
            var others: UInt64 = ~0
            for name in names {
                asked |= rows[carried.askedFor + name * width + word]
                others &= rows[carried.tolerated + name * width + word]
            }
            for place in 0..<carried.required.count where !names.contains(carried.required[place]) {
                let name = carried.required[place]
                others &= rows[carried.dispensable + name * width + word]
            }
            words[word] &= asked & others
        }
    }
}

/// The numbers of the bits that are set in a stretch of machine words, ascending.
struct BitNumbers: Sequence, IteratorProtocol {
    private let words: UnsafePointer<UInt64>
    private let count: Int
    private var word = 0
    private var bits: UInt64

    init(_ words: UnsafePointer<UInt64>, count: Int) {
        self.words = words
        self.count = count
        bits = count > 0 ? words[0] : 0
    }

    init(_ words: UnsafeMutablePointer<UInt64>, count: Int) {
        self.init(UnsafePointer(words), count: count)
    }

    mutating func next() -> Int? {
        while bits == 0 {
            word += 1
            guard word < count else { return nil }
            bits = words[word]
        }
        let number = word * 64 + bits.trailingZeroBitCount
        bits &= bits - 1
        return number
    }

    func contains(_ number: Int) -> Bool { words[number >> 6] & (1 << UInt64(number & 63)) != 0 }
}
