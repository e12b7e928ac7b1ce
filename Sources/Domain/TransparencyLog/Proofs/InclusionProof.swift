public import OpenSSLCrypto

/// The claim that a leaf is at `index` in the tree of the first `size` leaves (RFC 6962 section 2.1.1).
public struct InclusionProof: Hashable, Sendable {
    /// The zero-based position of the leaf.
    public let index: UInt64
    /// The size of the tree.
    public let size: UInt64
    /// The sibling hashes from the leaf up to the children of the root.
    public let path: [SHA256Digest]

    /// A proof as claimed; ``verify(leaf:root:)`` judges it.
    public init(index: UInt64, size: UInt64, path: [SHA256Digest]) {
        self.index = index
        self.size = size
        self.path = path
    }

    /// Passes only if `leaf`, a leaf hash, is at `index` in the tree of `size` leaves with this root
    /// (RFC 9162 section 2.1.3.2).
    public func verify(leaf: SHA256Digest, root: SHA256Digest) throws(ProofError) {
        guard index < size else { throw .indexOutOfRange(index: index, size: size) }
        let expected = Self.pathLength(index: index, size: size)
        guard path.count == expected else { throw .wrongPathLength(expected: expected, got: path.count) }
        var position = index
        var last = size - 1
        var hash = leaf
        for sibling in path {
            if position & 1 == 1 || position == last {
                hash = MerkleTree.nodeHash(sibling, hash)
                // The last node of a row without a sibling moves up unchanged.
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleTree.nodeHash(hash, sibling)
            }
            position >>= 1
            last >>= 1
        }
        guard last == 0, hash == root else { throw .rootMismatch(size: size) }
    }

    /// The number of hashes in the path of leaf `index` in a tree of `size` leaves.
    ///
    /// Below the point where the ways to this leaf and to the last one part, the subtree is complete and every row has
    /// a sibling; above it only the rows in which the node is a right child have one.
    static func pathLength(index: UInt64, size: UInt64) -> Int {
        let inner = 64 - (index ^ (size - 1)).leadingZeroBitCount
        let border = inner == 64 ? 0 : (index >> UInt64(inner)).nonzeroBitCount
        return inner + border
    }
}
