package import CanonicalEncoding
import CoalitionDirectory
package import OpenSSLCrypto

/// A certificate authority of a partner: its root or one of its intermediates.
package struct AuthorityFixture: Sendable {
    package let issuer: CertificateIssuer
    package let key: PrivateKey

    package var certificate: Certificate { issuer.certificate }

    package init(certificate: Certificate, key: PrivateKey) throws {
        issuer = try CertificateIssuer(certificate: certificate, key: key)
        self.key = key
    }

    /// The authority's revocation list, current from two hours before `time` for thirty days.
    package func revocationList(
        number: UInt64 = 1,
        revoking certificates: [Certificate] = [],
        at time: Timestamp
    ) throws -> CertificateRevocationList {
        let thisUpdate = time.secondsSinceEpoch - CertificateProfile.backdating
        return try issuer.revocationList(
            number: number,
            thisUpdate: thisUpdate,
            nextUpdate: thisUpdate + 30 * 86_400,
            revoked: certificates.map { .init(serialNumber: $0.serialNumber, time: thisUpdate) }
        )
    }
}
