public import OpenSSLCrypto

/// The kinds of certificate of a partner, and what each must look like. `Certs/README.md` says the same in words.
///
/// Usages are compared for equality: a certificate that may do more than its profile says is refused.
public enum CertificateProfile: Hashable, Sendable {
    case root
    case intermediate(IssuerRole)
    case node
    case mailboxSigning
    case mailboxEncryption
    case officer
    case `operator`

    /// The profile of the certificate with which a principal of the kind takes part in TLS or signs.
    public init(connecting kind: PrincipalKind) {
        switch kind {
        case .node: self = .node
        case .mailbox: self = .mailboxSigning
        case .officer: self = .officer
        case .operator: self = .operator
        }
    }

    /// The name of the profile for people.
    public var title: String {
        switch self {
        case .root: "root certificate"
        case .intermediate(let role): "intermediate certificate for \(role)"
        case .node: "node certificate"
        case .mailboxSigning: "mailbox signing certificate"
        case .mailboxEncryption: "mailbox encryption certificate"
        case .officer: "officer certificate"
        case .operator: "operator certificate"
        }
    }

    /// The role of the intermediate that issues such certificates; nil for roots and intermediates.
    public var issuer: IssuerRole? {
        switch self {
        case .root, .intermediate: nil
        case .node: .nodes
        case .mailboxSigning, .mailboxEncryption: .mailboxes
        case .officer, .operator: .people
        }
    }

    /// The key usage extension, critical in all of them.
    public var keyUsage: KeyUsage {
        switch self {
        case .root, .intermediate: [.keyCertSign, .crlSign]
        case .node, .mailboxSigning, .officer, .operator: [.digitalSignature]
        case .mailboxEncryption: [.keyAgreement]
        }
    }

    /// The extended key usage extension; nil when there is none.
    public var extendedKeyUsage: [ExtendedKeyUsage]? {
        switch self {
        case .root, .intermediate: nil
        case .node: [.serverAuth, .clientAuth]
        case .mailboxSigning: [.clientAuth, .emailProtection]
        case .mailboxEncryption, .officer: [.emailProtection]
        case .operator: [.clientAuth]
        }
    }

    /// How many authorities may stand below; nil for certificates that are no authority.
    public var pathLength: Int? {
        switch self {
        case .root: 1
        case .intermediate: 0
        case .node, .mailboxSigning, .mailboxEncryption, .officer, .operator: nil
        }
    }

    /// How long certificates are issued for, in days.
    public var lifetime: Int64 {
        switch self {
        case .root: 3650
        case .intermediate: 1825
        case .node: 397
        case .mailboxSigning, .mailboxEncryption, .officer, .operator: 730
        }
    }

    /// What OpenSSL is asked to check the chain for. Usages are compared by ``check(_:)`` besides.
    var purpose: ChainVerifier.Purpose {
        switch self {
        case .root, .intermediate: .any
        case .node: .tlsServer
        case .mailboxSigning, .officer: .cmsSigning
        case .mailboxEncryption: .keyAgreement
        case .operator: .tlsClient
        }
    }
}
