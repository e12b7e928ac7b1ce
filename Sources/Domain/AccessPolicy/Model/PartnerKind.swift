/// What sort of participant a partner is.
public enum PartnerKind: String, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    case nation
    case organisation
    case `private`

    public var description: String { rawValue }

    public static func < (left: PartnerKind, right: PartnerKind) -> Bool { left.rawValue < right.rawValue }
}
