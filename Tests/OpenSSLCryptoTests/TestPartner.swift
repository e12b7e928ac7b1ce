import OpenSSLCrypto

/// A partner's authorities and certificates, made in code at a fixed time.
struct TestPartner {
    /// 2026-11-22T00:00:00Z, the time at which everything here is current.
    static let now: Int64 = 1_795_305_600
    static let day: Int64 = 86_400

    let host: String
    let rootKey: PrivateKey
    let root: Certificate
    let intermediateKey: PrivateKey
    let intermediate: Certificate

    init(host: String, algorithm: KeyAlgorithm = .p256, rootChange: (inout CertificateTemplate) -> Void = { _ in })
        throws
    {
        self.host = host
        rootKey = try PrivateKey.generate(algorithm)
        var rootTemplate = Self.authority("\(host) root", rootKey.publicKey, pathLength: nil)
        rootTemplate.permittedURIHosts = [host]
        rootChange(&rootTemplate)
        root = try CertificateIssuer.selfSigned(rootTemplate, key: rootKey)
        intermediateKey = try PrivateKey.generate(algorithm)
        intermediate = try CertificateIssuer(certificate: root, key: rootKey)
            .issue(Self.authority("\(host) nodes", intermediateKey.publicKey, pathLength: 0))
    }

    static func authority(_ name: String, _ key: PublicKey, pathLength: Int?) -> CertificateTemplate {
        CertificateTemplate(
            commonName: name,
            organization: "Test partner",
            publicKey: key,
            notBefore: now - 30 * day,
            notAfter: now + 365 * day,
            isCertificateAuthority: true,
            pathLength: pathLength,
            keyUsage: [.keyCertSign, .crlSign]
        )
    }

    /// A node's template: TLS client and server.
    func node(_ key: PublicKey, host: String? = nil) -> CertificateTemplate {
        CertificateTemplate(
            commonName: "node",
            publicKey: key,
            notBefore: Self.now - Self.day,
            notAfter: Self.now + 30 * Self.day,
            keyUsage: .digitalSignature,
            extendedKeyUsage: [.clientAuth, .serverAuth],
            uris: ["spiffe://\(host ?? self.host)/node/one"],
            dnsNames: ["one.\(self.host)"]
        )
    }

    var rootIssuer: CertificateIssuer {
        get throws { try CertificateIssuer(certificate: root, key: rootKey) }
    }

    var issuer: CertificateIssuer {
        get throws { try CertificateIssuer(certificate: intermediate, key: intermediateKey) }
    }

    /// A node's certificate by the intermediate, changed as asked.
    func issueNode(
        algorithm: KeyAlgorithm = .p256,
        _ change: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Certificate {
        var template = node(try PrivateKey.generate(algorithm).publicKey)
        change(&template)
        return try issuer.issue(template)
    }

    /// Current lists of root and intermediate.
    func revocationLists(revoked: [Certificate] = []) throws -> [CertificateRevocationList] {
        let revocations = revoked.map {
            CertificateIssuer.Revocation(
                serialNumber: $0.serialNumber,
                time: Self.now - 60,
                reason: .keyCompromise
            )
        }
        return try [rootIssuer, issuer].map {
            try $0.revocationList(
                number: 7,
                thisUpdate: Self.now - 3_600,
                nextUpdate: Self.now + Self.day,
                revoked: revocations
            )
        }
    }

    func verifier(revoked: [Certificate] = []) throws -> ChainVerifier {
        try ChainVerifier(
            roots: [root],
            intermediates: [intermediate],
            revocationLists: revocationLists(revoked: revoked)
        )
    }
}

extension ChainVerdict {
    /// The chain when accepted.
    var chain: [Certificate]? {
        switch self {
        case .accepted(let chain): chain
        case .refused: nil
        }
    }

    /// The reason when refused.
    var refusal: ChainRefusal? {
        switch self {
        case .accepted: nil
        case .refused(let refusal): refusal
        }
    }
}
