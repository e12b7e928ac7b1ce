public import OpenSSLCrypto

extension CertificateProfile {
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
