/// What a new certificate shall say; its issuer adds its own name, the key identifiers and the signature.
public struct CertificateTemplate: Sendable {
    /// The subject's common name; at most 64 characters (RFC 5280 appendix A.1, ub-common-name).
    public var commonName: String
    /// The subject's organisation, or nil; at most 64 characters.
    public var organization: String?
    /// The key to certify.
    public var publicKey: PublicKey
    /// The serial number, big-endian, 1 to 20 bytes and positive; nil for 16 random bytes.
    public var serialNumber: [UInt8]?
    /// The first second of validity, in seconds since 1970.
    public var notBefore: Int64
    /// The end of validity, in seconds since 1970.
    public var notAfter: Int64
    /// Whether the holder may issue certificates.
    public var isCertificateAuthority: Bool
    /// How many authorities may stand below this one; nil without a limit. For authorities only.
    public var pathLength: Int?
    /// What the key may be used for; empty for no such extension.
    public var keyUsage: KeyUsage
    /// The purposes of the key; empty for no such extension.
    public var extendedKeyUsage: [ExtendedKeyUsage]
    /// The URIs of the subjectAltName.
    public var uris: [String]
    /// The DNS names of the subjectAltName.
    public var dnsNames: [String]
    /// The URI hosts that certificates below this authority are bound to; empty for no such extension.
    public var permittedURIHosts: [String]

    /// A template; everything but name, key and validity may be left out.
    public init(
        commonName: String,
        organization: String? = nil,
        publicKey: PublicKey,
        serialNumber: [UInt8]? = nil,
        notBefore: Int64,
        notAfter: Int64,
        isCertificateAuthority: Bool = false,
        pathLength: Int? = nil,
        keyUsage: KeyUsage = [],
        extendedKeyUsage: [ExtendedKeyUsage] = [],
        uris: [String] = [],
        dnsNames: [String] = [],
        permittedURIHosts: [String] = []
    ) {
        self.commonName = commonName
        self.organization = organization
        self.publicKey = publicKey
        self.serialNumber = serialNumber
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.isCertificateAuthority = isCertificateAuthority
        self.pathLength = pathLength
        self.keyUsage = keyUsage
        self.extendedKeyUsage = extendedKeyUsage
        self.uris = uris
        self.dnsNames = dnsNames
        self.permittedURIHosts = permittedURIHosts
    }
}
