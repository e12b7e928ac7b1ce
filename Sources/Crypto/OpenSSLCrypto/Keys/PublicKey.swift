import COpenSSL

/// A public key of one of the accepted algorithms, in its one accepted encoding.
///
/// Equal keys have equal SubjectPublicKeyInfo bytes.
// `@unchecked Sendable`: the EVP_PKEY is set up in `init` and only read afterwards; libcrypto locks what it caches inside.
public final class PublicKey: Hashable, @unchecked Sendable, CustomStringConvertible {
    /// The algorithm.
    public let algorithm: KeyAlgorithm
    /// The DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    public let subjectPublicKeyInfo: [UInt8]
    /// The key's name, computed from the key itself.
    public let keyIdentifier: KeyIdentifier
    /// The `EVP_PKEY *`; valid as long as this object.
    package let pointer: OpaquePointer

    /// Parses a DER SubjectPublicKeyInfo: P-256 or P-384 as named curve with an uncompressed point, or Ed25519.
    ///
    /// - Throws: `OpenSSLError` for any other algorithm or encoding, a point off the curve, and trailing bytes.
    public convenience init(subjectPublicKeyInfo bytes: [UInt8]) throws(OpenSSLError) {
        let form = try Self.acceptedForm(of: bytes)
        try self.init(form, bytes, adopting: form.makeKey())
    }

    /// The key that libcrypto has parsed from these bytes already, as inside a certificate; takes a reference of its own.
    convenience init(subjectPublicKeyInfo bytes: [UInt8], parsed key: OpaquePointer) throws(OpenSSLError) {
        let form = try Self.acceptedForm(of: bytes)
        try callOpenSSL("keep public key") { EVP_PKEY_up_ref(key) }
        try self.init(form, bytes, adopting: key)
    }

    private init(
        _ form: SubjectPublicKeyInfoForm,
        _ bytes: [UInt8],
        adopting key: OpaquePointer
    ) throws(OpenSSLError) {
        do throws(OpenSSLError) {
            keyIdentifier = try KeyIdentifier(ofSubjectPublicKey: form.subjectPublicKey)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        algorithm = form.algorithm
        subjectPublicKeyInfo = bytes
        pointer = key
    }

    private static func acceptedForm(of bytes: [UInt8]) throws(OpenSSLError) -> SubjectPublicKeyInfoForm {
        guard let form = SubjectPublicKeyInfoForm(bytes) else {
            throw OpenSSLError(
                "parse public key",
                because: "expected a P-256, P-384 or Ed25519 key (named curve, uncompressed point), got another"
            )
        }
        return form
    }

    /// The Ed25519 key with these 32 bytes (RFC 8032 section 5.1.5).
    public convenience init(rawEd25519 bytes: [UInt8]) throws(OpenSSLError) {
        guard bytes.count == 32 else {
            throw OpenSSLError("parse Ed25519 key", because: "expected 32 bytes, got \(bytes.count)")
        }
        try self.init(subjectPublicKeyInfo: SubjectPublicKeyInfoForm.header(of: .ed25519) + bytes)
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// The 32 bytes of an Ed25519 key; nil for the others.
    public var rawEd25519: [UInt8]? {
        switch algorithm {
        case .ed25519: Array(subjectPublicKeyInfo.suffix(32))
        case .p256, .p384: nil
        }
    }

    /// Whether this is the signature that `PrivateKey.sign` makes with the private half over the message.
    ///
    /// ECDSA signatures are accepted in one form only, DER with low S, so that nobody can turn one valid signature into another.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard hasAcceptedForm(signature), let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        ERR_clear_error()
        guard EVP_DigestVerifyInit_ex(context, nil, algorithm.digestName, nil, nil, pointer, nil) == 1 else {
            return false
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private func hasAcceptedForm(_ signature: [UInt8]) -> Bool {
        switch algorithm {
        case .ed25519: signature.count == 64
        case .p256, .p384: ECDSASignature(der: signature, algorithm: algorithm)?.hasLowS ?? false
        }
    }

    public var description: String { "\(algorithm.rawValue) \(keyIdentifier.hex)" }

    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.subjectPublicKeyInfo == right.subjectPublicKeyInfo
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(subjectPublicKeyInfo)
    }
}
