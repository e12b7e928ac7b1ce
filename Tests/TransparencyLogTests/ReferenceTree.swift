import OpenSSLCrypto
import TransparencyLog

/// RFC 6962 section 2.1 read aloud: recursive, slow, and written against the definitions alone.
struct ReferenceTree {
    let leaves: [SHA256Digest]

    /// `MTH(D[n])`.
    func root(_ range: Range<Int>) -> SHA256Digest {
        switch range.count {
        case 0: return SHA256Digest.hash([])
        case 1: return leaves[range.lowerBound]
        default:
            let k = split(range.count)
            let (left, right) = (range.prefix(k), range.dropFirst(k))
            return SHA256Digest.hash([0x01] + root(left).bytes + root(right).bytes)
        }
    }

    /// `PATH(m, D[n])`.
    func path(_ m: Int, _ range: Range<Int>) -> [SHA256Digest] {
        guard range.count > 1 else { return [] }
        let k = split(range.count)
        let (left, right) = (range.prefix(k), range.dropFirst(k))
        return m < k ? path(m, left) + [root(right)] : path(m - k, right) + [root(left)]
    }

    /// `PROOF(m, D[n])`.
    func proof(_ m: Int, _ size: Int) -> [SHA256Digest] { subproof(m, 0..<size, isWhole: true) }

    private func subproof(_ m: Int, _ range: Range<Int>, isWhole: Bool) -> [SHA256Digest] {
        if m == range.count { return isWhole ? [] : [root(range)] }
        let k = split(range.count)
        let (left, right) = (range.prefix(k), range.dropFirst(k))
        return m <= k
            ? subproof(m, left, isWhole: isWhole) + [root(right)]
            : subproof(m - k, right, isWhole: false) + [root(left)]
    }

    private func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }
}

/// Tiles as a node keeps them: each batch replaces what stood under its coordinates.
final class TileStore {
    private(set) var tiles: [TileCoordinate: [SHA256Digest]] = [:]
    private(set) var loads = 0

    func store(_ changed: [(TileCoordinate, [SHA256Digest])]) {
        for (coordinate, hashes) in changed {
            tiles[coordinate] = hashes
        }
    }

    struct Missing: Error, Equatable { let coordinate: TileCoordinate }

    func load(_ coordinate: TileCoordinate) throws -> [SHA256Digest] {
        loads += 1
        guard let hashes = tiles[coordinate] else { throw Missing(coordinate: coordinate) }
        return hashes
    }

    var reader: TileReader { TileReader(load: load) }

    /// The tree of `size` leaves, as after a restart.
    func tree(size: UInt64) throws -> AppendableTree {
        try AppendableTree(size: size) { coordinate, _ in try load(coordinate) }
    }
}

/// Leaf hashes that differ and are the same in every run.
func leafHashes(_ count: Int) -> [SHA256Digest] {
    (0..<count).map { number in
        MerkleTree.leafHash((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
}
