import COpenSSL

/// The name of a public key: SHA-1 over its subjectPublicKey bits (RFC 5280 section 4.2.1.2, method 1).
///
/// It names, and proves nothing: whoever looks a key up by it still verifies with the key.
public struct KeyIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length in bytes.
    public static let byteCount = 20

    /// The 20 bytes.
    public let bytes: [UInt8]

    /// The identifier that these 20 bytes are; nil when there are more or fewer.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// The identifier of these subjectPublicKey bits.
    init(ofSubjectPublicKey bits: [UInt8]) throws(OpenSSLError) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        var count = 0
        try callOpenSSL("hash public key") {
            EVP_Q_digest(nil, "SHA1", nil, bits, bits.count, &digest, &count)
        }
        guard count == Self.byteCount else {
            throw OpenSSLError("hash public key", because: "expected \(Self.byteCount) bytes, got \(count)")
        }
        bytes = digest
    }

    /// The bytes in lower-case hexadecimal.
    public var hex: String { HexText.lowercase(bytes) }

    public var description: String { hex }

    public static func < (left: KeyIdentifier, right: KeyIdentifier) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
