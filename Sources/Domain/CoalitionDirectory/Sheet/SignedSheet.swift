public import CanonicalEncoding
public import OpenSSLCrypto

/// A sheet whose signature, pins, certificates and place in the partner's history have been checked.
///
/// INVARIANT: the only way to a value of this type is ``verify(_:from:realm:pinnedRoots:previous:at:)``.
public struct SignedSheet: Sendable {
    /// The CMS SignedData as published.
    public let bytes: [UInt8]
    /// The digest of those bytes: what the next version names as the one before.
    public let digest: SHA256Digest
    /// What the registrar has signed.
    public let sheet: PartnerSheet
    /// The registrar's certificate that the sheet was signed with.
    public let signer: Certificate
    let trust: PartnerTrust

    /// The officer who signs a partner's sheets.
    public static let registrarName = "registrar"
    /// How far clocks may differ, in seconds.
    static let clockSkew: Int64 = CertificateProfile.backdating

    /// Signs a sheet as its partner's registrar, with the sheet's time of issue as the signing time.
    /// The result is bytes to publish; it counts once ``verify(_:from:realm:pinnedRoots:previous:at:)`` accepts it.
    public static func sign(
        _ sheet: PartnerSheet,
        certificate: Certificate,
        key: PrivateKey
    ) throws(OpenSSLError) -> [UInt8] {
        try CMSSigner(certificate: certificate, key: key)
            .sign(sheet.canonicalBytes, signingTime: sheet.issuedAt.secondsSinceEpoch, attributes: [])
    }

    /// Reads and judges a signed sheet.
    ///
    /// `previous` is the sheet of the partner accepted before, when there is one: its roots then take the place of the
    /// pinned ones, so that roots change only in a sheet signed under a root known before. The same bytes again are
    /// accepted and have the same ``digest``. A version that skips some is accepted: those in between may never arrive.
    /// - Parameter pinnedRoots: the fingerprints of the partner's roots, agreed at onboarding.
    public static func verify(
        _ bytes: [UInt8],
        from partner: PartnerCode,
        realm: Realm,
        pinnedRoots: [SHA256Digest],
        previous: SignedSheet?,
        at time: Timestamp
    ) throws(SheetError) -> SignedSheet {
        let message: CMSSignedMessage
        do {
            message = try CMSSignedMessage(der: bytes)
        } catch {
            throw SheetError(.unsigned, "expected a signed sheet: \(error)")
        }
        let sheet = try PartnerSheet(canonicalJSON: message.content)
        try checkPartner(of: sheet, partner: partner, realm: realm, previous: previous)
        let signer = try checkSignature(of: message, on: sheet)
        try sheet.checkCertificates()

        let known = previous.map { $0.sheet.roots.map(\.fingerprint) } ?? pinnedRoots
        let trust = try trust(in: sheet, known: known)
        do {
            // By the sheet's own time first: an old or forked sheet is called that, not merely out of date.
            try trust.checkWithoutRevocation(signer, as: .officer, validAt: sheet.issuedAt)
        } catch {
            throw SheetError(.unpinned, "the registrar's certificate does not hold under a known root: \(error)")
        }
        if let previous { try checkSuccession(of: sheet, bytes: bytes, after: previous) }
        try checkTimes(of: sheet, at: time)
        try sheet.checkRevocationListsCurrent(at: time)
        do {
            _ = try trust.check(signer, as: .officer, validAt: time, revocationAt: time)
        } catch {
            throw SheetError(.unpinned, "the registrar's certificate does not hold under a known root: \(error)")
        }
        return SignedSheet(
            bytes: bytes,
            digest: SHA256Digest.hash(bytes),
            sheet: sheet,
            signer: signer,
            trust: try self.trust(in: sheet, known: sheet.roots.map(\.fingerprint))
        )
    }

    private static func checkPartner(
        of sheet: PartnerSheet,
        partner: PartnerCode,
        realm: Realm,
        previous: SignedSheet?
    ) throws(SheetError) {
        guard sheet.code == partner, sheet.realm == realm else {
            throw SheetError(
                .wrongPartner,
                "expected `\(partner)` in realm `\(realm)`, got `\(sheet.code)` in realm `\(sheet.realm)`"
            )
        }
        if let previous, previous.sheet.trustDomain != sheet.trustDomain || previous.sheet.code != sheet.code {
            throw SheetError(
                .wrongPartner,
                "expected trust domain `\(previous.sheet.trustDomain)` as in version "
                    + "\(previous.sheet.version), got `\(sheet.trustDomain)`"
            )
        }
    }

    private static func checkSignature(
        of message: CMSSignedMessage,
        on sheet: PartnerSheet
    ) throws(SheetError) -> Certificate {
        let key = message.signerKeyIdentifier
        let registrars = sheet.officers.filter { $0.name.rawValue == registrarName }.flatMap(\.certificates)
        guard let signer = registrars.first(where: { $0.publicKey.keyIdentifier == key }) else {
            throw SheetError(.badSignature, "expected a registrar of the sheet as signer, got key `\(key)`")
        }
        do {
            try message.verify(signer: signer)
        } catch {
            throw SheetError(.badSignature, "\(error)")
        }
        guard message.signingTime == sheet.issuedAt.secondsSinceEpoch else {
            throw SheetError(
                .badSignature,
                "expected the signing time to be the time of issue, \(sheet.issuedAt), got "
                    + "\(Timestamp(secondsSinceEpoch: message.signingTime))"
            )
        }
        return signer
    }

    private static func trust(in sheet: PartnerSheet, known: [SHA256Digest]) throws(SheetError) -> PartnerTrust {
        let roots = sheet.roots.filter { known.contains($0.fingerprint) }
        guard !roots.isEmpty else {
            let got = sheet.roots.map { "`\($0.fingerprint)`" }.joined(separator: ", ")
            throw SheetError(.unpinned, "expected a root known before, got \(got)")
        }
        do {
            return try PartnerTrust(sheet: sheet, roots: roots)
        } catch {
            throw SheetError(.wrongCertificate, error.description)
        }
    }

    private static func checkTimes(of sheet: PartnerSheet, at time: Timestamp) throws(SheetError) {
        guard sheet.issuedAt <= time.adding(seconds: clockSkew) else {
            throw SheetError(.notYetValid, "version \(sheet.version) is issued at \(sheet.issuedAt), now \(time)")
        }
        guard time < sheet.nextUpdate else {
            throw SheetError(
                .expired,
                "version \(sheet.version) was in force until \(sheet.nextUpdate), now \(time): get the next one"
            )
        }
    }
}
