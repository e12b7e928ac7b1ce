import COpenSSL

/// The two pairs of digest and curve that CMS signatures here are made with (RFC 5754 2 and 3.3).
enum SignatureSuite: Hashable, Sendable, CaseIterable {
    case ecdsaP256SHA256
    case ecdsaP384SHA384

    /// The suite of a key; nil for Ed25519, which libcrypto's CMS can neither sign with nor verify.
    init?(_ algorithm: KeyAlgorithm) {
        switch algorithm {
        case .p256: self = .ecdsaP256SHA256
        case .p384: self = .ecdsaP384SHA384
        case .ed25519: return nil
        }
    }

    var keyAlgorithm: KeyAlgorithm {
        switch self {
        case .ecdsaP256SHA256: .p256
        case .ecdsaP384SHA384: .p384
        }
    }

    var digestIdentifier: ObjectIdentifier {
        switch self {
        case .ecdsaP256SHA256: .sha256
        case .ecdsaP384SHA384: .sha384
        }
    }

    var signatureIdentifier: ObjectIdentifier {
        switch self {
        case .ecdsaP256SHA256: .ecdsaWithSHA256
        case .ecdsaP384SHA384: .ecdsaWithSHA384
        }
    }

    /// The `EVP_MD *` of the digest, which lives as long as the process.
    var messageDigest: OpaquePointer? {
        switch self {
        case .ecdsaP256SHA256: EVP_sha256()
        case .ecdsaP384SHA384: EVP_sha384()
        }
    }

    /// The digest of a part of `bytes`, which is not copied.
    func digest(of range: Range<Int>, in bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { digest, count in
            var written: UInt32 = 0
            let status = bytes.withUnsafeBytes {
                EVP_Digest(
                    UnsafeRawBufferPointer(rebasing: $0[range]).baseAddress,
                    range.count,
                    digest.baseAddress,
                    &written,
                    messageDigest,
                    nil
                )
            }
            precondition(status == 1, "libcrypto refused to hash with \(self)")
            count = Int(written)
        }
    }
}
