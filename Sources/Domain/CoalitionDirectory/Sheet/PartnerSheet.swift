public import CanonicalEncoding
public import OpenSSLCrypto

/// What a partner says about itself: who it is, whom it vouches for, and where its nodes are.
///
/// A value of this type is well formed (names unique and sorted, digests and times in range) but proves nothing: only
/// a ``SignedSheet`` does.
public struct PartnerSheet: Sendable {
    /// The version of the format, and the only one that is read.
    public static let format: Int64 = 1
    /// The largest sheet that is read, in bytes of JSON.
    public static let maximumSize = 4 << 20

    /// The code by which the coalition knows the partner.
    public let code: PartnerCode
    /// The partner's name for people, 1 to 128 printable characters.
    public let name: String
    /// What sort of participant it is.
    public let kind: PartnerKind
    /// Live, or the exercise that this sheet is for.
    public let realm: Realm
    /// The host in all of its SPIFFE IDs in this realm.
    public let trustDomain: TrustDomain
    /// Counts up from 1 with every sheet that the partner signs in this realm.
    public let version: UInt64
    /// The digest of the signed sheet before this one; nil in version 1 only.
    public let previous: SHA256Digest?
    /// When the registrar signed it.
    public let issuedAt: Timestamp
    /// The time from which the sheet counts for nothing.
    public let nextUpdate: Timestamp
    /// Its roots: one, or two while one follows the other.
    public let roots: [Certificate]
    /// What issues under the roots, and for whom.
    public let intermediates: [Intermediate]
    /// One list of every root and intermediate.
    public let revocationLists: [CertificateRevocationList]
    /// Sorted by name.
    public let nodes: [Node]
    /// Sorted by name.
    public let mailboxes: [Mailbox]
    /// Sorted by name.
    public let officers: [Officer]

    /// A certificate authority of the partner below its root, and what it may issue for.
    public struct Intermediate: Hashable, Sendable {
        /// Whom it may issue for.
        public let role: IssuerRole
        /// Its certificate.
        public let certificate: Certificate

        /// An intermediate with its role.
        public init(role: IssuerRole, certificate: Certificate) {
            self.role = role
            self.certificate = certificate
        }
    }

    /// A node that the partner runs, where it listens, and the key that verifies its log.
    public struct Node: Hashable, Sendable {
        /// Its name, which its SPIFFE ID ends with.
        public let name: NodeName
        /// Where it listens.
        public let endpoint: Endpoint
        /// What verifies its log.
        public let log: LogVerifierKey

        /// A node at its endpoint.
        public init(name: NodeName, endpoint: Endpoint, log: LogVerifierKey) {
            self.name = name
            self.endpoint = endpoint
            self.log = log
        }
    }

    /// A mailbox of the partner, the node that holds it, and its certificates, preferred one first.
    public struct Mailbox: Hashable, Sendable {
        /// Its name, which its SPIFFE ID ends with.
        public let name: MailboxName
        /// The node of the same sheet that holds it.
        public let homeNode: NodeName
        /// What its signatures are verified with, preferred one first.
        public let signingCertificates: [Certificate]
        /// What is encrypted to it, preferred one first.
        public let encryptionCertificates: [Certificate]

        /// A mailbox at its node.
        public init(
            name: MailboxName,
            homeNode: NodeName,
            signingCertificates: [Certificate],
            encryptionCertificates: [Certificate]
        ) {
            self.name = name
            self.homeNode = homeNode
            self.signingCertificates = signingCertificates
            self.encryptionCertificates = encryptionCertificates
        }
    }

    /// An officer of the partner, whose signature on sheets or policies others check.
    public struct Officer: Hashable, Sendable {
        /// The name that the SPIFFE ID ends with.
        public let name: PersonName
        /// What the signatures are verified with, preferred one first.
        public let certificates: [Certificate]

        /// An officer with certificates.
        public init(name: PersonName, certificates: [Certificate]) {
            self.name = name
            self.certificates = certificates
        }
    }

    /// Sorts what has an order and refuses what does not belong together.
    /// Throws: ``SheetError`` with the code `malformed`.
    public init(
        code: PartnerCode,
        name: String,
        kind: PartnerKind,
        realm: Realm,
        trustDomain: TrustDomain,
        version: UInt64,
        previous: SHA256Digest?,
        issuedAt: Timestamp,
        nextUpdate: Timestamp,
        roots: [Certificate],
        intermediates: [Intermediate],
        revocationLists: [CertificateRevocationList],
        nodes: [Node],
        mailboxes: [Mailbox],
        officers: [Officer]
    ) throws(SheetError) {
        self.code = code
        self.name = name
        self.kind = kind
        self.realm = realm
        self.trustDomain = trustDomain
        self.version = version
        self.previous = previous
        self.issuedAt = issuedAt
        self.nextUpdate = nextUpdate
        self.roots = roots
        self.intermediates = intermediates
        self.revocationLists = revocationLists
        self.nodes = nodes.sorted { $0.name < $1.name }
        self.mailboxes = mailboxes.sorted { $0.name < $1.name }
        self.officers = officers.sorted { $0.name < $1.name }
        try checkForm()
    }

    /// The SPIFFE ID that a principal of this partner has.
    public func id(_ principal: Principal) -> SPIFFEID {
        SPIFFEID(trustDomain: trustDomain, principal: principal)
    }

    /// The origin that the log of a node must have: `gbr.example/node/gbr-1`.
    public func logOrigin(of node: NodeName) -> String { "\(trustDomain)/node/\(node)" }
}
