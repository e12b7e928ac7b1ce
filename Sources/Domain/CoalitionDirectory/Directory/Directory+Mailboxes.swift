public import CanonicalEncoding
public import OpenSSLCrypto

extension Directory {
    /// The mailbox that signs with the key, judged by validity when it signed and by the revocation lists of now.
    ///
    /// The chain is checked once per directory; the finding is kept as long as certificates and revocation lists last.
    public func signer(
        _ key: KeyIdentifier,
        signedAt: Timestamp,
        now: Timestamp
    ) throws(IdentityRefusal) -> SignerRecord {
        guard let entry = listed[key], entry.profile == .mailboxSigning else {
            throw IdentityRefusal(.notInDirectory, "no mailbox of realm `\(realm)` signs with key `\(key)`")
        }
        return SignerRecord(entry, chain: try check(entry, key: key, signedAt: signedAt, now: now))
    }

    /// The certificates to encrypt to for the mailbox, all that are good now, preferred one first.
    /// Throws: ``IdentityRefusal`` when the mailbox is not in the directory or none of its certificates is good, with
    /// the reason of the first.
    public func encryptionCertificates(
        of address: MailboxAddress,
        now: Timestamp
    ) throws(IdentityRefusal) -> [Certificate] {
        guard let mailbox = mailbox(address) else {
            throw IdentityRefusal(.notInDirectory, "no sheet of realm `\(realm)` lists mailbox `\(address)`")
        }
        var good: [Certificate] = []
        var refusal: IdentityRefusal?
        for certificate in mailbox.encryptionCertificates {
            let key = certificate.publicKey.keyIdentifier
            guard let entry = listed[key] else { continue }
            do {
                _ = try check(entry, key: key, signedAt: now, now: now)
                good.append(certificate)
            } catch {
                refusal = refusal ?? error
            }
        }
        if good.isEmpty {
            throw refusal ?? IdentityRefusal(.notInDirectory, "`\(address)` has no encryption certificate")
        }
        return good
    }

    /// The mailbox whose encryption key has the identifier, or nil; says nothing about the certificate's validity.
    public func mailbox(encryptingTo key: KeyIdentifier) -> MailboxAddress? {
        guard let entry = listed[key], entry.profile == .mailboxEncryption else { return nil }
        return entry.address
    }

    private func check(
        _ entry: ListedCertificate,
        key: KeyIdentifier,
        signedAt: Timestamp,
        now: Timestamp
    ) throws(IdentityRefusal) -> CheckedChain {
        let signed = try currentSheet(of: entry.id, at: now)
        if let known = cache[key], known.holds(signedAt: signedAt, now: now) { return known }
        // INVARIANT: the ID in the certificate is that of the mailbox that lists it.
        let id = try Self.identity(of: entry.certificate)
        guard id == entry.id else {
            throw IdentityRefusal(.notInDirectory, "\(entry.title): expected `\(entry.id)`, got `\(id)`")
        }
        let checked = try signed.trust.check(
            entry.certificate,
            as: entry.profile,
            validAt: signedAt,
            revocationAt: now
        )
        cache[key] = checked
        return checked
    }
}
