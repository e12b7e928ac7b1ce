/// How two labels stand to each other.
public enum LabelOrder: String, Hashable, Sendable, CaseIterable {
    case equal
    /// The first is at least as restrictive in every respect, and more so in one.
    case dominates
    /// The second is at least as restrictive in every respect, and more so in one.
    case dominated
    /// Each is more restrictive in some respect, or something cannot be compared.
    case incomparable

    /// The order in two respects together.
    func combined(with other: LabelOrder) -> LabelOrder {
        switch (self, other) {
        case (.equal, let order), (let order, .equal): order
        case (.dominates, .dominates): .dominates
        case (.dominated, .dominated): .dominated
        case (.dominates, .dominated), (.dominated, .dominates), (.incomparable, _), (_, .incomparable): .incomparable
        }
    }

    /// The order of two sets, of which the larger one restricts more.
    static func ofRestrictions<Element>(_ left: Set<Element>, _ right: Set<Element>) -> LabelOrder {
        if left == right { return .equal }
        if left.isSuperset(of: right) { return .dominates }
        return left.isSubset(of: right) ? .dominated : .incomparable
    }
}

/// The outcome of a comparison, with the reason for every respect in which the labels differ.
public struct LabelComparison: Hashable, Sendable {
    public let order: LabelOrder
    public let reasons: [String]
}
