public import CanonicalEncoding
import OpenSSLCrypto

extension PartnerSheet {
    /// The sheet as the JSON that its registrar signs.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "format": .integer(Self.format),
            "code": .string(code.rawValue),
            "name": .string(name),
            "kind": .string(kind.rawValue),
            "realm": .string(realm.rawValue),
            "trust-domain": .string(trustDomain.rawValue),
            "version": .integer(Int64(version)),
            "issued-at": .string(issuedAt.rfc3339),
            "next-update": .string(nextUpdate.rfc3339),
            "roots": .array(roots.map(Self.json)),
            "intermediates": .array(
                intermediates.map {
                    .object(["role": .string($0.role.rawValue), "certificate": Self.json($0.certificate)])
                }
            ),
            "revocation-lists": .array(revocationLists.map { .string(Base64.encode($0.der)) }),
            "nodes": .array(
                nodes.map {
                    .object([
                        "name": .string($0.name.rawValue), "endpoint": .string($0.endpoint.description),
                        "log": .string($0.log.text),
                    ])
                }
            ),
            "mailboxes": .array(
                mailboxes.map {
                    .object([
                        "name": .string($0.name.rawValue), "node": .string($0.homeNode.rawValue),
                        "signing": .array($0.signingCertificates.map(Self.json)),
                        "encryption": .array($0.encryptionCertificates.map(Self.json)),
                    ])
                }
            ),
            "officers": .array(
                officers.map {
                    .object([
                        "name": .string($0.name.rawValue), "certificates": .array($0.certificates.map(Self.json)),
                    ])
                }
            ),
        ]
        if let previous { members["previous"] = .string(previous.hex) }
        return .object(members)
    }

    /// The one spelling of the sheet.
    public var canonicalBytes: [UInt8] { json.canonicalBytes }

    private static func json(_ certificate: Certificate) -> JSONValue { .string(Base64.encode(certificate.der)) }
}
