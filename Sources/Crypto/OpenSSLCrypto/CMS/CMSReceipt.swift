/// A signed receipt for one signed message (RFC 2634 2.5), in the one accepted form of SignedData.
///
/// It says that its signer held the message: it repeats the message's content identifier and signature and signs the
/// digest of its signed attributes. Nothing of it is to be believed before `verify(for:signer:)` has returned.
public struct CMSReceipt: Sendable {
    private let form: SignedDataForm

    private static let ownAttributes: Set<ObjectIdentifier> = [.messageSignatureDigest]

    /// Checks the form; each deviation has its own error.
    public init(der: [UInt8]) throws(CMSFormError) {
        form = try SignedDataForm(der: der, contentType: .receipt, extraAttributes: Self.ownAttributes)
        _ = try form.attributes.contents(of: .messageSignatureDigest, tag: .octetString)
        _ = try ReceiptContent(der: Array(der[form.content]))
    }

    /// Signs a receipt for `message`, which must request one and should have been verified.
    ///
    /// - Throws: `OpenSSLError` when the message requests no receipt or `certificate` and `key` cannot sign.
    public static func sign(
        for message: CMSSignedMessage,
        certificate: Certificate,
        key: PrivateKey,
        signingTime: Int64
    ) throws(OpenSSLError) -> [UInt8] {
        let content: ReceiptContent
        do throws(CMSFormError) {
            content = try ReceiptContent(for: message)
        } catch {
            throw OpenSSLError("sign receipt", because: error.description)
        }
        let digest = CMSAttribute(
            oid: ObjectIdentifier.messageSignatureDigest.description,
            der: DERWriter.octetString(messageSignatureDigest(of: message))
        )
        return try CMSSigner(certificate: certificate, key: key)
            .sign(content.der, contentType: .receipt, signingTime: signingTime, attributes: [digest])
    }

    /// Verifies that `receipt` is a receipt for `message` by `signer`; see `verify(for:signer:)`.
    public static func verify(
        _ receipt: [UInt8],
        for message: CMSSignedMessage,
        signer: Certificate
    ) throws(CMSFormError) {
        try CMSReceipt(der: receipt).verify(for: message, signer: signer)
    }

    /// The name of the key that the signature claims to be made with.
    public var signerKeyIdentifier: KeyIdentifier { form.signerKeyIdentifier }

    /// When the recipient says to have signed, in seconds since 1970.
    public var signingTime: Int64 { form.signingTime }

    /// Verifies that `signer` made this receipt, for exactly `message` (RFC 2634 2.6).
    ///
    /// Whether `signer` is to be trusted, and is a recipient of the message, is the caller's business.
    public func verify(for message: CMSSignedMessage, signer: Certificate) throws(CMSFormError) {
        try form.verify(signer: signer)
        let expected = try ReceiptContent(for: message)
        let got = try ReceiptContent(der: Array(form.der[form.content]))
        guard got.contentType == expected.contentType else { throw .receiptForOtherContent }
        guard got.contentIdentifier == expected.contentIdentifier else { throw .receiptForOtherIdentifier }
        guard got.originatorSignature == expected.originatorSignature else { throw .receiptForOtherSignature }
        let digest = try form.attributes.contents(of: .messageSignatureDigest, tag: .octetString)
        guard form.der[digest].elementsEqual(Self.messageSignatureDigest(of: message)) else {
            throw .receiptForOtherAttributes
        }
    }

    /// The digest of the message's signed attributes, with the message's own algorithm (RFC 2634 2.6).
    private static func messageSignatureDigest(of message: CMSSignedMessage) -> [UInt8] {
        let signed = message.form.signedBytes
        return message.form.suite.digest(of: signed.indices, in: signed)
    }
}

/// What a receipt signs (RFC 2634 2.5).
///
///     Receipt ::= SEQUENCE { version INTEGER (1), contentType OBJECT IDENTIFIER,
///         signedContentIdentifier OCTET STRING, originatorSignatureValue OCTET STRING }
private struct ReceiptContent {
    let contentType: ObjectIdentifier
    let contentIdentifier: [UInt8]
    let originatorSignature: [UInt8]

    init(for message: CMSSignedMessage) throws(CMSFormError) {
        guard let request = message.attribute(CMSAttribute.receiptRequestOID) else { throw .receiptNotRequested }
        contentType = .data
        contentIdentifier = try ESSReceiptRequest(der: request).contentIdentifier
        originatorSignature = Array(message.der[message.form.signature])
    }

    init(der: [UInt8]) throws(CMSFormError) {
        var reader = DERReader(der)
        var fields = try reader.enter(.sequence)
        try reader.finish()
        let version = try fields.readSmallInteger()
        guard version == 1 else { throw .unsupportedVersion(of: "Receipt", expected: 1, got: version) }
        contentType = try fields.readObjectIdentifier()
        contentIdentifier = Array(der[try fields.read(.octetString).contents])
        originatorSignature = Array(der[try fields.read(.octetString).contents])
        try fields.finish()
    }

    var der: [UInt8] {
        DERWriter.sequence(
            of: DERWriter.integer(1),
            DERWriter.objectIdentifier(contentType),
            DERWriter.octetString(contentIdentifier),
            DERWriter.octetString(originatorSignature)
        )
    }
}
