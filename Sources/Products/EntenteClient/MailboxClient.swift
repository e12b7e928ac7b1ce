public import CanonicalEncoding
public import CoalitionDirectory
import NIOOpenSSL
import OpenSSLCrypto

/// A partner's system at its own node, as one of the node's mailboxes: submit, receive, verify, decrypt, acknowledge.
///
/// The node is not trusted with more than it must be. The client verifies the partners' sheets itself, for whoever serves
/// them could otherwise swap encryption keys; it checks that the node's log holds what the node says; and it shows nothing
/// of a message before signature, tag, binding and commitment hold.
///
/// All methods may be called from any task at the same time; they share one connection.
public final class MailboxClient: Sendable {
    let credentials: MailboxCredentials
    let connection: NodeConnection
    let sheets: AcceptedSheets
    let retryDelays: [Duration]
    let clock: @Sendable () -> Timestamp

    /// Takes up the sheets that were accepted before. Nothing is sent yet.
    ///
    /// - Throws: ``ClientError`` when there is no sheet of the own partner, a kept sheet no longer holds, or the
    ///   credentials are of no use.
    public init(
        _ configuration: MailboxClientConfiguration,
        clock: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws(ClientError) {
        let address = configuration.credentials.address
        let sheets = try AcceptedSheets(
            folder: SheetFolder(path: configuration.sheetFolder, realm: configuration.realm),
            pins: configuration.roots.mapValues { $0.map(\.fingerprint) },
            given: configuration.sheets,
            at: clock()
        )
        guard sheets.directory.partner(address.partner) != nil else {
            throw .directory(.noOwnSheet(address.partner))
        }
        guard sheets.directory.homeNode(of: address) != nil else { throw .directory(.noOwnMailbox(address)) }
        credentials = configuration.credentials
        self.sheets = sheets
        retryDelays = configuration.retryDelays
        self.clock = clock
        connection = try NodeConnection(
            endpoint: configuration.node,
            credentials: configuration.credentials,
            profile: configuration.profile
        ) { chain in
            Self.judge(chain, of: address, in: sheets.directory, at: clock())
        }
    }

    /// The mailbox that the client acts as.
    public var address: MailboxAddress { credentials.address }

    /// The coalition as the accepted sheets describe it.
    public var directory: Directory { sheets.directory }

    /// Ends the connection; the client cannot be used again.
    public func close() async { await connection.close() }

    /// The node that holds the own mailbox.
    func homeNode() throws(ClientError) -> NodeRecord {
        guard let node = directory.homeNode(of: address) else { throw .directory(.noOwnMailbox(address)) }
        return node
    }

    /// Whether a server is the own node: not merely some node of the coalition.
    private static func judge(
        _ chain: [Certificate],
        of address: MailboxAddress,
        in directory: Directory,
        at now: Timestamp
    ) -> PeerVerdict<AuthenticatedPrincipal> {
        switch directory.authenticate(presentedChain: chain, purpose: .tlsServer, at: now) {
        case .accepted(let principal):
            guard let node = directory.homeNode(of: address), node.id == principal.id else {
                let expected = directory.homeNode(of: address)?.id.description ?? "none"
                return .refused(
                    PeerRefusal(
                        code: "unexpected-node",
                        detail: "expected the node `\(expected)`, which holds `\(address)`, got `\(principal.id)`",
                        alert: .certificateUnknown
                    )
                )
            }
            return .accepted(principal)
        case .refused(let refusal):
            return .refused(
                PeerRefusal(code: refusal.code.rawValue, detail: refusal.detail, alert: refusal.code.alert)
            )
        }
    }
}

extension IdentityRefusal.Code {
    /// What a refused node is told.
    fileprivate var alert: PeerRefusal.Alert {
        switch self {
        case .expired, .notYetValid: .certificateExpired
        case .revoked: .certificateRevoked
        case .unknownTrustDomain, .unknownIssuer: .unknownCA
        case .noCertificate, .noSPIFFEID, .manyURIs, .invalidSPIFFEID, .nameConstraint, .wrongUsage, .wrongKey,
            .badSignature, .invalidCertificate:
            .badCertificate
        case .wrongRealm, .sheetExpired, .wrongIssuer, .wrongKind, .notInDirectory, .revocationListMissing,
            .revocationListExpired, .revocationListNotYetValid:
            .certificateUnknown
        }
    }
}
