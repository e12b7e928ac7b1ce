import COpenSSL

/// The two curves of CMS keys, each with the digest that its signatures (RFC 5754 3.3) and its key derivation
/// (RFC 5753 7.1.4) use.
enum CurveSuite: Hashable, Sendable, CaseIterable {
    case p256SHA256
    case p384SHA384

    /// The suite of a key; nil for Ed25519, with which libcrypto's CMS neither signs nor agrees on keys.
    init?(_ algorithm: KeyAlgorithm) {
        switch algorithm {
        case .p256: self = .p256SHA256
        case .p384: self = .p384SHA384
        case .ed25519: return nil
        }
    }

    var keyAlgorithm: KeyAlgorithm {
        switch self {
        case .p256SHA256: .p256
        case .p384SHA384: .p384
        }
    }

    var digestIdentifier: ObjectIdentifier {
        switch self {
        case .p256SHA256: .sha256
        case .p384SHA384: .sha384
        }
    }

    var signatureIdentifier: ObjectIdentifier {
        switch self {
        case .p256SHA256: .ecdsaWithSHA256
        case .p384SHA384: .ecdsaWithSHA384
        }
    }

    /// ECDH without cofactor and the X9.63 derivation.
    var keyDerivationIdentifier: ObjectIdentifier {
        switch self {
        case .p256SHA256: .ecdhSHA256KDF
        case .p384SHA384: .ecdhSHA384KDF
        }
    }

    /// The octets of an uncompressed point.
    var pointByteCount: Int {
        switch self {
        case .p256SHA256: 65
        case .p384SHA384: 97
        }
    }

    /// The `EVP_MD *` of the digest, which lives as long as the process.
    var messageDigest: OpaquePointer? {
        switch self {
        case .p256SHA256: EVP_sha256()
        case .p384SHA384: EVP_sha384()
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

    /// Whether octets are an uncompressed point of the curve (SEC 1, 2.3.4). The point at infinity has another form.
    func hasPoint(_ octets: ArraySlice<UInt8>) -> Bool {
        guard octets.count == pointByteCount, octets.first == 4 else { return false }
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let point = EC_POINT_new(group) else { return false }
        defer { EC_POINT_free(point) }
        // Refuses coordinates that are out of range or not on the curve.
        return octets.withUnsafeBufferPointer {
            EC_POINT_oct2point(group, point, $0.baseAddress, $0.count, nil)
        } == 1
    }

    private var group: OpaquePointer? {
        switch self {
        case .p256SHA256: Self.p256Group
        case .p384SHA384: Self.p384Group
        }
    }

    // `nonisolated(unsafe)`: made once, never changed and never freed; libcrypto only reads a group.
    nonisolated(unsafe) private static let p256Group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)
    nonisolated(unsafe) private static let p384Group = EC_GROUP_new_by_curve_name(NID_secp384r1)
}
