import OpenSSLCrypto
import TransparencyLog

/// RFC 6962 section 2.1 read aloud: recursive, and written against the definitions alone.
///
/// It remembers the hash of every range that it has met, so that whole families of trees can be compared.
final class ReferenceTree {
    private let leaves: [SHA256Digest]
    private var known: [Range<Int>: SHA256Digest] = [:]

    init(_ leaves: [SHA256Digest]) {
        self.leaves = leaves
    }

    func head(_ size: Int) -> TreeHead { TreeHead(size: UInt64(size), root: root(0..<size)) }

    /// `MTH(D[n])`.
    func root(_ range: Range<Int>) -> SHA256Digest {
        if range.isEmpty { return SHA256Digest.hash([]) }
        if range.count == 1 { return leaves[range.lowerBound] }
        if let hash = known[range] { return hash }
        let (left, right) = children(range)
        let hash = SHA256Digest.hash([0x01] + root(left).bytes + root(right).bytes)
        known[range] = hash
        return hash
    }

    /// `PATH(m, D[n])`.
    func path(_ m: Int, in size: Int) -> [SHA256Digest] { path(m, 0..<size) }

    private func path(_ m: Int, _ range: Range<Int>) -> [SHA256Digest] {
        guard range.count > 1 else { return [] }
        let (left, right) = children(range)
        return m < left.count ? path(m, left) + [root(right)] : path(m - left.count, right) + [root(left)]
    }

    /// `PROOF(m, D[n])`.
    func proof(_ m: Int, in size: Int) -> [SHA256Digest] { subproof(m, 0..<size, isWhole: true) }

    private func subproof(_ m: Int, _ range: Range<Int>, isWhole: Bool) -> [SHA256Digest] {
        if m == range.count { return isWhole ? [] : [root(range)] }
        let (left, right) = children(range)
        return m <= left.count
            ? subproof(m, left, isWhole: isWhole) + [root(right)]
            : subproof(m - left.count, right, isWhole: false) + [root(left)]
    }

    /// `D[0:k]` and `D[k:n]`, where `k` is the largest power of two below `n`.
    private func children(_ range: Range<Int>) -> (Range<Int>, Range<Int>) {
        var k = 1
        while k * 2 < range.count { k *= 2 }
        let middle = range.lowerBound + k
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }
}

/// Tiles as a node keeps them: each batch replaces what stood under its coordinates.
final class TileStore {
    private(set) var tiles: [TileCoordinate: [SHA256Digest]] = [:]
    private(set) var loads: [TileCoordinate] = []

    init() {}

    /// The tiles of a whole tree.
    convenience init(leaves: [SHA256Digest]) {
        self.init()
        var tree = AppendableTree()
        tree.append(leaves)
        store(tree.takeChangedTiles())
    }

    func store(_ changed: [(TileCoordinate, [SHA256Digest])]) {
        for (coordinate, hashes) in changed {
            tiles[coordinate] = hashes
        }
    }

    struct Missing: Error, Equatable { let coordinate: TileCoordinate }

    func load(_ coordinate: TileCoordinate) throws -> [SHA256Digest] {
        loads.append(coordinate)
        guard let hashes = tiles[coordinate] else { throw Missing(coordinate: coordinate) }
        return hashes
    }

    var reader: TileReader { TileReader(load: load) }

    /// The tree of `size` leaves, as after a restart.
    func tree(size: UInt64) throws -> AppendableTree {
        try AppendableTree(size: size) { coordinate, _ in try load(coordinate) }
    }
}

/// Leaf hashes that differ from each other and are the same in every run.
func leafHashes(_ count: Int) -> [SHA256Digest] { Array(manyLeafHashes.prefix(count)) }

private let manyLeafHashes = (0..<140_000).map { number in
    MerkleTree.leafHash((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct RepeatableNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension SHA256Digest {
    /// The digest with one bit of one byte changed.
    func changed(at position: Int) throws -> SHA256Digest {
        var bytes = bytes
        bytes[position] ^= 1 << UInt8(position % 8)
        struct NotADigest: Error {}
        guard let digest = SHA256Digest(bytes) else { throw NotADigest() }
        return digest
    }
}
