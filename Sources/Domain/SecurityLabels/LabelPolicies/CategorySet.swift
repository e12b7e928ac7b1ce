/// What a set of categories demands of whoever holds the information.
public enum CategoryKind: String, Hashable, Sendable, CaseIterable {
    /// All of a label's values must be held.
    case restrictive
    /// At least one of a label's values must be held.
    case permissive
    /// The values inform; access does not depend on them.
    case informative
}

/// Which part of a confidentiality label a category's values stand in.
public enum LabelField: String, Hashable, Sendable, CaseIterable {
    case compartments
    case caveats
    case releasableTo = "releasable-to"
}

/// What a roll-up does with the values of several labels.
public enum RollUpRule: String, Hashable, Sendable, CaseIterable {
    /// The result has every value of every label.
    case unite
    /// The result has the values that every label has.
    case intersect
}

/// What a label says about its audience by naming nobody.
public enum AbsenceMeaning: String, Hashable, Sendable, CaseIterable {
    /// Nothing: it does not restrict.
    case everybody
    /// Nothing yet: as long as nobody has decided, a whole that holds it goes to nobody else.
    case nobody
    /// That it is for its owners, as information of an alliance is for the members.
    case owners
}

/// A set of values that mean the same kind of thing: compartments, handling controls, releasability.
public struct CategorySet: Hashable, Sendable {
    public let name: String
    public let kind: CategoryKind
    public let fills: LabelField
    /// The field of the marking that the values stand in; several sets may share one.
    public let field: String
    /// Words before the values, such as `REL TO`.
    public let lead: MarkingPhrase?
    /// Words after the values, such as `EYES ONLY`.
    public let trail: String?
    /// Whether a value may go on with compartments and sub-compartments, as in `SI-G ABCD`.
    public let isNested: Bool
    /// Whether words that the file does not list may stand among the values.
    public let isOpen: Bool
    /// Whether the words of ``lead`` may stand alone.
    public let mayStandBare: Bool
    public let values: [CategoryValue]
    /// The countries and groups that may be named besides ``values``.
    public let codes: CodeSelection?
    /// What stands between two codes or open words.
    public let between: String
    /// The code that stands first and must be there.
    public let first: String?
    /// How many codes a marking names at least.
    public let least: Int
    /// What holds for every value of the set.
    public let constraints: CategoryConstraints
    public let rollUp: RollUpRule
    /// What a label says that has no value of the set, if the set is permissive.
    public let absence: AbsenceMeaning
    /// The value that says what an empty intersection means, such as `NOFORN`.
    public let whenEmpty: String?
}

/// One value of a category.
public struct CategoryValue: Hashable, Sendable {
    /// The text that stands in the label.
    public let name: String
    public let phrase: MarkingPhrase
    public let constraints: CategoryConstraints
}

/// What else must and must not stand in a label beside a value.
public struct CategoryConstraints: Hashable, Sendable {
    /// The classifications that the value may stand with; empty when any.
    public let classifications: [Classification]
    /// Values and categories of which at least one must stand with this one; empty when none is needed.
    public let needs: [String]
    /// Values and categories that may not stand with this one; this one stays when a roll-up brings them together.
    public let excludes: [String]

    static let none = CategoryConstraints(classifications: [], needs: [], excludes: [])

    var isEmpty: Bool { self == .none }
}
