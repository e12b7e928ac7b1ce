/// Why a sheet is refused: a stable code for machines and the reason in words.
public struct SheetError: Error, Sendable, CustomStringConvertible {
    /// The stable reason codes of refused sheets.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Not the canonical JSON of a sheet of a known format.
        case malformed = "sheet-malformed"
        /// Not a CMS SignedData in the one accepted form.
        case unsigned = "sheet-unsigned"
        /// The signer is not the registrar that the sheet names, or the signature is wrong.
        case badSignature = "sheet-bad-signature"
        /// The registrar's certificate does not hold under a pinned root.
        case unpinned = "sheet-unpinned"
        /// Of another partner, realm or trust domain than expected.
        case wrongPartner = "sheet-wrong-partner"
        /// A certificate in the sheet is not what the profile wants.
        case wrongCertificate = "sheet-wrong-certificate"
        /// A certificate authority has no revocation list in the sheet.
        case revocationListMissing = "sheet-crl-missing"
        /// A revocation list is out of date or not yet valid.
        case revocationListNotCurrent = "sheet-crl-not-current"
        /// A revocation list has a lower number than one accepted before, or the same and other content.
        case revocationListOlder = "sheet-crl-older"
        /// Past its next update.
        case expired = "sheet-expired"
        /// Issued in the future.
        case notYetValid = "sheet-not-yet-valid"
        /// A lower version than the one accepted before.
        case older = "sheet-older"
        /// The version accepted before with other bytes, or the next one of another history.
        case forked = "sheet-forked"
    }

    /// The kind of the reason.
    public let code: Code
    /// Expected and got, for the operator.
    public let detail: String
    /// The signed sheets that contradict each other, to be kept; empty unless the code is `forked`.
    public let evidence: [[UInt8]]

    package init(_ code: Code, _ detail: String, evidence: [[UInt8]] = []) {
        self.code = code
        self.detail = detail
        self.evidence = evidence
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
