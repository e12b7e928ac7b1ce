import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A tile reader` {
    @Test func `has the roots of the reference at every earlier size`() throws {
        let leaves = leafHashes(600)
        let reference = ReferenceTree(leaves)
        let reader = TileStore(leaves: leaves).reader
        for size in 0...600 {
            #expect(try reader.root(size: UInt64(size)) == reference.root(0..<size))
        }
    }

    @Test func `has the inclusion paths of the reference for every leaf of every size`() throws {
        let leaves = leafHashes(300)
        let reference = ReferenceTree(leaves)
        let reader = TileStore(leaves: leaves).reader
        for size in Array(1...130) + [255, 256, 257, 258, 300] {
            let proofs = try reader.inclusionProofs(indices: 0..<UInt64(size), size: UInt64(size))
            #expect(proofs.map(\.path) == (0..<size).map { reference.path($0, in: size) })
            #expect(proofs.map(\.index) == Array(0..<UInt64(size)))
            #expect(proofs.allSatisfy { $0.size == size })
        }
    }

    @Test func `has the consistency proofs of the reference for every two sizes`() throws {
        let leaves = leafHashes(300)
        let reference = ReferenceTree(leaves)
        let reader = TileStore(leaves: leaves).reader
        for new in Array(1...130) + [255, 256, 257, 300] {
            for old in 1...new {
                let proof = try reader.consistencyProof(from: UInt64(old), to: UInt64(new))
                #expect(proof.path == reference.proof(old, in: new))
            }
        }
    }

    @Test func `proves in large trees what the reference proves, and the proofs verify`() throws {
        let leaves = leafHashes(140_000)
        let reference = ReferenceTree(leaves)
        let reader = TileStore(leaves: leaves).reader
        var numbers = RepeatableNumbers(seed: 3)
        let edges = [256, 257, 65_535, 65_536, 65_537, 65_793, 131_072, 131_073, 140_000]
        for size in edges + (0..<30).map({ _ in Int.random(in: 1...140_000, using: &numbers) }) {
            let root = try reader.root(size: UInt64(size))
            #expect(root == reference.root(0..<size))
            let indices = [
                0, size - 1, size / 2, size - 1 - (size - 1) % 256, Int.random(in: 0..<size, using: &numbers),
            ]
            for index in indices {
                let proof = try reader.inclusionProof(index: UInt64(index), size: UInt64(size))
                #expect(proof.path == reference.path(index, in: size))
                try proof.verify(leaf: leaves[index], root: root)
            }
            for old in [1, size, (size + 1) / 2, Int.random(in: 1...size, using: &numbers)] + edges where old <= size {
                let proof = try reader.consistencyProof(from: UInt64(old), to: UInt64(size))
                #expect(proof.path == reference.proof(old, in: size))
                try proof.verify(oldRoot: reference.root(0..<old), newRoot: root)
            }
        }
    }

    @Test func `answers from the tiles of any later tree as from those of the tree itself`() throws {
        let leaves = leafHashes(70_000)
        let later = TileStore(leaves: leaves).reader
        for size in [1, 200, 256, 300, 65_536, 65_600] as [UInt64] {
            let own = TileStore(leaves: Array(leaves.prefix(Int(size)))).reader
            #expect(try later.root(size: size) == own.root(size: size))
            #expect(
                try later.inclusionProof(index: size - 1, size: size) == own.inclusionProof(index: size - 1, size: size)
            )
            #expect(try later.consistencyProof(from: 1, to: size) == own.consistencyProof(from: 1, to: size))
        }
    }

    @Test func `knows every complete subtree`() throws {
        let leaves = leafHashes(66_000)
        let reference = ReferenceTree(leaves)
        let reader = TileStore(leaves: leaves).reader
        for height in 0...16 {
            for index in [0, 1, 66_000 >> height - 1] where index >= 0 && (index + 1) << height <= 66_000 {
                let range = index << height..<(index + 1) << height
                #expect(try reader.subtreeRoot(height: height, index: UInt64(index)) == reference.root(range))
            }
        }
        #expect(try reader.leafHash(index: 65_999) == leaves[65_999])
    }

    @Test func `loads each tile once for a whole batch of proofs`() throws {
        let store = TileStore(leaves: leafHashes(70_000))
        _ = try store.reader.inclusionProofs(indices: 69_000..<70_000, size: 70_000)
        #expect(Set(store.loads).count == store.loads.count)
        // Five tiles of leaves, the partial one of level 1, and the one hash of level 2 for everything before.
        #expect(store.loads.count == 7)
    }

    @Test func `refuses what the tree does not hold`() {
        let store = TileStore(leaves: leafHashes(300))
        let reader = store.reader
        #expect(throws: TileError.indexOutOfRange(index: 300, size: 300)) {
            try reader.inclusionProof(index: 300, size: 300)
        }
        #expect(throws: TileError.indexOutOfRange(index: 0, size: 0)) { try reader.inclusionProof(index: 0, size: 0) }
        #expect(throws: TileError.sizesReversed(from: 5, to: 4)) { try reader.consistencyProof(from: 5, to: 4) }
        let edge = TileCoordinate(level: 0, index: 1)
        #expect(throws: TileError.wrongWidth(edge, expected: 45, got: 44)) { try reader.root(size: 301) }
        #expect(throws: TileError.wrongWidth(edge, expected: 45, got: 44)) { try reader.leafHash(index: 300) }
        #expect(throws: TileStore.Missing(coordinate: TileCoordinate(level: 0, index: 2))) {
            try reader.leafHash(index: 512)
        }
        #expect(throws: TileError.subtreeOutOfRange(height: 64, index: 0)) {
            try reader.subtreeRoot(height: 64, index: 0)
        }
        #expect(throws: TileError.subtreeOutOfRange(height: 63, index: 2)) {
            try reader.subtreeRoot(height: 63, index: 2)
        }
        let oversized = TileReader { _ in leafHashes(257) }
        #expect(throws: TileError.wrongWidth(TileCoordinate(level: 0, index: 0), expected: 256, got: 257)) {
            try oversized.root(size: 3)
        }
    }
}
