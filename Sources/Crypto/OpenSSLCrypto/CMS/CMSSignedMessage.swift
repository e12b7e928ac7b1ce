/// A signed message in the one accepted form of CMS SignedData (RFC 5652 5): DER throughout, content of type id-data
/// inside, one signer named by subject key identifier, ECDSA with low S over SHA-256 on P-256 or SHA-384 on P-384, the
/// signed attributes contentType, messageDigest, signingTime and signingCertificateV2, optionally an ESS security
/// label and a receipt request, and nothing unsigned.
///
/// A value says that the form is right. Nothing of it is to be believed before `verify(signer:)` has returned.
public struct CMSSignedMessage: Sendable {
    let form: SignedDataForm

    private static let optionalAttributes: Set<ObjectIdentifier> = [.securityLabel, .receiptRequest]

    /// Checks the form; each deviation has its own error.
    public init(der: [UInt8]) throws(CMSFormError) {
        form = try SignedDataForm(der: der, contentType: .data, extraAttributes: Self.optionalAttributes)
        // INVARIANT: nothing inside a signed message has a second spelling either.
        try check(.securityLabel) { (der) throws(CMSFormError) in _ = try ESSSecurityLabel(der: der) }
        try check(.receiptRequest) { (der) throws(CMSFormError) in _ = try ESSReceiptRequest(der: der) }
    }

    private func check(
        _ type: ObjectIdentifier,
        _ read: ([UInt8]) throws(CMSFormError) -> Void
    ) throws(CMSFormError) {
        guard let value = form.attributes.entries.first(where: { $0.type == type })?.value else { return }
        do throws(CMSFormError) {
            try read(Array(form.der[value.range]))
        } catch {
            throw .malformedAttribute(SignedAttributes.name(of: type))
        }
    }

    /// The message as it was given.
    public var der: [UInt8] { form.der }

    /// What was signed.
    public var content: [UInt8] { Array(form.der[form.content]) }

    /// The name of the key that the signature claims to be made with.
    public var signerKeyIdentifier: KeyIdentifier { form.signerKeyIdentifier }

    /// When the signer says to have signed, in seconds since 1970.
    public var signingTime: Int64 { form.signingTime }

    /// The types of all signed attributes, with dots, in the order of the message.
    public var attributeOIDs: [String] { form.attributes.entries.map { "\($0.type)" } }

    /// The DER of the one value of a signed attribute; nil if the message does not have it.
    public func attribute(_ oid: String) -> [UInt8]? {
        guard let type = ObjectIdentifier(dotted: oid),
            let entry = form.attributes.entries.first(where: { $0.type == type })
        else { return nil }
        return Array(form.der[entry.value.range])
    }

    /// Verifies that `signer` made the signature over this content and these attributes.
    ///
    /// The key must be the named one, the signed certificate hash that of `signer`, the digest that of the content.
    /// Whether `signer` is to be trusted (chain, validity, revocation) is the caller's business.
    public func verify(signer: Certificate) throws(CMSFormError) {
        try form.verify(signer: signer)
    }
}
