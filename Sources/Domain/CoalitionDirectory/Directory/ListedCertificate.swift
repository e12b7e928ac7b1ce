import OpenSSLCrypto

/// A mailbox certificate that a sheet lists; not yet judged.
struct ListedCertificate: Sendable {
    let address: MailboxAddress
    let id: SPIFFEID
    let profile: CertificateProfile
    let certificate: Certificate

    /// For messages: `signing certificate of mailbox GBR/j2-fusion`.
    var title: String { "\(profile.title) of `\(address)`" }
}
