public import CanonicalEncoding
public import OpenSSLCrypto

extension CertificateProfile {
    /// How far back certificates and revocation lists are dated, in seconds: as far as clocks may differ.
    public static let backdating: Int64 = 2 * 3600

    /// The organisation in the subject of a partner's certificates: the code, and the exercise's name when there is one.
    public static func organisation(of partner: PartnerCode, in realm: Realm) -> String {
        switch realm {
        case .live: partner.rawValue
        case .exercise(let name): "\(partner) exercise \(name)"
        }
    }

    /// The template of a partner's root.
    public static func rootTemplate(
        of partner: PartnerCode,
        in realm: Realm,
        trustDomain: TrustDomain,
        publicKey: PublicKey,
        at time: Timestamp
    ) -> CertificateTemplate {
        var template = CertificateProfile.root.template(
            commonName: "\(partner) root",
            of: partner,
            in: realm,
            publicKey: publicKey,
            at: time
        )
        template.permittedURIHosts = [trustDomain.rawValue]
        return template
    }

    /// The template of a partner's intermediate.
    public static func intermediateTemplate(
        _ role: IssuerRole,
        of partner: PartnerCode,
        in realm: Realm,
        publicKey: PublicKey,
        issuer: Certificate,
        at time: Timestamp
    ) -> CertificateTemplate {
        CertificateProfile.intermediate(role)
            .template(commonName: "\(partner) \(role) CA", of: partner, in: realm, publicKey: publicKey, at: time)
            .within(issuer)
    }

    /// The template of a principal's certificate. The profile is one for principals of that kind.
    public func template(
        for id: SPIFFEID,
        of partner: PartnerCode,
        in realm: Realm,
        publicKey: PublicKey,
        issuer: Certificate,
        at time: Timestamp
    ) -> CertificateTemplate {
        var template = template(commonName: id.name, of: partner, in: realm, publicKey: publicKey, at: time)
        template.uris = [id.description]
        return template.within(issuer)
    }

    private func template(
        commonName: String,
        of partner: PartnerCode,
        in realm: Realm,
        publicKey: PublicKey,
        at time: Timestamp
    ) -> CertificateTemplate {
        let notBefore = time.secondsSinceEpoch - Self.backdating
        return CertificateTemplate(
            commonName: commonName,
            organization: Self.organisation(of: partner, in: realm),
            publicKey: publicKey,
            notBefore: notBefore,
            notAfter: notBefore + lifetime * 86_400,
            isCertificateAuthority: pathLength != nil,
            pathLength: pathLength,
            keyUsage: keyUsage,
            extendedKeyUsage: extendedKeyUsage ?? []
        )
    }
}

extension CertificateTemplate {
    /// The template with a validity that lies within the issuer's.
    fileprivate func within(_ issuer: Certificate) -> CertificateTemplate {
        var template = self
        template.notBefore = max(notBefore, issuer.notBefore)
        template.notAfter = min(notAfter, issuer.notAfter)
        return template
    }
}
