/// The ESS signing certificate attribute: SHA-256 of the signer's certificate and nothing else (RFC 5035 3).
///
///     SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }
///     ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT id-sha256, certHash OCTET STRING, issuerSerial OPTIONAL }
///
/// It binds the signature to one certificate, where the signer identifier names only a key. CAdES-BES requires it
/// (RFC 5126 5.7.3). The default algorithm and the optional issuer are left out, so the attribute has one form.
struct ESSSigningCertificate: Hashable, Sendable {
    let certificateHash: SHA256Digest

    init(certificateHash: SHA256Digest) {
        self.certificateHash = certificateHash
    }

    /// Reads the attribute's value, of which there is one encoding; `malformedAttribute` for any other.
    init(der: [UInt8]) throws(CMSFormError) {
        guard let hash = SHA256Digest(der.suffix(SHA256Digest.byteCount)), Self(certificateHash: hash).der == der else {
            throw .malformedAttribute("signingCertificateV2")
        }
        certificateHash = hash
    }

    var der: [UInt8] {
        let identifier = DERWriter.sequence(of: DERWriter.octetString(certificateHash.bytes))
        return DERWriter.sequence(of: DERWriter.sequence(of: identifier))
    }
}
