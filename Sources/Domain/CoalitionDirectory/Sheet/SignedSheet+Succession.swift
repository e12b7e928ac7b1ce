import CanonicalEncoding
import OpenSSLCrypto

extension SignedSheet {
    /// Whether a sheet may follow the one accepted before: not lower, not another one of the same version, and not the
    /// next one of another history, nor the one before in another.
    static func checkSuccession(
        of sheet: PartnerSheet,
        bytes: [UInt8],
        after previous: SignedSheet
    ) throws(SheetError) {
        let before = previous.sheet
        if sheet.version < before.version {
            if sheet.version + 1 == before.version, let named = before.previous, named != SHA256Digest.hash(bytes) {
                throw SheetError(
                    .forked,
                    "version \(before.version) of `\(before.code)` follows `\(named)`, got a version \(sheet.version) "
                        + "that is `\(SHA256Digest.hash(bytes))`: keep both and ask the partner",
                    evidence: [previous.bytes, bytes]
                )
            }
            throw SheetError(
                .older,
                "expected version \(before.version) of `\(before.code)` or later, got \(sheet.version)"
            )
        }
        if sheet.version == before.version {
            if bytes == previous.bytes { return }
            throw SheetError(
                .forked,
                "two sheets of `\(before.code)` are version \(before.version): keep both and ask the partner",
                evidence: [previous.bytes, bytes]
            )
        }
        if sheet.version == before.version + 1, sheet.previous != previous.digest {
            throw SheetError(
                .forked,
                "version \(sheet.version) of `\(before.code)` follows `\(sheet.previous?.hex ?? "none")`, expected "
                    + "`\(previous.digest)`: keep both and ask the partner",
                evidence: [previous.bytes, bytes]
            )
        }
        try checkRevocationLists(of: sheet, after: before)
    }

    private static func checkRevocationLists(of sheet: PartnerSheet, after before: PartnerSheet) throws(SheetError) {
        for authority in before.authorities {
            guard let old = before.revocationList(of: authority), let new = sheet.revocationList(of: authority) else {
                // An authority that has left the sheet issues for nobody any more.
                continue
            }
            guard let oldNumber = old.number, let newNumber = new.number else {
                throw SheetError(.wrongCertificate, "revocation list of \(authority.subject): expected a CRL number")
            }
            guard newNumber >= oldNumber else {
                throw SheetError(
                    .revocationListOlder,
                    "revocation list of \(authority.subject): expected number \(oldNumber) or later, got \(newNumber)"
                )
            }
            guard newNumber > oldNumber || new.der == old.der else {
                throw SheetError(
                    .revocationListOlder,
                    "revocation list of \(authority.subject): two lists have number \(newNumber), expected one"
                )
            }
        }
    }
}
