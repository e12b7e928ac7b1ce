/// Whether a label says to whom its owner releases it.
public enum StatedReleasability: String, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    /// The label says `REL TO`.
    case named
    /// The label says nothing about it, which does not mean everybody.
    case unstated

    /// The value's place among all, for tables.
    var number: Int {
        switch self {
        case .named: 0
        case .unstated: 1
        }
    }

    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
