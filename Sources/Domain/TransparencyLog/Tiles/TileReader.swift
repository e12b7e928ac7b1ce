public import OpenSSLCrypto

/// Proofs and roots of a tree, computed from its tiles alone.
///
/// Any size up to that of the stored tree can be asked for. A tile may be wider than the size that is asked for needs,
/// never narrower. Tiles are trusted: what a proof is worth shows when it is verified against a signed root.
public struct TileReader {
    private let load: (TileCoordinate) throws -> [SHA256Digest]

    /// A reader over the tiles that `load` returns. Each call of a method loads a tile at most once.
    public init(load: @escaping (TileCoordinate) throws -> [SHA256Digest]) {
        self.load = load
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func root(size: UInt64) throws -> SHA256Digest {
        var tiles = LoadedTiles(load: load)
        return size == 0 ? MerkleTree.emptyRoot : try tiles.root(of: 0..<size)
    }

    /// The root of the complete subtree of `2^height` leaves that begins at leaf `index * 2^height`.
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func subtreeRoot(height: Int, index: UInt64) throws -> SHA256Digest {
        guard (0..<64).contains(height), index <= UInt64.max >> UInt64(height) else {
            throw TileError.subtreeOutOfRange(height: height, index: index)
        }
        var tiles = LoadedTiles(load: load)
        return try tiles.subtreeRoot(height: height, index: index)
    }

    /// The hash of one leaf.
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func leafHash(index: UInt64) throws -> SHA256Digest {
        try subtreeRoot(height: 0, index: index)
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 6962 section 2.1.1).
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        var tiles = LoadedTiles(load: load)
        return try tiles.inclusionProof(index: index, size: size)
    }

    /// The proofs of many leaves in the same tree, in the order asked for; each tile is loaded and hashed once for all.
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func inclusionProofs(indices: some Sequence<UInt64>, size: UInt64) throws -> [InclusionProof] {
        var tiles = LoadedTiles(load: load)
        return try indices.map { try tiles.inclusionProof(index: $0, size: size) }
    }

    /// The proof that the tree of `newSize` leaves begins with the tree of `oldSize` leaves (RFC 6962 section 2.1.2).
    ///
    /// From the empty tree, and between equal sizes, the proof is empty.
    ///
    /// - Throws: what loading a tile throws, and ``TileError``.
    public func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws -> ConsistencyProof {
        var tiles = LoadedTiles(load: load)
        return try tiles.consistencyProof(from: oldSize, to: newSize)
    }
}

/// The tiles that one question has loaded so far, with the nodes inside them.
private struct LoadedTiles {
    let load: (TileCoordinate) throws -> [SHA256Digest]
    private var tiles: [TileCoordinate: TileNodes] = [:]
    /// Roots of incomplete subtrees at the right edge, which the proofs of one tree share.
    private var edgeRoots: [Range<UInt64>: SHA256Digest] = [:]

    init(load: @escaping (TileCoordinate) throws -> [SHA256Digest]) {
        self.load = load
    }

    mutating func inclusionProof(index: UInt64, size: UInt64) throws -> InclusionProof {
        guard index < size else { throw TileError.indexOutOfRange(index: index, size: size) }
        var path: [SHA256Digest] = []
        var range = 0..<size
        while range.upperBound - range.lowerBound > 1 {
            let middle = range.lowerBound + MerkleTree.split(range.upperBound - range.lowerBound)
            let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
            path.append(try root(of: index < middle ? right : left))
            range = index < middle ? left : right
        }
        return InclusionProof(index: index, size: size, path: path.reversed())
    }

    mutating func consistencyProof(from oldSize: UInt64, to newSize: UInt64) throws -> ConsistencyProof {
        guard oldSize <= newSize else { throw TileError.sizesReversed(from: oldSize, to: newSize) }
        guard oldSize > 0 else { return ConsistencyProof(oldSize: oldSize, newSize: newSize, path: []) }
        var path: [SHA256Digest] = []
        var range = 0..<newSize
        while range.upperBound != oldSize {
            let middle = range.lowerBound + MerkleTree.split(range.upperBound - range.lowerBound)
            let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
            path.append(try root(of: oldSize <= middle ? right : left))
            range = oldSize <= middle ? left : right
        }
        // The verifier knows the old root; it needs the last subtree only where that is not the whole old tree.
        if range.lowerBound > 0 {
            path.append(try root(of: range))
        }
        return ConsistencyProof(oldSize: oldSize, newSize: newSize, path: path.reversed())
    }

    /// The Merkle tree hash of the leaves in `range`, which is a node of some tree: it begins at a multiple of the
    /// smallest power of two that is not below its length.
    mutating func root(of range: Range<UInt64>) throws -> SHA256Digest {
        let length = range.upperBound - range.lowerBound
        if length & (length - 1) == 0 {
            let height = length.trailingZeroBitCount
            return try subtreeRoot(height: height, index: range.lowerBound >> UInt64(height))
        }
        if let root = edgeRoots[range] { return root }
        let middle = range.lowerBound + MerkleTree.split(length)
        let left = try root(of: range.lowerBound..<middle)
        let root = MerkleTree.nodeHash(left, try root(of: middle..<range.upperBound))
        edgeRoots[range] = root
        return root
    }

    mutating func subtreeRoot(height: Int, index: UInt64) throws -> SHA256Digest {
        let heightInTile = height % 8
        let nodesPerTile = UInt64(TileCoordinate.fullWidth >> heightInTile)
        let coordinate = TileCoordinate(level: UInt8(height / 8), index: index / nodesPerTile)
        let offset = Int(index % nodesPerTile)
        let nodes: TileNodes
        if let known = tiles[coordinate] {
            nodes = known
        } else {
            nodes = try TileNodes(try load(coordinate), of: coordinate)
            tiles[coordinate] = nodes
        }
        guard let root = nodes.node(height: heightInTile, offset: offset) else {
            throw TileError.wrongWidth(coordinate, expected: (offset + 1) << heightInTile, got: nodes.width)
        }
        return root
    }
}

/// The hashes of a tile and of the complete subtrees over them.
private struct TileNodes {
    let width: Int
    private let rows: [[SHA256Digest]]

    init(_ hashes: [SHA256Digest], of coordinate: TileCoordinate) throws(TileError) {
        guard hashes.count <= TileCoordinate.fullWidth else {
            throw .wrongWidth(coordinate, expected: TileCoordinate.fullWidth, got: hashes.count)
        }
        var rows = [hashes]
        // The root of the whole tile stands in the tile above.
        for height in 1..<8 {
            let below = rows[height - 1]
            rows.append((0..<below.count / 2).map { MerkleTree.nodeHash(below[2 * $0], below[2 * $0 + 1]) })
        }
        self.width = hashes.count
        self.rows = rows
    }

    func node(height: Int, offset: Int) -> SHA256Digest? {
        rows[height].indices.contains(offset) ? rows[height][offset] : nil
    }
}
