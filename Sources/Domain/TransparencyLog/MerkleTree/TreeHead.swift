public import OpenSSLCrypto

/// The size of a log and the root hash of its Merkle tree at that size.
public struct TreeHead: Hashable, Sendable, CustomStringConvertible {
    /// The number of leaves.
    public let size: UInt64
    /// The Merkle tree hash of all leaves (RFC 6962 section 2.1).
    public let root: SHA256Digest

    /// A head as claimed; nothing is checked.
    public init(size: UInt64, root: SHA256Digest) {
        self.size = size
        self.root = root
    }

    /// The head of a log without entries.
    public static let empty = TreeHead(size: 0, root: MerkleTree.emptyRoot)

    public var description: String { "\(size):\(root.hex)" }
}
