import CanonicalEncoding
import OpenSSLCrypto

/// The trust store made of one partner's sheet: judges a certificate against that partner's roots, intermediates and
/// revocation lists and nothing else.
struct PartnerTrust: Sendable {
    private let partner: PartnerCode
    private let verifier: ChainVerifier
    private let roles: [SHA256Digest: IssuerRole]
    private let revocationLists: [CertificateRevocationList]

    /// Trusts `roots`, which may be fewer than the sheet lists: a new sheet counts under the roots known before.
    init(sheet: PartnerSheet, roots: [Certificate]) throws(OpenSSLError) {
        partner = sheet.code
        verifier = try ChainVerifier(
            roots: roots,
            intermediates: sheet.intermediates.map(\.certificate),
            revocationLists: sheet.revocationLists
        )
        roles = Dictionary(sheet.intermediates.map { ($0.certificate.fingerprint, $0.role) }) { first, _ in first }
        revocationLists = sheet.revocationLists
    }

    /// Judges profile, chain, issuer and validity by one time and revocation by another: what was signed in time stays
    /// signed when the certificate runs out, but not when it is revoked.
    func check(
        _ certificate: Certificate,
        as profile: CertificateProfile,
        validAt: Timestamp,
        revocationAt: Timestamp
    ) throws(IdentityRefusal) -> CheckedChain {
        try check(
            certificate,
            as: profile,
            verifier.verify(
                certificate,
                purpose: profile.purpose,
                validAt: validAt.secondsSinceEpoch,
                revocationAt: revocationAt.secondsSinceEpoch
            )
        )
    }

    /// The same without revocation.
    func checkWithoutRevocation(
        _ certificate: Certificate,
        as profile: CertificateProfile,
        validAt: Timestamp
    ) throws(IdentityRefusal) {
        _ = try check(
            certificate,
            as: profile,
            verifier.verify(
                certificate,
                purpose: profile.purpose,
                at: validAt.secondsSinceEpoch,
                checkRevocation: false
            )
        )
    }

    // What a peer presents beside its leaf never gets here: an intermediate counts when the sheet lists it.
    private func check(
        _ certificate: Certificate,
        as profile: CertificateProfile,
        _ verdict: ChainVerdict
    ) throws(IdentityRefusal) -> CheckedChain {
        switch verdict {
        case .refused(let refusal):
            throw IdentityRefusal(.init(refusal.code), "under the roots of `\(partner)`: \(refusal.detail)")
        case .accepted(let chain):
            try checkIssuer(of: chain, profile: profile)
            try profile.check(certificate)
            let issuers = Set(chain.dropFirst().map(\.subject))
            return CheckedChain(
                chain: chain,
                revocationLists: revocationLists.filter { issuers.contains($0.issuer) }
            )
        }
    }

    // INVARIANT: leaf, one intermediate of the sheet whose role fits, root. Nothing shorter or longer.
    private func checkIssuer(of chain: [Certificate], profile: CertificateProfile) throws(IdentityRefusal) {
        let subject = chain.first?.subject ?? "no certificate"
        let expected = "the intermediate of `\(partner)` for \(profile.issuer?.rawValue ?? "nothing")"
        guard chain.count == 3, let role = roles[chain[1].fingerprint] else {
            throw IdentityRefusal(
                .wrongIssuer,
                "\(subject): expected \(expected) as issuer, got a chain of \(chain.count) certificates"
            )
        }
        guard role == profile.issuer else {
            throw IdentityRefusal(.wrongIssuer, "\(subject): expected \(expected) as issuer, got the one for \(role)")
        }
    }
}
