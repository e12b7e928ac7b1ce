public import OpenSSLCrypto

/// The claim that the tree of `newSize` leaves begins with the tree of `oldSize` leaves (RFC 6962 section 2.1.2).
public struct ConsistencyProof: Hashable, Sendable {
    /// The size of the earlier tree.
    public let oldSize: UInt64
    /// The size of the later tree.
    public let newSize: UInt64
    /// The hashes in the order of RFC 6962; empty from the empty tree and between equal sizes.
    public let path: [SHA256Digest]

    /// A proof as claimed; ``verify(oldRoot:newRoot:)`` judges it.
    public init(oldSize: UInt64, newSize: UInt64, path: [SHA256Digest]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.path = path
    }

    /// Passes only if the tree with `newRoot` is an extension of the tree with `oldRoot`, at the sizes of this proof
    /// (RFC 9162 section 2.1.4.2).
    ///
    /// Every tree extends the empty one, whose root is that of no leaves and nothing else.
    public func verify(oldRoot: SHA256Digest, newRoot: SHA256Digest) throws(ProofError) {
        guard oldSize <= newSize else { throw .sizesReversed(old: oldSize, new: newSize) }
        guard oldSize > 0, oldSize < newSize else {
            guard path.isEmpty else { throw .wrongPathLength(expected: 0, got: path.count) }
            guard oldSize > 0 || oldRoot == MerkleTree.emptyRoot else { throw .rootMismatch(size: 0) }
            guard oldSize != newSize || oldRoot == newRoot else { throw .rootMismatch(size: newSize) }
            return
        }
        let roots = try roots(over: oldRoot)
        guard roots.old == oldRoot else { throw .rootMismatch(size: oldSize) }
        guard roots.new == newRoot else { throw .rootMismatch(size: newSize) }
    }

    /// Whether the proof shows that the tree with `newRoot` does not begin with the one with `oldRoot`.
    ///
    /// It does where its path leads to the new root, and from the same hashes to another old one. The path from a tree of
    /// 1, 2, 4, ... leaves has no hash of that tree: there it shows no more than that it fails, and who says so must be
    /// believed that it is the log's. A path of another length shows nothing.
    func contradicts(oldRoot: SHA256Digest, newRoot: SHA256Digest) -> Bool {
        guard oldSize > 0, oldSize < newSize else { return false }
        do {
            let roots = try roots(over: oldRoot)
            guard oldSize.nonzeroBitCount > 1 else { return roots.new != newRoot }
            return roots.new == newRoot && roots.old != oldRoot
        } catch {
            return false
        }
    }

    /// The roots that the path leads to, from the smaller tree to the larger.
    private func roots(over oldRoot: SHA256Digest) throws(ProofError) -> (old: SHA256Digest, new: SHA256Digest) {
        let expected = Self.pathLength(oldSize: oldSize, newSize: newSize)
        guard path.count == expected else { throw .wrongPathLength(expected: expected, got: path.count) }

        // The largest complete subtree at the end of the old tree: both ways up start there.
        var position = oldSize - 1
        var last = newSize - 1
        let complete = UInt64(position.trailingOnesCount)
        position >>= complete
        last >>= complete
        var rest = path[...]
        let start = position == 0 ? oldRoot : rest.removeFirst()
        var oldHash = start
        var newHash = start
        for hash in rest {
            if position & 1 == 1 || position == last {
                oldHash = MerkleTree.nodeHash(hash, oldHash)
                newHash = MerkleTree.nodeHash(hash, newHash)
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                newHash = MerkleTree.nodeHash(newHash, hash)
            }
            position >>= 1
            last >>= 1
        }
        guard last == 0 else { throw .wrongPathLength(expected: expected, got: path.count) }
        return (oldHash, newHash)
    }

    /// The number of hashes between two trees: the way from the last complete subtree of the old tree to the new root,
    /// and that subtree itself unless it is the whole old tree.
    static func pathLength(oldSize: UInt64, newSize: UInt64) -> Int {
        let complete = UInt64((oldSize - 1).trailingOnesCount)
        let position = (oldSize - 1) >> complete
        let way = InclusionProof.pathLength(index: position, size: ((newSize - 1) >> complete) + 1)
        return way + (position == 0 ? 0 : 1)
    }
}

extension UInt64 {
    fileprivate var trailingOnesCount: Int { (~self).trailingZeroBitCount }
}
