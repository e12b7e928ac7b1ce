public import CanonicalEncoding
public import SecurityLabels

/// The common ladder of levels, and what each owner's own words are equivalent to on it.
///
/// The equivalents are a table that people agreed on. Nothing is derived from how many words a nation has.
public struct Ladder: Hashable, Sendable {
    /// The levels, lowest first; a rank is an index into them.
    public let levels: [Classification]
    /// Each owner's words in ascending order with what each is equivalent to, and when; no two spans of a word overlap.
    public let equivalents: [LabelOwner: [Equivalent]]

    /// What one word of an owner is equivalent to for a time.
    public struct Equivalent: Hashable, Sendable {
        public let classification: Classification
        /// The rank of the level; nil for a word that has no place on the ladder, such as one of the Traffic Light Protocol.
        public let rank: Int?
        /// The days on which the equivalence is in force.
        public let dates: DateSpan
    }

    /// Where a word stands.
    public enum Standing: Hashable, Sendable {
        case rank(Int)
        /// The word is known and has no place on the ladder.
        case noLevel
        /// The table has the word, but not for this day.
        case notInForce
        case unknown
    }

    /// Where an owner's word stands at a time.
    public func standing(of classification: Classification, owner: LabelOwner, at time: Timestamp) -> Standing {
        var standing = Standing.unknown
        for word in equivalents[owner, default: []] where word.classification == classification {
            guard word.dates.contains(time) else {
                standing = .notInForce
                continue
            }
            return word.rank.map { .rank($0) } ?? .noLevel
        }
        return standing
    }

    /// Where the word of a label stands at a time; where several owners know it, on the highest of their levels.
    public func standing(of label: ConfidentialityLabel, at time: Timestamp) -> Standing {
        label.owners.map { standing(of: label.classification, owner: $0, at: time) }
            .max { $0.strength < $1.strength } ?? .unknown
    }
}

extension Ladder.Standing {
    /// Orders standings by how much they ask for: a level before none, and any answer before none at all.
    fileprivate var strength: Int {
        switch self {
        case .unknown: -3
        case .notInForce: -2
        case .noLevel: RankSet.noLevel
        case .rank(let rank): rank
        }
    }
}
