public import OpenSSLCrypto

/// A Merkle tree that grows: it keeps only its right edge in memory and yields the tiles that each batch changed.
///
/// The cost of a leaf is one or two hashes on average, whatever the size of the tree; the head costs one per level.
public struct AppendableTree: Sendable {
    /// The number of leaves.
    public private(set) var size: UInt64

    // INVARIANT: `peaks` holds the roots of the complete subtrees that the set bits of `size` stand for, largest first.
    private var peaks: [SHA256Digest]
    // INVARIANT: `edge[level]` holds the last `(size >> 8 * level) % 256` complete nodes of that level: the partial tile.
    private var edge: [[SHA256Digest]]
    private var completed: [(TileCoordinate, [SHA256Digest])] = []
    private var sizeOfLastTake: UInt64

    /// A tree without leaves.
    public init() {
        size = 0
        peaks = []
        edge = []
        sizeOfLastTake = 0
    }

    /// The tree of the first `size` leaves, from the partial tiles at its right edge.
    ///
    /// `loadTile` is asked once for each partial tile, with the number of hashes that the tile must hold at this size.
    /// The tiles are trusted: compare ``head`` with the last signed checkpoint before appending.
    ///
    /// - Throws: what `loadTile` throws, and ``TileError/wrongWidth(_:expected:got:)`` for a tile of another width.
    public init(size: UInt64, loadTile: (TileCoordinate, _ width: Int) throws -> [SHA256Digest]) throws {
        self.init()
        var edge: [[SHA256Digest]] = []
        var peaks: [[SHA256Digest]] = []
        for level in UInt8(0)..<TileCoordinate.levelCount {
            let nodes = size >> (8 * UInt64(level))
            guard nodes > 0 else { break }
            let width = Int(nodes % 256)
            guard width > 0 else {
                edge.append([])
                continue
            }
            let coordinate = TileCoordinate(level: level, index: nodes / 256)
            let hashes = try loadTile(coordinate, width)
            guard hashes.count == width else {
                throw TileError.wrongWidth(coordinate, expected: width, got: hashes.count)
            }
            edge.append(hashes)
            peaks.append(Self.peaks(of: hashes))
        }
        self.size = size
        self.sizeOfLastTake = size
        self.edge = edge
        self.peaks = peaks.reversed().flatMap(\.self)
    }

    /// The size and root of the tree as it stands.
    public var head: TreeHead {
        guard var root = peaks.last else { return .empty }
        for peak in peaks.dropLast().reversed() {
            root = MerkleTree.nodeHash(peak, root)
        }
        return TreeHead(size: size, root: root)
    }

    /// Appends leaves, given by their hashes (``MerkleTree/leafHash(_:)``), in order.
    public mutating func append(_ leafHashes: [SHA256Digest]) {
        for leafHash in leafHashes {
            append(leafHash: leafHash)
        }
    }

    /// The tiles that are new or have grown since the last call, in order: persist them together with the batch.
    ///
    /// A tile that filled up is yielded once, full, and never again. A partial tile is yielded with all its hashes and
    /// replaces what was stored under the same coordinate.
    public mutating func takeChangedTiles() -> [(TileCoordinate, [SHA256Digest])] {
        var changed = completed
        for (level, hashes) in edge.enumerated() where !hashes.isEmpty {
            let shift = 8 * UInt64(level)
            guard size >> shift != sizeOfLastTake >> shift else { continue }
            changed.append((TileCoordinate(level: UInt8(level), index: (size >> shift) / 256), hashes))
        }
        completed = []
        sizeOfLastTake = size
        changed.sort { $0.0 < $1.0 }
        return changed
    }

    /// Appends one leaf, given by its hash.
    public mutating func append(leafHash: SHA256Digest) {
        precondition(size < .max, "the log is full")
        push(leafHash, level: 0)
        var hash = leafHash
        var height = 0
        while (size >> UInt64(height)) & 1 == 1 {
            hash = MerkleTree.nodeHash(peaks.removeLast(), hash)
            height += 1
            if height % 8 == 0 {
                completeTile(level: height / 8 - 1)
                push(hash, level: height / 8)
            }
        }
        peaks.append(hash)
        size += 1
    }

    private mutating func push(_ hash: SHA256Digest, level: Int) {
        if level == edge.count {
            edge.append([])
            edge[level].reserveCapacity(TileCoordinate.fullWidth)
        }
        edge[level].append(hash)
    }

    /// Moves the tile at the edge of `level`, which the leaf being appended has just filled, to the completed ones.
    private mutating func completeTile(level: Int) {
        let index = (size >> (8 * UInt64(level))) / 256
        completed.append((TileCoordinate(level: UInt8(level), index: index), edge[level]))
        edge[level].removeAll(keepingCapacity: true)
    }

    /// The roots of the complete subtrees over the nodes of a partial tile, largest first.
    private static func peaks(of hashes: [SHA256Digest]) -> [SHA256Digest] {
        var peaks: [SHA256Digest] = []
        for (index, leaf) in hashes.enumerated() {
            var hash = leaf
            var bits = index
            while bits & 1 == 1 {
                hash = MerkleTree.nodeHash(peaks.removeLast(), hash)
                bits >>= 1
            }
            peaks.append(hash)
        }
        return peaks
    }
}
