import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// What a file of certificates, revocation lists and requests holds, in words and as JSON.
///
/// Nothing is verified: a signature, validity or revocation is not looked at.
struct CertificateFileContents {
    private enum Item {
        case certificate(Certificate)
        case revocationList(CertificateRevocationList)
        case request(CertificateRequest)
    }

    private let items: [Item]

    /// Reads PEM blocks of any of the kinds, in any mixture, or one DER object.
    ///
    /// - Throws: ``CommandFailure`` when there is anything else in it; a private key is never shown.
    init(_ bytes: [UInt8], file: String) throws(CommandFailure) {
        do {
            if bytes.first == 0x30 {
                items = [try Self.item(der: bytes)]
            } else {
                items = try PEMBlock.parse(bytes, operation: "reading `\(file)`").map { block in
                    switch block.label {
                    case "CERTIFICATE": .certificate(try Certificate(der: block.bytes))
                    case "X509 CRL": .revocationList(try CertificateRevocationList(der: block.bytes))
                    case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
                        .request(try CertificateRequest(der: block.bytes))
                    case let label where label.hasSuffix("PRIVATE KEY"):
                        throw CommandFailure("`\(file)` holds a private key, which is not shown")
                    case let label:
                        throw CommandFailure("`\(file)` holds a `\(PrintableText.line(label))`", next: Self.advice)
                    }
                }
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("`\(file)`: \(error)", next: Self.advice)
        }
    }

    private static let advice = "give certificates, revocation lists or requests, in PEM or DER"

    private static func item(der: [UInt8]) throws -> Item {
        do {
            return .certificate(try Certificate(der: der))
        } catch let refusal {
            // Which of the three it is shows only by reading it; the first error speaks of the likeliest.
            do { return .revocationList(try CertificateRevocationList(der: der)) } catch {}
            do { return .request(try CertificateRequest(der: der)) } catch {}
            throw refusal
        }
    }

    var text: String {
        items.map { item in
            switch item {
            case .certificate(let certificate):
                certificate.describe() + "  profile           \(Self.profile(of: certificate))"
            case .revocationList(let list): Self.text(of: list)
            case .request(let request): "Request by \(request.subject)\n  key               \(request.publicKey)"
            }
        }.joined(separator: "\n\n")
    }

    var json: JSONValue {
        .array(
            items.map { item in
                switch item {
                case .certificate(let certificate): Self.json(of: certificate)
                case .revocationList(let list): Self.json(of: list)
                case .request(let request):
                    [
                        "key": .string(request.publicKey.keyIdentifier.hex), "kind": "request",
                        "subject": .string(request.subject),
                    ]
                }
            }
        )
    }

    /// The profile of Certs/README.md that a certificate follows, or the reason why it follows none.
    static func profile(of certificate: Certificate) -> String {
        do {
            return try CertificateProfile(followedBy: certificate).title
        } catch {
            return "none: \(error)"
        }
    }

    private static func json(of certificate: Certificate) -> JSONValue {
        [
            "algorithm": .string(certificate.publicKey.algorithm.rawValue),
            "fingerprint": .string(certificate.fingerprint.hex),
            "issuer": .string(certificate.issuer),
            "key": .string(certificate.publicKey.keyIdentifier.hex),
            "kind": "certificate",
            "not-after": .string(Timestamp(secondsSinceEpoch: certificate.notAfter).rfc3339),
            "not-before": .string(Timestamp(secondsSinceEpoch: certificate.notBefore).rfc3339),
            "profile": .string(profile(of: certificate)),
            "serial-number": .string(certificate.serialNumber),
            "subject": .string(certificate.subject),
            "uris": .array(certificate.uris.map { .string($0) }),
        ]
    }

    private static func json(of list: CertificateRevocationList) -> JSONValue {
        [
            "issuer": .string(list.issuer),
            "kind": "revocation-list",
            "next-update": .string(Timestamp(secondsSinceEpoch: list.nextUpdate).rfc3339),
            "number": list.number.map { .integer(Int64(clamping: $0)) } ?? .null,
            "revoked": .array(list.revokedSerialNumbers.sorted().map { .string($0) }),
            "this-update": .string(Timestamp(secondsSinceEpoch: list.thisUpdate).rfc3339),
        ]
    }

    private static func text(of list: CertificateRevocationList) -> String {
        let serials = list.revokedSerialNumbers.sorted()
        return """
            Revocation list of \(list.issuer)
              number            \(list.number.map(String.init) ?? "none")
              valid             \(day(list.thisUpdate)) to \(day(list.nextUpdate))
              revoked           \(serials.isEmpty ? "none" : serials.joined(separator: ", "))
            """
    }

    /// In the form that the description of certificates has.
    private static func day(_ unixSeconds: Int64) -> String {
        let text = Timestamp(secondsSinceEpoch: unixSeconds).rfc3339
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }
}
