/// What an intermediate of a partner may issue for. Name constraints cannot hold the path of a URI, so the kinds of
/// principal come from separate intermediates and the sheet says which is which.
public enum IssuerRole: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case nodes
    case mailboxes
    case people

    /// The one role whose intermediate may issue for the kind.
    public init(issuing kind: PrincipalKind) {
        switch kind {
        case .node: self = .nodes
        case .mailbox: self = .mailboxes
        case .officer, .operator: self = .people
        }
    }

    public var description: String { rawValue }
}
