public import OpenSSLCrypto

/// The hashes of an RFC 6962 Merkle tree over SHA-256 (RFC 6962 section 2.1, unchanged in RFC 9162 section 2.1.1).
public enum MerkleTree {
    /// The root of the tree without leaves: the hash of nothing.
    public static let emptyRoot = SHA256Digest.hash([])

    /// The hash of one entry: `SHA-256(0x00 || entry)`.
    public static func leafHash(_ entry: [UInt8]) -> SHA256Digest {
        SHA256Digest.hash(prefix: 0x00, entry)
    }

    /// The hash of one entry that is not copied to be hashed.
    public static func leafHash(_ entry: UnsafeRawBufferPointer) -> SHA256Digest {
        SHA256Digest.hash(prefix: 0x00, entry)
    }

    /// The hash of an inner node: `SHA-256(0x01 || left || right)`.
    public static func nodeHash(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
        SHA256Digest.hash(left, right, prefix: 0x01)
    }

    /// The number of leaves in the left child of a tree of `size` leaves: the largest power of two below `size`.
    ///
    /// - Precondition: `size` is at least 2.
    static func split(_ size: UInt64) -> UInt64 {
        precondition(size >= 2, "a tree of \(size) leaves has no two children")
        return 1 << UInt64(63 - (size - 1).leadingZeroBitCount)
    }
}
