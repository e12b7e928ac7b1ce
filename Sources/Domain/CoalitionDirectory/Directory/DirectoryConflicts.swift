import OpenSSLCrypto

/// What the sheets of a directory must not share, gathered sheet by sheet.
struct DirectoryConflicts {
    /// The mailbox certificates of all sheets, by the identifier of their keys.
    private(set) var listed: [KeyIdentifier: ListedCertificate] = [:]
    private var codes: Set<String> = []
    private var trustDomains: [TrustDomain: PartnerCode] = [:]
    private var rootKeys: [KeyIdentifier: TrustDomain] = [:]
    private var logKeys: [[UInt8]: String] = [:]

    mutating func admit(_ sheet: PartnerSheet) throws(DirectoryError) {
        guard codes.insert("\(sheet.realm)/\(sheet.code)").inserted else {
            throw DirectoryError(.duplicateCode, "two sheets of `\(sheet.code)` in realm `\(sheet.realm)`")
        }
        if let other = trustDomains.updateValue(sheet.code, forKey: sheet.trustDomain) {
            throw DirectoryError(
                .duplicateTrustDomain,
                "`\(sheet.trustDomain)` is claimed by `\(other)` and by `\(sheet.code)`"
            )
        }
        for root in sheet.roots {
            if let other = rootKeys.updateValue(sheet.trustDomain, forKey: root.publicKey.keyIdentifier),
                other != sheet.trustDomain
            {
                throw DirectoryError(
                    .sharedRoot,
                    "root key `\(root.publicKey.keyIdentifier)` is listed for `\(other)` and for `\(sheet.trustDomain)`"
                )
            }
        }
        for node in sheet.nodes {
            if let other = logKeys.updateValue(node.log.origin, forKey: node.log.publicKey) {
                throw DirectoryError(
                    .duplicateLogKey,
                    "logs `\(other)` and `\(node.log.origin)` have the same key, expected one each"
                )
            }
        }
        for mailbox in sheet.mailboxes { try admit(mailbox, of: sheet) }
    }

    private mutating func admit(_ mailbox: PartnerSheet.Mailbox, of sheet: PartnerSheet) throws(DirectoryError) {
        for (profile, certificates) in [
            (CertificateProfile.mailboxSigning, mailbox.signingCertificates),
            (CertificateProfile.mailboxEncryption, mailbox.encryptionCertificates),
        ] {
            for certificate in certificates {
                let entry = ListedCertificate(
                    address: MailboxAddress(partner: sheet.code, mailbox: mailbox.name),
                    id: sheet.id(.mailbox(mailbox.name)),
                    profile: profile,
                    certificate: certificate
                )
                // INVARIANT: the identifier is the one that the key has, never the one that the certificate claims.
                let key = certificate.publicKey.keyIdentifier
                if let other = listed.updateValue(entry, forKey: key) {
                    throw DirectoryError(
                        .duplicateKey,
                        "key `\(key)`: is in the \(other.title) and in the \(entry.title), expected one"
                    )
                }
            }
        }
    }
}
