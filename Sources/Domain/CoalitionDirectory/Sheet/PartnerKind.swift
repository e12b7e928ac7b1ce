/// What sort of participant a partner is. The raw value stands in sheets and policies.
public enum PartnerKind: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case nation
    case organisation
    case `private`

    public var description: String { rawValue }
}
