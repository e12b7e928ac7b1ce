import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// What the maker of a sheet should know before others get it: things that are allowed and likely not meant.
struct SheetReview {
    let sheet: PartnerSheet
    let previous: PartnerSheet?
    /// The certificates that lie in the partner's folder.
    let issued: [IssuedCertificate]
    let time: Timestamp

    /// What ends sooner than this from now, in seconds, is worth a warning.
    static let warningTime: Int64 = 7 * 86_400

    var warnings: [String] { endings + droppedCertificates + unlistedMailboxes }

    private var endings: [String] {
        let soon = time.adding(seconds: Self.warningTime)
        var warnings: [String] = []
        if sheet.nextUpdate < soon {
            warnings.append(
                "the sheet is in force until \(sheet.nextUpdate) only: a revocation list or the registrar's certificate "
                    + "ends then; renew it and make the sheet again"
            )
        }
        for (name, certificate) in certificates where certificate.notAfter < soon.secondsSinceEpoch {
            let end = Timestamp(secondsSinceEpoch: certificate.notAfter)
            let hasNewer = certificates.contains { $0.name == name && $0.certificate.notAfter > certificate.notAfter }
            if !hasNewer {
                warnings.append("the certificate of \(name) ends at \(end): renew it with `entente pki renew`")
            }
        }
        return warnings
    }

    /// A receiver can no longer verify what was signed under a certificate that no sheet lists.
    private var droppedCertificates: [String] {
        guard let previous else { return [] }
        let revoked = Set(sheet.revocationLists.flatMap(\.revokedSerialNumbers))
        let listed = Set(sheet.mailboxes.flatMap(\.signingCertificates))
        var warnings: [String] = []
        for mailbox in previous.mailboxes {
            for certificate in mailbox.signingCertificates
            where !listed.contains(certificate) && !revoked.contains(certificate.serialNumber)
                && certificate.notAfter > time.secondsSinceEpoch
            {
                warnings.append(
                    "the sheet no longer lists certificate \(certificate.serialNumber) of mailbox `\(mailbox.name)`: messages "
                        + "signed with it can no longer be verified; keep it in signing.pem behind the new one"
                )
            }
        }
        return warnings
    }

    private var unlistedMailboxes: [String] {
        let listed = Set(sheet.mailboxes.map(\.name))
        var unlisted: Set<MailboxName> = []
        for certificate in issued {
            if case .mailbox(let name) = certificate.holder, !listed.contains(name) { unlisted.insert(name) }
        }
        return unlisted.sorted().map {
            "mailbox `\($0)` has certificates and is not in the sheet: nobody can send to it or accept what it signs"
        }
    }

    private var certificates: [(name: String, certificate: Certificate)] {
        sheet.mailboxes.flatMap { mailbox in
            mailbox.signingCertificates.map { ("mailbox `\(mailbox.name)` for signing", $0) }
                + mailbox.encryptionCertificates.map { ("mailbox `\(mailbox.name)` for encryption", $0) }
        } + sheet.officers.flatMap { officer in officer.certificates.map { ("officer `\(officer.name)`", $0) } }
    }
}
