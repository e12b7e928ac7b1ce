import CanonicalEncoding
import OpenSSLCrypto

extension PartnerSheet {
    /// The roots and intermediates: everything that signs certificates and revocation lists.
    var authorities: [Certificate] { roots + intermediates.map(\.certificate) }

    /// The revocation list that the authority has signed, or nil when the sheet holds none.
    func revocationList(of authority: Certificate) -> CertificateRevocationList? {
        revocationLists.first { $0.issuer == authority.subject && $0.isSigned(by: authority) }
    }

    /// Everything about the certificates in the sheet that does not depend on the time: profile, names, revocation
    /// lists, and no key twice. Chains are judged when a certificate is used.
    func checkCertificates() throws(SheetError) {
        for root in roots {
            try check(root, as: .root, "root")
            let permitted = root.nameConstraints?.permittedURIHosts ?? []
            guard permitted == [trustDomain.rawValue] else {
                throw SheetError(
                    .wrongCertificate,
                    "root \(root.subject): expected name constraints that permit the URI host `\(trustDomain)` and "
                        + "nothing else, got `\(permitted.joined(separator: " "))`"
                )
            }
        }
        for intermediate in intermediates {
            try check(
                intermediate.certificate,
                as: .intermediate(intermediate.role),
                "\(intermediate.role) intermediate"
            )
        }
        for mailbox in mailboxes {
            let id = id(.mailbox(mailbox.name))
            for certificate in mailbox.signingCertificates { try check(certificate, as: .mailboxSigning, id: id) }
            for certificate in mailbox.encryptionCertificates { try check(certificate, as: .mailboxEncryption, id: id) }
        }
        for officer in officers {
            let id = id(.officer(officer.name))
            for certificate in officer.certificates { try check(certificate, as: .officer, id: id) }
        }
        try checkKeysUnique()
        try checkRevocationListsComplete()
    }

    /// Refuses a sheet that carries a revocation list which is out of date.
    func checkRevocationListsCurrent(at time: Timestamp) throws(SheetError) {
        for list in revocationLists {
            let now = time.secondsSinceEpoch
            guard list.thisUpdate <= now, now < list.nextUpdate else {
                throw SheetError(
                    .revocationListNotCurrent,
                    "revocation list of \(list.issuer): is current from \(Timestamp(secondsSinceEpoch: list.thisUpdate)) "
                        + "to \(Timestamp(secondsSinceEpoch: list.nextUpdate)), now \(time)"
                )
            }
        }
    }

    private func check(_ certificate: Certificate, as profile: CertificateProfile, _ what: String) throws(SheetError) {
        do {
            try profile.check(certificate)
        } catch {
            throw SheetError(.wrongCertificate, "\(what): \(error)")
        }
    }

    private func check(_ certificate: Certificate, as profile: CertificateProfile, id: SPIFFEID) throws(SheetError) {
        try check(certificate, as: profile, "\(profile.title) of `\(id)`")
        let got: SPIFFEID
        do {
            got = try Directory.identity(of: certificate)
        } catch {
            throw SheetError(.wrongCertificate, "\(profile.title) of `\(id)`: \(error)")
        }
        guard got == id else {
            throw SheetError(.wrongCertificate, "\(profile.title): expected `\(id)`, got `\(got)`")
        }
    }

    private func checkKeysUnique() throws(SheetError) {
        var owners: [KeyIdentifier: String] = [:]
        let ofMailboxes = mailboxes.flatMap { mailbox in
            (mailbox.signingCertificates + mailbox.encryptionCertificates).map { ("mailbox `\(mailbox.name)`", $0) }
        }
        let ofOfficers = officers.flatMap { officer in officer.certificates.map { ("officer `\(officer.name)`", $0) } }
        for (owner, certificate) in ofMailboxes + ofOfficers {
            let key = certificate.publicKey.keyIdentifier
            if let other = owners.updateValue(owner, forKey: key) {
                throw SheetError(
                    .wrongCertificate,
                    "key `\(key)`: is in a certificate of \(other) and in one of \(owner), expected a new key for each"
                )
            }
        }
    }

    private func checkRevocationListsComplete() throws(SheetError) {
        for authority in authorities {
            let lists = revocationLists.filter { $0.issuer == authority.subject && $0.isSigned(by: authority) }
            guard let list = lists.first else {
                throw SheetError(.revocationListMissing, "\(authority.subject): expected a revocation list, got none")
            }
            guard lists.count == 1, list.number != nil else {
                throw SheetError(
                    .wrongCertificate,
                    "\(authority.subject): expected one revocation list with a CRL number"
                )
            }
        }
        guard revocationLists.count == authorities.count else {
            throw SheetError(
                .wrongCertificate,
                "expected \(authorities.count) revocation lists, one for each authority, got \(revocationLists.count)"
            )
        }
    }
}
