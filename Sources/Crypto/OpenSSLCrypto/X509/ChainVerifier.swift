import COpenSSL

/// Verifies certificate chains against one set of roots and revocation lists (RFC 5280 section 6).
///
/// Built once and reused by any thread. Only the given roots are anchors: no system store, no partial chains, and neither
/// an intermediate nor a presented certificate ever ends a chain. With revocation checking every authority of the chain, the root included,
/// needs a current list.
public struct ChainVerifier: Sendable {
    private let trust: TrustStore

    /// A verifier that trusts these roots.
    ///
    /// - Parameters:
    ///   - roots: self-signed authorities, the only anchors.
    ///   - intermediates: authorities that may stand in between; they need not be presented.
    ///   - revocationLists: lists by these authorities; signatures are checked when a list is used.
    /// - Throws: `OpenSSLError` when a root is not a self-signed authority or an intermediate no authority.
    public init(
        roots: [Certificate],
        intermediates: [Certificate],
        revocationLists: [CertificateRevocationList]
    ) throws(OpenSSLError) {
        trust = try TrustStore(roots: roots, intermediates: intermediates, revocationLists: revocationLists)
    }

    /// Verifies a leaf at a time.
    ///
    /// - Parameters:
    ///   - presentedChain: certificates that came with the leaf; used to build the chain, never trusted.
    ///   - purpose: what the leaf must be allowed to do.
    ///   - unixSeconds: the time at which certificates and lists must be current.
    ///   - checkRevocation: whether every certificate of the chain is looked up in its issuer's list.
    public func verify(
        _ leaf: Certificate,
        presentedChain: [Certificate] = [],
        purpose: Purpose,
        at unixSeconds: Int64,
        checkRevocation: Bool = true
    ) -> ChainVerdict {
        let revocation: RevocationCheck = checkRevocation ? .at(unixSeconds) : .none
        return verify(
            leaf,
            presentedChain: presentedChain,
            purpose: purpose,
            validAt: unixSeconds,
            revocation: revocation
        )
    }

    /// Verifies a leaf with validity judged at one time and revocation at another.
    ///
    /// A message that was released before its signer's certificate expired stays valid, whereas a later revocation must count.
    public func verify(
        _ leaf: Certificate,
        presentedChain: [Certificate] = [],
        purpose: Purpose,
        validAt: Int64,
        revocationAt: Int64
    ) -> ChainVerdict {
        verify(
            leaf,
            presentedChain: presentedChain,
            purpose: purpose,
            validAt: validAt,
            revocation: .at(revocationAt)
        )
    }

    private enum RevocationCheck: Equatable {
        case none
        case at(Int64)
    }

    private func verify(
        _ leaf: Certificate,
        presentedChain: [Certificate],
        purpose: Purpose,
        validAt: Int64,
        revocation: RevocationCheck
    ) -> ChainVerdict {
        let verdict =
            switch revocation {
            case .at(validAt): trust.verify(leaf, presentedChain, .init(time: validAt, checksRevocation: true))
            case .none, .at: trust.verify(leaf, presentedChain, .init(time: validAt, checksRevocation: false))
            }
        guard case .accepted(let chain) = verdict else { return verdict }
        if let refusal = Self.weakness(of: chain) ?? purpose.refusal(of: chain) { return .refused(refusal) }
        guard case .at(let time) = revocation, time != validAt else { return verdict }
        return trust.verify(
            leaf,
            presentedChain,
            .init(time: time, checksRevocation: true, ignoresCertificateValidity: true)
        )
    }

    /// Certificates carry P-256 and P-384 keys and signatures only, whatever libcrypto would take.
    private static func weakness(of chain: [Certificate]) -> ChainRefusal? {
        for certificate in chain {
            switch (certificate.publicKey.algorithm, certificate.signatureAlgorithm) {
            case (.p256, .ecdsaWithSHA256), (.p256, .ecdsaWithSHA384), (.p384, .ecdsaWithSHA256),
                (.p384, .ecdsaWithSHA384):
                continue
            case (.ed25519, _), (_, .other):
                let key = certificate.publicKey.algorithm.rawValue
                return ChainRefusal(
                    code: .weakKey,
                    detail: "\(certificate): expected P-256 or P-384 and ECDSA with SHA-256 or SHA-384, "
                        + "got \(key) and \(certificate.signatureAlgorithm)",
                    openSSLCode: 0
                )
            }
        }
        return nil
    }
}
