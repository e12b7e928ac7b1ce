package import CanonicalEncoding
package import CoalitionDirectory
package import OpenSSLCrypto

/// A partner sheet whose parts can be changed before it is made, also into what no partner should publish.
package struct SheetDraft: Sendable {
    package var code: PartnerCode
    package var name: String
    package var kind: PartnerKind
    package var realm: Realm
    package var trustDomain: TrustDomain
    package var version: UInt64 = 1
    package var previous: SHA256Digest?
    package var issuedAt: Timestamp
    package var nextUpdate: Timestamp
    package var roots: [Certificate]
    package var intermediates: [PartnerSheet.Intermediate]
    package var revocationLists: [CertificateRevocationList]
    package var nodes: [PartnerSheet.Node]
    package var mailboxes: [PartnerSheet.Mailbox]
    package var officers: [PartnerSheet.Officer]

    /// The sheet, checked for form.
    package func sheet() throws -> PartnerSheet {
        try PartnerSheet(
            code: code,
            name: name,
            kind: kind,
            realm: realm,
            trustDomain: trustDomain,
            version: version,
            previous: previous,
            issuedAt: issuedAt,
            nextUpdate: nextUpdate,
            roots: roots,
            intermediates: intermediates,
            revocationLists: revocationLists,
            nodes: nodes,
            mailboxes: mailboxes,
            officers: officers
        )
    }
}

extension PartnerFixture {
    /// The partner's sheet as it should be: version 1 at the fixture's time, or the one after `previous`.
    package func draft(after previous: SignedSheet? = nil, at time: Timestamp? = nil) throws -> SheetDraft {
        let time = time ?? self.time
        var draft = SheetDraft(
            code: plan.code,
            name: plan.name,
            kind: plan.kind,
            realm: plan.realm,
            trustDomain: plan.trustDomain,
            issuedAt: time,
            nextUpdate: time.adding(seconds: 29 * 86_400),
            roots: [root.certificate],
            intermediates: try IssuerRole.allCases.map {
                PartnerSheet.Intermediate(role: $0, certificate: try Self.required(intermediates[$0]).certificate)
            },
            revocationLists: try revocationLists(number: 1 + (previous?.sheet.version ?? 0), at: time),
            nodes: try nodes.map { name, node in
                PartnerSheet.Node(
                    name: name,
                    endpoint: try Self.required(plan.nodes[name]),
                    log: try LogVerifierKey(
                        origin: "\(plan.trustDomain)/node/\(name)",
                        publicKey: node.logKey.publicKey
                    )
                )
            },
            mailboxes: try mailboxes.map { name, mailbox in
                PartnerSheet.Mailbox(
                    name: name,
                    homeNode: try Self.required(plan.mailboxes[name]),
                    signingCertificates: [mailbox.signing.certificate],
                    encryptionCertificates: [mailbox.encryption.certificate]
                )
            },
            officers: [PartnerSheet.Officer(name: try PersonName("registrar"), certificates: [registrar.certificate])]
        )
        if let previous {
            draft.version = previous.sheet.version + 1
            draft.previous = previous.digest
        }
        return draft
    }

    /// The bytes of the draft, signed by the registrar or another.
    package func sign(_ draft: SheetDraft, by signer: Credential? = nil) throws -> [UInt8] {
        let signer = signer ?? registrar
        return try SignedSheet.sign(draft.sheet(), certificate: signer.certificate, key: signer.key)
    }

    /// Verifies bytes as this partner's sheet under its root.
    package func verify(
        _ bytes: [UInt8],
        previous: SignedSheet? = nil,
        at time: Timestamp? = nil
    ) throws(SheetError) -> SignedSheet {
        try SignedSheet.verify(
            bytes,
            from: plan.code,
            realm: plan.realm,
            pinnedRoots: [root.certificate.fingerprint],
            previous: previous,
            at: time ?? self.time
        )
    }

    /// The partner's sheet, signed and verified, after the test has changed it as it likes.
    package func signedSheet(
        after previous: SignedSheet? = nil,
        at time: Timestamp? = nil,
        editing edit: (inout SheetDraft) throws -> Void = { _ in }
    ) throws -> SignedSheet {
        var draft = try draft(after: previous, at: time)
        try edit(&draft)
        return try verify(sign(draft), previous: previous, at: time)
    }
}
