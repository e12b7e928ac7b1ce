import COpenSSL

/// A private key of one of the accepted algorithms.
///
/// The key stays inside libcrypto; only `pem()` brings it out.
// `@unchecked Sendable`: the EVP_PKEY is set up in `init` and only read afterwards; libcrypto locks what it caches inside.
public final class PrivateKey: @unchecked Sendable, CustomStringConvertible {
    /// The public half.
    public let publicKey: PublicKey
    /// The `EVP_PKEY *`; valid as long as this object.
    package let pointer: OpaquePointer

    /// A new key from libcrypto's generator.
    public static func generate(_ algorithm: KeyAlgorithm) throws(OpenSSLError) -> PrivateKey {
        let key = try makeOpenSSL("generate \(algorithm.rawValue) key") {
            switch algorithm {
            case .p256: shim_EVP_EC_gen("P-256")
            case .p384: shim_EVP_EC_gen("P-384")
            case .ed25519: shim_EVP_Ed25519_gen()
            }
        }
        return try PrivateKey(adopting: key, operation: "generate \(algorithm.rawValue) key")
    }

    /// Parses a text that holds exactly one private key, as PKCS#8 (RFC 5958) or SEC1 (RFC 5915).
    ///
    /// Encrypted keys are refused and no password is ever asked for.
    ///
    /// - Throws: `OpenSSLError` for another algorithm, trailing bytes, several keys, or halves that do not belong together.
    public convenience init(pem: [UInt8]) throws(OpenSSLError) {
        let operation = "parse private key"
        // `openssl ecparam -genkey` writes the curve's name in front of the key.
        let blocks = try PEMBlock.parse(pem, operation: operation).filter { $0.label != "EC PARAMETERS" }
        guard let block = blocks.first, blocks.count == 1 else {
            throw OpenSSLError(operation, because: "expected one private key, got \(blocks.count) PEM blocks")
        }
        guard block.label != "ENCRYPTED PRIVATE KEY", block.headers.isEmpty else {
            throw OpenSSLError(
                operation,
                because: "the key is encrypted; decrypt it with `openssl pkey` and keep the file at mode 0600"
            )
        }
        guard block.label == "PRIVATE KEY" || block.label == "EC PRIVATE KEY" else {
            throw OpenSSLError(operation, because: "expected `PRIVATE KEY` or `EC PRIVATE KEY`, got `\(block.label)`")
        }
        let key = try DERCoding.decode(operation, block.bytes, free: EVP_PKEY_free) { d2i_AutoPrivateKey(nil, $0, $1) }
        try self.init(adopting: key, operation: operation)
    }

    /// Takes over a key that it checks: algorithm, encoding of the public half, and that both halves belong together.
    private init(adopting key: OpaquePointer, operation: String) throws(OpenSSLError) {
        do throws(OpenSSLError) {
            publicKey = try PublicKey(
                subjectPublicKeyInfo: DERCoding.encode(operation) { i2d_PUBKEY(key, $0) }
            )
            let context = try makeOpenSSL(operation) { EVP_PKEY_CTX_new_from_pkey(nil, key, nil) }
            defer { EVP_PKEY_CTX_free(context) }
            try callOpenSSL(operation) { EVP_PKEY_pairwise_check(context) }
        } catch {
            EVP_PKEY_free(key)
            throw OpenSSLError(operation: operation, reasons: error.reasons)
        }
        pointer = key
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// The algorithm.
    public var algorithm: KeyAlgorithm { publicKey.algorithm }

    /// The key as unencrypted PKCS#8 PEM.
    ///
    /// Whoever stores it does so with mode 0600.
    public func pem() throws(OpenSSLError) -> [UInt8] {
        let bio = try MemoryBIO()
        let target = bio.pointer
        try callOpenSSL("write private key") {
            PEM_write_bio_PKCS8PrivateKey(target, pointer, nil, nil, 0, nil, nil)
        }
        return bio.bytes
    }

    /// Signs a message.
    ///
    /// Ed25519 answers the 64 raw bytes of RFC 8032; ECDSA answers DER with low S, over SHA-256 for P-256 and over SHA-384 for P-384.
    public func sign(_ message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign with \(algorithm.rawValue) key"
        let context = try makeOpenSSL(operation) { EVP_MD_CTX_new() }
        defer { EVP_MD_CTX_free(context) }
        try callOpenSSL(operation) {
            EVP_DigestSignInit_ex(context, nil, algorithm.digestName, nil, nil, pointer, nil)
        }
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(pointer)))
        var count = signature.count
        try callOpenSSL(operation) { EVP_DigestSign(context, &signature, &count, message, message.count) }
        signature.removeLast(signature.count - count)
        switch algorithm {
        case .ed25519: return signature
        case .p256, .p384:
            guard let parsed = ECDSASignature(der: signature, algorithm: algorithm) else {
                throw OpenSSLError(operation, because: "libcrypto gave a signature that is not DER")
            }
            return parsed.withLowS.der
        }
    }

    /// The public half; the private one is never printed.
    public var description: String { "private half of \(publicKey)" }
}
