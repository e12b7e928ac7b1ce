import COpenSSL

/// Signs in the one form that `CMSSignedMessage` accepts.
public struct CMSSigner: Sendable {
    /// The certificate that the signatures are bound to.
    public let certificate: Certificate
    private let key: PrivateKey

    /// A signer with a P-256 or P-384 key; `sign` refuses a key that is not the certificate's.
    public init(certificate: Certificate, key: PrivateKey) {
        self.certificate = certificate
        self.key = key
    }

    /// The DER of a SignedData over `content`, which is inside (RFC 5652 5).
    ///
    /// The signed attributes are contentType, messageDigest, signingTime (unix seconds), signingCertificateV2 and
    /// `attributes`, which may hold an ESS security label and a receipt request.
    ///
    /// - Throws: `OpenSSLError` when key and certificate do not belong together, the certificate has no proper subject
    ///   key identifier, or an attribute is not one that `CMSSignedMessage` accepts.
    public func sign(
        _ content: [UInt8],
        signingTime: Int64,
        attributes: [CMSAttribute] = []
    ) throws(OpenSSLError) -> [UInt8] {
        let der = try sign(content, contentType: .data, signingTime: signingTime, attributes: attributes)
        do {
            _ = try CMSSignedMessage(der: der)
        } catch {
            throw OpenSSLError("sign CMS message", because: error.description)
        }
        return der
    }

    /// The same for any content type and any attributes whose values are a SEQUENCE, a SET or an OCTET STRING.
    func sign(
        _ content: [UInt8],
        contentType: ObjectIdentifier,
        signingTime: Int64,
        attributes: [CMSAttribute]
    ) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign CMS message"
        guard let suite = CurveSuite(key.algorithm) else {
            throw OpenSSLError(operation, because: "expected a P-256 or P-384 key, got \(key.algorithm.rawValue)")
        }
        // libcrypto names the signer by the extension, verifiers by the key itself.
        guard certificate.subjectKeyIdentifier == key.publicKey.keyIdentifier else {
            throw OpenSSLError(
                operation,
                because: "the certificate's subject key identifier is not that of the key, or is missing"
            )
        }
        guard let time = DERTime.encode(signingTime) else {
            throw OpenSSLError(operation, because: "signing time \(signingTime) is outside the years 1950 to 9999")
        }
        let flags = UInt32(CMS_PARTIAL | CMS_BINARY | CMS_NOCERTS | CMS_NOSMIMECAP)
        let message = try makeOpenSSL(operation) { CMS_sign(nil, nil, nil, nil, flags) }
        defer { CMS_ContentInfo_free(message) }
        if contentType != .data {
            try setContentType(of: message, contentType, operation)
        }
        // Neither CMS_CADES nor the default digest: they would hash certificate and content with whatever suits the
        // library, here the certificate's hash is SHA-256 always and the content's goes with the curve.
        let signer = try makeOpenSSL(operation) {
            CMS_add1_signer(
                message,
                certificate.pointer,
                key.pointer,
                suite.messageDigest,
                flags | UInt32(CMS_USE_KEYID)
            )
        }
        let signingCertificate = ESSSigningCertificate(certificateHash: certificate.fingerprint)
        try add(.signingTime, time.tag, time.contents, to: signer, operation)
        try add(.signingCertificateV2, .sequence, signingCertificate.der, to: signer, operation)
        for attribute in attributes {
            try add(attribute, to: signer, operation)
        }
        let input = try MemoryBIO(content)
        let source = input.pointer
        try callOpenSSL(operation) { CMS_final(message, source, nil, flags) }
        try lowerS(of: signer, suite, operation)
        return try DERCoding.encode(operation) { i2d_CMS_ContentInfo(message, $0) }
    }

    private func setContentType(
        of message: OpaquePointer,
        _ type: ObjectIdentifier,
        _ operation: String
    ) throws(OpenSSLError) {
        let object = try makeOpenSSL(operation) { OBJ_txt2obj(type.description, 1) }
        defer { ASN1_OBJECT_free(object) }
        try callOpenSSL(operation) { CMS_set1_eContentType(message, object) }
    }

    private func add(
        _ attribute: CMSAttribute,
        to signer: OpaquePointer,
        _ operation: String
    ) throws(OpenSSLError) {
        guard let type = ObjectIdentifier(dotted: attribute.oid) else {
            throw OpenSSLError(operation, because: "`\(attribute.oid)` is not an object identifier")
        }
        let value: DERElement
        do throws(CMSFormError) {
            var reader = DERReader(attribute.der)
            value = try reader.readElement()
            try reader.finish()
        } catch {
            throw OpenSSLError(operation, because: "attribute `\(type)`: \(error.description)")
        }
        switch value.tag {
        // libcrypto takes a SEQUENCE or SET with its header and a string without.
        case .sequence, .set: try add(type, value.tag, attribute.der, to: signer, operation)
        case .octetString: try add(type, value.tag, Array(attribute.der[value.contents]), to: signer, operation)
        default: throw OpenSSLError(operation, because: "attribute `\(type)` has a value of type \(value.tag)")
        }
    }

    private func add(
        _ type: ObjectIdentifier,
        _ tag: DERTag,
        _ value: [UInt8],
        to signer: OpaquePointer,
        _ operation: String
    ) throws(OpenSSLError) {
        try callOpenSSL(operation) {
            CMS_signed_add1_attr_by_txt(signer, type.description, Int32(tag.octet & 0x1F), value, Int32(value.count))
        }
    }

    /// Replaces the signature by its equivalent with low s, which is the only one accepted.
    private func lowerS(
        of signer: OpaquePointer,
        _ suite: CurveSuite,
        _ operation: String
    ) throws(OpenSSLError) {
        let value = try makeOpenSSL(operation) { CMS_SignerInfo_get0_signature(signer) }
        let octets = UnsafeBufferPointer(start: ASN1_STRING_get0_data(value), count: Int(ASN1_STRING_length(value)))
        guard let signature = ECDSASignature(der: Array(octets), algorithm: suite.keyAlgorithm) else {
            throw OpenSSLError(operation, because: "libcrypto made a signature that is not an ECDSA signature in DER")
        }
        guard !signature.hasLowS else { return }
        let lowered = signature.withLowS.der
        try callOpenSSL(operation) { ASN1_STRING_set(value, lowered, Int32(lowered.count)) }
    }
}
