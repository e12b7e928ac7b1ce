/// A CMS SignedData in the one accepted form (RFC 5652 5): one signer named by key identifier, nothing unsigned that
/// could be changed, and DER throughout, so that whoever holds the bytes cannot give them another digest.
///
/// Having this form says nothing about the signature; `verify` does.
struct SignedDataForm: Sendable {
    let der: [UInt8]
    let content: Range<Int>
    let signerKeyIdentifier: KeyIdentifier
    let suite: CurveSuite
    let attributes: SignedAttributes
    let signature: Range<Int>
    let signingTime: Int64
    private let signingCertificate: ESSSigningCertificate
    private let messageDigest: Range<Int>

    /// Checks the form. The content must be of `contentType`, and the signed attributes the ones that every signature
    /// carries, beside which only those in `extraAttributes` may stand.
    init(
        der: [UInt8],
        contentType: ObjectIdentifier,
        extraAttributes: Set<ObjectIdentifier>
    ) throws(CMSFormError) {
        var reader = DERReader(der)
        var contentInfo = try reader.enter(.sequence)
        try reader.finish()
        try Self.expect(.signedData, try contentInfo.readObjectIdentifier())
        var wrapper = try contentInfo.enter(.context(0))
        try contentInfo.finish()
        var signedData = try wrapper.enter(.sequence)
        try wrapper.finish()

        try Self.expectVersion(3, of: "SignedData", try signedData.readSmallInteger())
        let messageSuite = try Self.readDigestAlgorithms(&signedData)
        content = try Self.readContent(&signedData, contentType: contentType)
        guard signedData.nextTag != .context(0) else { throw .certificatesPresent }
        guard signedData.nextTag != .context(1) else { throw .revocationListsPresent }
        let signers = try signedData.read(.set)
        try signedData.finish()
        var signer = try Self.onlySigner(signedData.enter(signers))

        try Self.expectVersion(3, of: "SignerInfo", try signer.readSmallInteger())
        guard let identifier = try signer.readIfPresent(.contextPrimitive(0)) else {
            throw .signerNotNamedByKeyIdentifier
        }
        guard let keyIdentifier = KeyIdentifier(der[identifier.contents]) else {
            throw .keyIdentifierLength(identifier.contents.count)
        }
        let suite = try Self.readDigestAlgorithm(&signer)
        guard suite == messageSuite else { throw .digestAlgorithmsDiffer }
        let attributes = try SignedAttributes(reading: &signer, of: der, permittedExtra: extraAttributes)
        try Self.readSignatureAlgorithm(&signer, suite)
        signature = try signer.read(.octetString).contents
        guard signer.nextTag != .context(1) else { throw .unsignedAttributesPresent }
        try signer.finish()

        self.der = der
        signerKeyIdentifier = keyIdentifier
        self.suite = suite
        self.attributes = attributes
        try Self.checkContentType(attributes, in: der, is: contentType)
        messageDigest = try attributes.contents(of: .messageDigest, tag: .octetString)
        signingTime = try Self.signingTime(attributes, in: der)
        signingCertificate = try ESSSigningCertificate(
            der: Array(der[try attributes.value(of: .signingCertificateV2).range])
        )
        guard let value = ECDSASignature(der: Array(der[signature]), algorithm: suite.keyAlgorithm) else {
            throw .malformedSignature
        }
        guard value.hasLowS else { throw .highS }
    }

    /// The bytes that the signature is over: the attributes as a SET OF, not as `[0]` (RFC 5652 5.4).
    var signedBytes: [UInt8] {
        var bytes = Array(der[attributes.range])
        bytes[0] = DERTag.set.octet
        return bytes
    }

    /// Verifies the signature, the digest of the content and the hash of the signer's certificate.
    ///
    /// Whether the certificate is to be trusted is the caller's business.
    func verify(signer: Certificate) throws(CMSFormError) {
        let key = signer.publicKey
        guard key.keyIdentifier == signerKeyIdentifier else { throw .signerKeyIdentifierMismatch }
        guard key.algorithm == suite.keyAlgorithm else { throw .signerKeyAlgorithmMismatch }
        guard signingCertificate.certificateHash == signer.fingerprint else { throw .signingCertificateMismatch }
        guard suite.digest(of: content, in: der).elementsEqual(der[messageDigest]) else { throw .messageDigestMismatch }
        guard key.isValidSignature(Array(der[signature]), for: signedBytes) else { throw .invalidSignature }
    }

    // MARK: Parts

    private static func expect(_ expected: ObjectIdentifier, _ got: ObjectIdentifier) throws(CMSFormError) {
        guard got == expected else { throw .wrongContentType(expected: "\(expected)", got: "\(got)") }
    }

    private static func expectVersion(_ expected: Int, of what: String, _ got: Int) throws(CMSFormError) {
        guard got == expected else { throw .unsupportedVersion(of: what, expected: expected, got: got) }
    }

    private static func readDigestAlgorithms(_ signedData: inout DERReader) throws(CMSFormError) -> CurveSuite {
        var algorithms = try signedData.enter(.set)
        guard !algorithms.isAtEnd else { throw .digestAlgorithmCount(0) }
        let suite = try readDigestAlgorithm(&algorithms)
        var count = 1
        while !algorithms.isAtEnd {
            _ = try algorithms.readElement()
            count += 1
        }
        guard count == 1 else { throw .digestAlgorithmCount(count) }
        return suite
    }

    private static func readDigestAlgorithm(_ reader: inout DERReader) throws(CMSFormError) -> CurveSuite {
        var fields = try reader.enter(.sequence)
        let identifier = try fields.readObjectIdentifier()
        guard let suite = CurveSuite.allCases.first(where: { $0.digestIdentifier == identifier }) else {
            throw .unsupportedAlgorithm(for: "digest", got: "\(identifier)")
        }
        guard fields.isAtEnd else { throw .algorithmParameters(of: "digest") }
        return suite
    }

    private static func readSignatureAlgorithm(
        _ reader: inout DERReader,
        _ suite: CurveSuite
    ) throws(CMSFormError) {
        var fields = try reader.enter(.sequence)
        let identifier = try fields.readObjectIdentifier()
        guard identifier == suite.signatureIdentifier else {
            throw .unsupportedAlgorithm(for: "signature", got: "\(identifier)")
        }
        guard fields.isAtEnd else { throw .algorithmParameters(of: "signature") }
    }

    private static func readContent(
        _ signedData: inout DERReader,
        contentType: ObjectIdentifier
    ) throws(CMSFormError) -> Range<Int> {
        var encapsulated = try signedData.enter(.sequence)
        try expect(contentType, try encapsulated.readObjectIdentifier())
        guard !encapsulated.isAtEnd else { throw .detachedContent }
        var wrapper = try encapsulated.enter(.context(0))
        try encapsulated.finish()
        let octets = try wrapper.read(.octetString)
        try wrapper.finish()
        return octets.contents
    }

    private static func onlySigner(_ signers: DERReader) throws(CMSFormError) -> DERReader {
        var signers = signers
        guard !signers.isAtEnd else { throw .signerCount(0) }
        let signer = try signers.enter(.sequence)
        var count = 1
        while !signers.isAtEnd {
            _ = try signers.readElement()
            count += 1
        }
        guard count == 1 else { throw .signerCount(count) }
        return signer
    }

    private static func checkContentType(
        _ attributes: SignedAttributes,
        in der: [UInt8],
        is expected: ObjectIdentifier
    ) throws(CMSFormError) {
        let contents = try attributes.contents(of: .contentType, tag: .objectIdentifier)
        guard let signed = ObjectIdentifier(contents: der[contents]) else { throw .malformedAttribute("contentType") }
        guard signed == expected else { throw .contentTypeMismatch(encapsulated: "\(expected)", signed: "\(signed)") }
    }

    private static func signingTime(_ attributes: SignedAttributes, in der: [UInt8]) throws(CMSFormError) -> Int64 {
        let value = try attributes.value(of: .signingTime)
        guard let time = DERTime.decode(tag: value.tag, contents: der[value.contents]) else {
            throw .malformedAttribute("signingTime")
        }
        return time
    }
}
