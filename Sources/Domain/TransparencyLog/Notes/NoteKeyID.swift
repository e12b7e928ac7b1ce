import CanonicalEncoding
import OpenSSLCrypto

/// The 32 bits that, together with the name, say which key made a signature (C2SP signed-note, "Signatures").
///
/// It identifies and does not protect: anyone can make a key with a given ID.
public struct NoteKeyID: Hashable, Sendable, CustomStringConvertible {
    /// The four bytes as a number, most significant first.
    public let rawValue: UInt32

    /// An ID as claimed.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The ID of a key: the first four bytes of `SHA-256(name || 0x0A || type || public key)`.
    public init(name: NoteKeyName, type: SignatureType, publicKey: [UInt8]) {
        let digest = SHA256Digest.hash(Array(name.rawValue.utf8) + [0x0a, type.rawValue] + publicKey)
        self.init(bytes: digest.bytes.prefix(4))
    }

    /// The ID in the first four bytes of a signature.
    init(bytes: some Sequence<UInt8>) {
        rawValue = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The four bytes, most significant first.
    var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * $0)) } }

    /// Eight lower-case hexadecimal digits.
    public var description: String { Hex.encode(bytes) }
}
