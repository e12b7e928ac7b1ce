public import SecurityLabels

/// The common ladder of levels, and what each owner's own words are equivalent to on it.
///
/// The equivalents are a table that people agreed on. Nothing is derived from how many words a nation has.
public struct Ladder: Hashable, Sendable {
    /// The levels, lowest first; a rank is an index into them.
    public let levels: [Classification]
    /// Each owner's words in ascending order with the rank that each is equivalent to.
    public let equivalents: [LabelOwner: [Equivalent]]

    public struct Equivalent: Hashable, Sendable {
        public let classification: Classification
        public let rank: Int
    }

    /// The rank of an owner's word; nil when the table does not have it.
    public func rank(of classification: Classification, owner: LabelOwner) -> Int? {
        equivalents[owner]?.first { $0.classification == classification }?.rank
    }
}
