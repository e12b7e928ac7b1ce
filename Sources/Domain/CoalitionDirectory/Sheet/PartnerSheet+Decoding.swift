import CanonicalEncoding
import OpenSSLCrypto

extension PartnerSheet {
    /// Reads the canonical JSON of a sheet: no unknown member, no missing one, no other spelling.
    /// Throws: ``SheetError`` with the code `malformed` and the path to what is wrong.
    public init(canonicalJSON bytes: [UInt8]) throws(SheetError) {
        let value: JSONValue
        do {
            value = try JSONValue.parseCanonical(bytes, maximumSize: Self.maximumSize, maximumDepth: 5)
        } catch {
            throw SheetError(.malformed, "sheet: \(error)")
        }
        // The format comes first, so that a sheet of a later one is called that and nothing else.
        guard value["format"] == .integer(Self.format) else {
            throw SheetError(
                .malformed,
                "format: expected \(Self.format), got `\(value["format"]?.canonicalText ?? "none")`"
            )
        }
        var members = try SheetMembers(value, path: "sheet")
        _ = try members.integer("format")
        let version = try members.integer("version")
        try self.init(
            code: members.identifier("code", PartnerCode.init),
            name: members.string("name"),
            kind: members.choice("kind", of: PartnerKind.self),
            realm: members.identifier("realm", Realm.init),
            trustDomain: members.identifier("trust-domain", TrustDomain.init),
            version: UInt64(clamping: version),
            previous: members.digestIfPresent("previous"),
            issuedAt: members.time("issued-at"),
            nextUpdate: members.time("next-update"),
            roots: members.certificates("roots"),
            intermediates: members.objects("intermediates", Self.intermediate),
            revocationLists: members.revocationLists("revocation-lists"),
            nodes: members.objects("nodes", Self.node),
            mailboxes: members.objects("mailboxes", Self.mailbox),
            officers: members.objects("officers", Self.officer)
        )
        try members.finish()
        // Catches lists in another order than the one that is written.
        guard canonicalBytes == bytes else {
            throw SheetError(.malformed, "sheet: expected nodes, mailboxes and officers sorted by name")
        }
    }

    private static func intermediate(_ members: inout SheetMembers) throws(SheetError) -> Intermediate {
        Intermediate(
            role: try members.choice("role", of: IssuerRole.self),
            certificate: try members.certificate("certificate")
        )
    }

    private static func node(_ members: inout SheetMembers) throws(SheetError) -> Node {
        Node(
            name: try members.identifier("name", NodeName.init),
            endpoint: try members.identifier("endpoint", Endpoint.init),
            log: try members.identifier("log", LogVerifierKey.init)
        )
    }

    private static func mailbox(_ members: inout SheetMembers) throws(SheetError) -> Mailbox {
        Mailbox(
            name: try members.identifier("name", MailboxName.init),
            homeNode: try members.identifier("node", NodeName.init),
            signingCertificates: try members.certificates("signing"),
            encryptionCertificates: try members.certificates("encryption")
        )
    }

    private static func officer(_ members: inout SheetMembers) throws(SheetError) -> Officer {
        Officer(
            name: try members.identifier("name", PersonName.init),
            certificates: try members.certificates("certificates")
        )
    }
}
