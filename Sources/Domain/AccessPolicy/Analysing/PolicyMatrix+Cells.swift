public import SecurityLabels

extension PolicyMatrix {
    /// What may go from one partner to another, in short.
    public struct Cell: Hashable, Sendable {
        public let origin: PolicyPartner
        public let recipient: PolicyPartner
        /// The highest level at which every plain label flows, whoever of the matrix' owners it is of; nil for none.
        public let free: Classification?
        /// The highest level at which some label flows; nil for none.
        public let highest: Classification?
        /// How many words without a level flow in some case.
        public let unranked: Int
        /// Whether every plain label with one of these words flows, whoever of the owners it is of.
        public let isUnrankedFree: Bool
        public let flows: [Flow]

        public var isEmpty: Bool { flows.isEmpty }
    }

    /// The cells of the matrix, row by row, without those of a partner and itself.
    public var cells: [Cell] {
        struct Way: Hashable {
            let origin: PolicyPartner
            let recipient: PolicyPartner
        }
        let open = Dictionary(grouping: flows) { Way(origin: $0.origin, recipient: $0.recipient) }
        return holders.flatMap { origin in
            recipients.filter { $0 != origin }.map { recipient in
                let flows = open[Way(origin: origin, recipient: recipient), default: []]
                let unranked = Set(flows.filter { $0.level == nil }.map(\.classification))
                return Cell(
                    origin: origin,
                    recipient: recipient,
                    free: levels.last { level in isFree(flows, origin) { $0.level == level } },
                    highest: levels.last { level in flows.contains { $0.level == level } },
                    unranked: unranked.count,
                    isUnrankedFree: isFree(flows, origin) { $0.level == nil && unranked.contains($0.classification) },
                    flows: flows
                )
            }
        }
    }

    /// Whether every plain label with some of the words flows, whoever of the owners it is of.
    private func isFree(_ flows: [Flow], _ origin: PolicyPartner, _ isAsked: (Word) -> Bool) -> Bool {
        let asked = words.filter { isAsked($0) && (!filter.isOwnAlone || $0.owner.rawValue == origin.rawValue) }
        let free = flows.filter(\.isFree)
            .map { Word(owner: $0.owner, classification: $0.classification, level: $0.level) }
        return !asked.isEmpty && Set(asked).isSubset(of: free)
    }

    /// The cell in a few letters: `C S*` for freely up to C and in some cases up to S, `+2*` for two words without
    /// a level in some cases.
    public func text(of cell: Cell) -> String {
        var parts: [String] = []
        if let free = cell.free { parts.append(letters(of: free)) }
        if let highest = cell.highest, highest != cell.free { parts.append("\(letters(of: highest))*") }
        if cell.unranked > 0 { parts.append("+\(cell.unranked)\(cell.isUnrankedFree ? "" : "*")") }
        return parts.isEmpty ? "-" : parts.joined(separator: " ")
    }

    /// The cell in words.
    public func words(of cell: Cell) -> String {
        var parts: [String] = []
        if let free = cell.free { parts.append("\(free) freely") }
        if let highest = cell.highest, highest != cell.free { parts.append("up to \(highest) in some cases") }
        if cell.unranked > 0 {
            let words = cell.unranked == 1 ? "1 word" : "\(cell.unranked) words"
            parts.append("\(words) without a level\(cell.isUnrankedFree ? " freely" : " in some cases")")
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    /// The first letters of a level's words; its whole name where another level has the same.
    public func letters(of level: Classification) -> String {
        func letters(_ level: Classification) -> String {
            String(level.rawValue.split { $0 == " " || $0 == "-" }.compactMap(\.first))
        }
        let all = levels.map(letters)
        return Set(all).count == all.count ? letters(level) : level.rawValue
    }
}
