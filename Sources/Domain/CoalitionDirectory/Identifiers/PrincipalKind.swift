/// What a certificate may stand for. The raw value is the first path segment of its SPIFFE ID.
public enum PrincipalKind: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case node
    case mailbox
    case officer
    case `operator`

    public var description: String { rawValue }
}
