/// Who a certificate stands for, within its trust domain.
public enum Principal: Hashable, Sendable {
    case node(NodeName)
    case mailbox(MailboxName)
    case officer(PersonName)
    case `operator`(PersonName)

    /// Reads a name as the kind wants it.
    public init(kind: PrincipalKind, name: String) throws(IdentifierError) {
        switch kind {
        case .node: self = .node(try NodeName(name))
        case .mailbox: self = .mailbox(try MailboxName(name))
        case .officer: self = .officer(try PersonName(name))
        case .operator: self = .operator(try PersonName(name))
        }
    }

    /// What the certificate stands for.
    public var kind: PrincipalKind {
        switch self {
        case .node: .node
        case .mailbox: .mailbox
        case .officer: .officer
        case .operator: .operator
        }
    }

    /// The name, whatever the kind.
    public var name: String {
        switch self {
        case .node(let name): name.rawValue
        case .mailbox(let name): name.rawValue
        case .officer(let name), .operator(let name): name.rawValue
        }
    }
}
