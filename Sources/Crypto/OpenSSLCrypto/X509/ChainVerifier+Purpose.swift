extension ChainVerifier {
    /// What a leaf certificate is about to be used for.
    public enum Purpose: Hashable, Sendable, CaseIterable {
        /// The connecting side of TLS: clientAuth, digitalSignature.
        case tlsClient
        /// The answering side of TLS: serverAuth, digitalSignature.
        case tlsServer
        /// The signature on a message: emailProtection, digitalSignature.
        case cmsSigning
        /// The receipt of an encrypted message: emailProtection, keyAgreement.
        case keyAgreement
        /// No requirement on usage; the chain alone is checked.
        case any

        var extendedKeyUsage: ExtendedKeyUsage? {
            switch self {
            case .tlsClient: .clientAuth
            case .tlsServer: .serverAuth
            case .cmsSigning, .keyAgreement: .emailProtection
            case .any: nil
            }
        }

        var keyUsage: KeyUsage {
            switch self {
            case .tlsClient, .tlsServer, .cmsSigning: .digitalSignature
            case .keyAgreement: .keyAgreement
            case .any: []
            }
        }
    }
}

extension ChainVerifier.Purpose {
    /// Why the chain does not serve this purpose; nil when it does.
    ///
    /// The leaf must name the usages itself: a certificate that says nothing may do nothing, and `anyExtendedKeyUsage` counts for none.
    /// An authority that names purposes passes on only those.
    func refusal(of chain: [Certificate]) -> ChainRefusal? {
        guard let extendedKeyUsage, let leaf = chain.first else { return nil }
        guard !leaf.isCertificateAuthority else {
            return wrongUsage("\(leaf): an authority's certificate is not used for \(self)")
        }
        let held = leaf.keyUsage ?? []
        guard held.isSuperset(of: keyUsage) else {
            return wrongUsage("\(leaf): expected key usage `\(keyUsage)`, got `\(held)`")
        }
        let purposes = leaf.extendedKeyUsage ?? []
        guard purposes.contains(extendedKeyUsage) else {
            let got = purposes.map(\.description).joined(separator: ", ")
            return wrongUsage("\(leaf): expected extended key usage `\(extendedKeyUsage)`, got `\(got)`")
        }
        for authority in chain.dropFirst() {
            guard authority.extendedKeyUsage?.contains(extendedKeyUsage) ?? true else {
                return wrongUsage("\(authority): issues no certificates for `\(extendedKeyUsage)`")
            }
        }
        return nil
    }

    private func wrongUsage(_ detail: String) -> ChainRefusal {
        ChainRefusal(code: .wrongUsage, detail: detail, openSSLCode: 0)
    }
}
