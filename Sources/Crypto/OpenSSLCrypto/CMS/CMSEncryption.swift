import COpenSSL

/// Encryption to certificates as CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084).
///
/// Each recipient has a KeyAgreeRecipientInfo of its own (RFC 5753): ephemeral ECDH on the recipient's curve, the X9.63
/// derivation with SHA-256 on P-256 and SHA-384 on P-384, AES-256 key wrap, and the recipient's subject key identifier.
public enum CMSEncryption {
    /// Encrypts to every one of `recipients`, each with a P-256 or P-384 key; DER with definite lengths.
    ///
    /// - Throws: `OpenSSLError` when there are no recipients, one occurs twice, or one has no proper subject key
    ///   identifier.
    public static func encrypt(_ plaintext: [UInt8], to recipients: [Certificate]) throws(OpenSSLError) -> [UInt8] {
        let operation = "encrypt CMS message"
        let addressees = try addressees(recipients, operation)
        guard plaintext.count <= Int(Int32.max) - 65_536 else {
            throw OpenSSLError(operation, because: "\(plaintext.count) bytes are too many for one CMS object")
        }
        let message = try makeOpenSSL(operation) { CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()) }
        defer { CMS_ContentInfo_free(message) }
        // Without this the object holds no content (and says nothing about it).
        try callOpenSSL(operation) { CMS_set_detached(message, 0) }
        for (recipient, suite) in addressees {
            try add(recipient, suite, to: message, operation)
        }
        let chain = try makeOpenSSL(operation) { CMS_dataInit(message, nil) }
        defer { BIO_free_all(chain) }
        var written = 0
        if !plaintext.isEmpty {
            try callOpenSSL(operation) { BIO_write_ex(chain, plaintext, plaintext.count, &written) }
        }
        guard written == plaintext.count else {
            throw OpenSSLError(operation, because: "expected to encrypt \(plaintext.count) bytes, got \(written)")
        }
        try callOpenSSL(operation) { shim_BIO_flush(chain) }
        try callOpenSSL(operation) { CMS_dataFinal(message, chain) }
        let der = try DERCoding.encode(operation) { i2d_CMS_ContentInfo(message, $0) }
        // INVARIANT: nothing is written that would be refused.
        _ = try readForm(der, operation)
        return der
    }

    /// Decrypts what `encrypt` made for `certificate`, whose private half `key` is.
    ///
    /// Nothing of the plaintext leaves this function unless the authentication tag verified.
    ///
    /// - Throws: `OpenSSLError` when the form is not the accepted one, the certificate is not among the recipients, or
    ///   the message was changed.
    public static func decrypt(
        _ der: [UInt8],
        certificate: Certificate,
        key: PrivateKey
    ) throws(OpenSSLError) -> [UInt8] {
        let operation = "decrypt CMS message"
        let form = try readForm(der, operation)
        guard let name = certificate.subjectKeyIdentifier, form.recipients.contains(name) else {
            throw OpenSSLError(operation, because: "it is not encrypted to this certificate")
        }
        let message = try DERCoding.decode(operation, der, free: CMS_ContentInfo_free) {
            d2i_CMS_ContentInfo(nil, $0, $1)
        }
        defer { CMS_ContentInfo_free(message) }
        let output = try MemoryBIO()
        let sink = output.pointer
        // The plaintext is in `output` before the tag has been checked; on failure it is wiped with it.
        try callOpenSSL(operation) {
            CMS_decrypt(message, key.pointer, certificate.pointer, nil, sink, UInt32(CMS_BINARY))
        }
        let plaintext = output.bytes
        guard plaintext.count == form.ciphertext.count else {
            throw OpenSSLError(
                operation,
                because: "expected \(form.ciphertext.count) bytes of plaintext, got \(plaintext.count)"
            )
        }
        return plaintext
    }

    /// The names of the keys that can open `der`, after checking that it has the one accepted form.
    ///
    /// Accepted is what `encrypt` writes, and nothing else; the ciphertext is not copied, nor authenticated.
    public static func recipients(of der: [UInt8]) throws(CMSFormError) -> [KeyIdentifier] {
        try AuthEnvelopedDataForm(der: der).recipients
    }

    private static func readForm(
        _ der: [UInt8],
        _ operation: String
    ) throws(OpenSSLError) -> AuthEnvelopedDataForm {
        do throws(CMSFormError) {
            return try AuthEnvelopedDataForm(der: der)
        } catch {
            throw OpenSSLError(operation, because: error.description)
        }
    }

    private static func addressees(
        _ recipients: [Certificate],
        _ operation: String
    ) throws(OpenSSLError) -> [(Certificate, CurveSuite)] {
        guard !recipients.isEmpty else { throw OpenSSLError(operation, because: "there are no recipients") }
        var seen: Set<KeyIdentifier> = []
        var addressees: [(Certificate, CurveSuite)] = []
        for recipient in recipients {
            let name = recipient.publicKey.keyIdentifier
            guard let suite = CurveSuite(recipient.publicKey.algorithm) else {
                let algorithm = recipient.publicKey.algorithm.rawValue
                throw OpenSSLError(operation, because: "expected a P-256 or P-384 key for `\(name)`, got \(algorithm)")
            }
            // libcrypto names the recipient by the extension, the directory by the key itself.
            guard recipient.subjectKeyIdentifier == name else {
                throw OpenSSLError(
                    operation,
                    because: "the subject key identifier of `\(recipient.subject)` is not that of its key"
                )
            }
            guard seen.insert(name).inserted else {
                throw OpenSSLError(operation, because: "recipient `\(name)` occurs twice")
            }
            addressees.append((recipient, suite))
        }
        return addressees
    }

    private static func add(
        _ recipient: Certificate,
        _ suite: CurveSuite,
        to message: OpaquePointer,
        _ operation: String
    ) throws(OpenSSLError) {
        let information = try makeOpenSSL(operation) {
            CMS_add1_recipient_cert(message, recipient.pointer, UInt32(CMS_USE_KEYID))
        }
        let context = try makeOpenSSL(operation) { CMS_RecipientInfo_get0_pkey_ctx(information) }
        // libcrypto would derive with SHA-1 otherwise.
        try callOpenSSL(operation) { shim_EVP_PKEY_CTX_set_ecdh_kdf_md(context, suite.messageDigest) }
    }
}
