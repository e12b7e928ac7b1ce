import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// Certificates, revocation lists and requests in words.
enum CertificateDescription {
    /// Describes all of one kind that a PEM file holds.
    static func describe(_ pem: [UInt8], file: String) throws(CommandFailure) -> String {
        let text = String(decoding: pem, as: UTF8.self)
        do {
            if text.contains("-----BEGIN X509 CRL-----") {
                return try CertificateRevocationList.parse(pem: pem).map(describe).joined(separator: "\n\n")
            }
            if text.contains("CERTIFICATE REQUEST-----") {
                let request = try CertificateRequest(pem: pem)
                return "Request by \(request.subject)\n  key               \(request.publicKey)"
            }
            if text.contains("PRIVATE KEY-----") {
                throw CommandFailure("`\(file)` holds a private key, which is not shown")
            }
            return try Certificate.parse(pem: pem).map(describe).joined(separator: "\n\n")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("`\(file)`: \(error)", next: "give a PEM file with certificates, CRLs or a request")
        }
    }

    /// A certificate with the profile that it follows, or the reason why it follows none.
    static func describe(_ certificate: Certificate) -> String {
        certificate.describe() + "  profile           \(profile(of: certificate))"
    }

    static func profile(of certificate: Certificate) -> String {
        do {
            return try CertificateProfile(followedBy: certificate).title
        } catch {
            return "none: \(error)"
        }
    }

    private static func describe(_ list: CertificateRevocationList) -> String {
        let serials = list.revokedSerialNumbers.sorted()
        return """
            Revocation list of \(list.issuer)
              number            \(list.number.map(String.init) ?? "none")
              current           \(Timestamp(secondsSinceEpoch: list.thisUpdate)) to \(Timestamp(secondsSinceEpoch: list.nextUpdate))
              revoked           \(serials.isEmpty ? "none" : serials.joined(separator: ", "))
            """
    }
}
