public import OpenSSLCrypto

extension CertificateProfile {
    /// The profile that a certificate follows, by its identity and usage. Intermediates of all roles look the same: the
    /// sheet says which is which, and here they are those of nodes.
    ///
    /// - Throws: ``IdentityRefusal`` with the first thing in which it differs from the profile that it comes nearest to.
    public init(followedBy certificate: Certificate) throws(IdentityRefusal) {
        if certificate.isCertificateAuthority {
            self = certificate.isSelfIssued ? .root : .intermediate(.nodes)
        } else {
            switch try Directory.identity(of: certificate).kind {
            case .node: self = .node
            case .mailbox: self = certificate.keyUsage == .keyAgreement ? .mailboxEncryption : .mailboxSigning
            case .officer: self = .officer
            case .operator: self = .operator
            }
        }
        try check(certificate)
    }

    /// Refuses a certificate that is not what the profile says; looks at no signature, time or name.
    public func check(_ certificate: Certificate) throws(IdentityRefusal) {
        let subject = certificate.subject
        switch certificate.publicKey.algorithm {
        case .p256, .p384: break
        case .ed25519:
            throw IdentityRefusal(.wrongKey, "\(subject): expected a P-256 or P-384 key, got Ed25519")
        }
        let key = certificate.publicKey.keyIdentifier
        guard certificate.subjectKeyIdentifier == key else {
            let claimed = certificate.subjectKeyIdentifier?.hex ?? "none"
            throw IdentityRefusal(
                .wrongKey,
                "\(subject): expected subject key identifier `\(key)`, which is the key's, got `\(claimed)`"
            )
        }
        let isAuthority = pathLength != nil
        guard certificate.isCertificateAuthority == isAuthority else {
            throw IdentityRefusal(
                .wrongUsage,
                "\(subject): expected \(isAuthority ? "a" : "no") certificate authority for a \(title)"
            )
        }
        guard certificate.keyUsage == keyUsage else {
            throw IdentityRefusal(
                .wrongUsage,
                "\(subject): expected key usage `\(keyUsage)` for a \(title), got "
                    + "`\(certificate.keyUsage?.description ?? "none")`"
            )
        }
        guard certificate.extendedKeyUsage.map(Set.init) == extendedKeyUsage.map(Set.init) else {
            throw IdentityRefusal(
                .wrongUsage,
                "\(subject): expected extended key usage `\(Self.words(extendedKeyUsage))` for a \(title), got "
                    + "`\(Self.words(certificate.extendedKeyUsage))`"
            )
        }
    }

    private static func words(_ usages: [ExtendedKeyUsage]?) -> String {
        usages?.map(\.description).joined(separator: ", ") ?? "none"
    }
}
