import OpenSSLCrypto
import Testing

@testable import TransparencyLog

@Suite struct `An inclusion proof` {
    private let leaves = leafHashes(300)

    @Test func `fails when any byte of leaf, path or root is changed`() throws {
        let reader = TileStore(leaves: leaves).reader
        for size in [1, 2, 3, 5, 7, 8, 12, 33, 64, 100, 257] as [UInt64] {
            let root = try reader.root(size: size)
            for index in Set([0, 1, size / 3, size / 2, size - 1]) where index < size {
                let leaf = leaves[Int(index)]
                let proof = try reader.inclusionProof(index: index, size: size)
                try proof.verify(leaf: leaf, root: root)
                for byte in 0..<32 {
                    let mismatch = ProofError.rootMismatch(size: size)
                    #expect(throws: mismatch) { try proof.verify(leaf: leaf.changed(at: byte), root: root) }
                    #expect(throws: mismatch) { try proof.verify(leaf: leaf, root: root.changed(at: byte)) }
                    for step in proof.path.indices {
                        var path = proof.path
                        path[step] = try path[step].changed(at: byte)
                        let changed = InclusionProof(index: index, size: size, path: path)
                        #expect(throws: mismatch) { try changed.verify(leaf: leaf, root: root) }
                    }
                }
            }
        }
    }

    @Test func `verifies at its own index and at no other`() throws {
        let reader = TileStore(leaves: leaves).reader
        for size in 1...70 as ClosedRange<UInt64> {
            let root = try reader.root(size: size)
            for proof in try reader.inclusionProofs(indices: 0..<size, size: size) {
                for index in 0..<size + 2 {
                    let moved = InclusionProof(index: index, size: size, path: proof.path)
                    let leaf = leaves[Int(proof.index)]
                    if index == proof.index {
                        try moved.verify(leaf: leaf, root: root)
                    } else {
                        #expect(throws: ProofError.self) { try moved.verify(leaf: leaf, root: root) }
                    }
                }
            }
        }
    }

    @Test func `fails when the path is longer or shorter`() throws {
        let reader = TileStore(leaves: leaves).reader
        let root = try reader.root(size: 300)
        for proof in try reader.inclusionProofs(indices: [0, 137, 255, 256, 299], size: 300) {
            let count = proof.path.count
            let leaf = leaves[Int(proof.index)]
            let paths = [
                Array(proof.path.dropLast()), Array(proof.path.dropFirst()), proof.path + [root], [leaf] + proof.path,
            ]
            for path in paths {
                let changed = InclusionProof(index: proof.index, size: 300, path: path)
                #expect(throws: ProofError.wrongPathLength(expected: count, got: path.count)) {
                    try changed.verify(leaf: leaf, root: root)
                }
            }
        }
    }

    @Test func `of a node does not pass for that of a leaf`() throws {
        // The hash of an inner node, offered as a leaf of a smaller tree, leads to the same root; the size tells.
        let reader = TileStore(leaves: leaves).reader
        let root = try reader.root(size: 8)
        let node = try reader.subtreeRoot(height: 1, index: 2)
        let path = Array(try reader.inclusionProof(index: 4, size: 8).path.dropFirst())
        #expect(throws: ProofError.wrongPathLength(expected: 3, got: 2)) {
            try InclusionProof(index: 4, size: 8, path: path).verify(leaf: node, root: root)
        }
    }

    @Test(arguments: [(0, 0), (5, 5), (6, 5), (.max, .max)] as [(UInt64, UInt64)])
    func `of a leaf beyond the tree is refused`(index: UInt64, size: UInt64) {
        let proof = InclusionProof(index: index, size: size, path: [])
        #expect(throws: ProofError.indexOutOfRange(index: index, size: size)) {
            try proof.verify(leaf: MerkleTree.emptyRoot, root: MerkleTree.emptyRoot)
        }
    }

    @Test(
        arguments: [(0, .max, 64), (.max - 1, .max, 63), (1 << 63, .max, 64), (0, 1 << 63, 63)]
            as [(UInt64, UInt64, Int)]
    )
    func `in the largest trees needs as many hashes as the tree is high`(index: UInt64, size: UInt64, length: Int) {
        #expect(InclusionProof.pathLength(index: index, size: size) == length)
        let path = [SHA256Digest](repeating: MerkleTree.emptyRoot, count: length)
        #expect(throws: ProofError.rootMismatch(size: size)) {
            try InclusionProof(index: index, size: size, path: path)
                .verify(leaf: MerkleTree.emptyRoot, root: MerkleTree.emptyRoot)
        }
    }

    @Test func `has the length that its index and size require`() {
        let reference = ReferenceTree(leaves)
        for size in 1...140 {
            for index in 0..<size {
                let length = InclusionProof.pathLength(index: UInt64(index), size: UInt64(size))
                #expect(length == reference.path(index, in: size).count)
            }
        }
    }
}

@Suite struct `A consistency proof` {
    private let leaves = leafHashes(300)

    @Test func `verifies for every two sizes, and has the length that they require`() throws {
        let reference = ReferenceTree(leaves)
        for new in 1...130 {
            for old in 1...new {
                let path = reference.proof(old, in: new)
                let proof = ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new), path: path)
                try proof.verify(oldRoot: reference.root(0..<old), newRoot: reference.root(0..<new))
                if old < new {
                    #expect(ConsistencyProof.pathLength(oldSize: UInt64(old), newSize: UInt64(new)) == path.count)
                }
            }
        }
    }

    @Test func `fails when any byte of path or roots is changed`() throws {
        let reader = TileStore(leaves: leaves).reader
        for (old, new) in [(1, 2), (2, 3), (3, 4), (4, 8), (6, 8), (7, 300), (128, 300), (255, 257), (299, 300)] {
            let (oldSize, newSize) = (UInt64(old), UInt64(new))
            let (oldRoot, newRoot) = (try reader.root(size: oldSize), try reader.root(size: newSize))
            let proof = try reader.consistencyProof(from: oldSize, to: newSize)
            try proof.verify(oldRoot: oldRoot, newRoot: newRoot)
            for byte in 0..<32 {
                #expect(throws: ProofError.self) {
                    try proof.verify(oldRoot: oldRoot.changed(at: byte), newRoot: newRoot)
                }
                #expect(throws: ProofError.rootMismatch(size: newSize)) {
                    try proof.verify(oldRoot: oldRoot, newRoot: newRoot.changed(at: byte))
                }
                for step in proof.path.indices {
                    var path = proof.path
                    path[step] = try path[step].changed(at: byte)
                    let changed = ConsistencyProof(oldSize: oldSize, newSize: newSize, path: path)
                    #expect(throws: ProofError.self) { try changed.verify(oldRoot: oldRoot, newRoot: newRoot) }
                }
            }
        }
    }

    @Test func `fails between trees of which one does not extend the other`() throws {
        // A fork: the trees agree in size, and differ in one leaf that both have.
        var forked = leaves
        forked[40] = try forked[40].changed(at: 0)
        let reference = ReferenceTree(leaves)
        let fork = ReferenceTree(forked)
        for new in 42...130 {
            for old in 41...new {
                let proof = ConsistencyProof(
                    oldSize: UInt64(old),
                    newSize: UInt64(new),
                    path: fork.proof(old, in: new)
                )
                try proof.verify(oldRoot: fork.root(0..<old), newRoot: fork.root(0..<new))
                #expect(throws: ProofError.self) {
                    try proof.verify(oldRoot: reference.root(0..<old), newRoot: fork.root(0..<new))
                }
                #expect(throws: ProofError.self) {
                    try proof.verify(oldRoot: fork.root(0..<old), newRoot: reference.root(0..<new))
                }
            }
        }
    }

    @Test func `fails when the path is longer or shorter`() throws {
        let reader = TileStore(leaves: leaves).reader
        for old in [1, 4, 6, 128, 299] as [UInt64] {
            let proof = try reader.consistencyProof(from: old, to: 300)
            let (oldRoot, newRoot) = (try reader.root(size: old), try reader.root(size: 300))
            for path in [Array(proof.path.dropLast()), Array(proof.path.dropFirst()), proof.path + [newRoot], []] {
                let changed = ConsistencyProof(oldSize: old, newSize: 300, path: path)
                #expect(throws: ProofError.wrongPathLength(expected: proof.path.count, got: path.count)) {
                    try changed.verify(oldRoot: oldRoot, newRoot: newRoot)
                }
            }
        }
    }

    @Test func `from the empty tree is empty and holds for the empty root alone`() throws {
        let root = ReferenceTree(leaves).root(0..<300)
        let proof = try TileStore(leaves: leaves).reader.consistencyProof(from: 0, to: 300)
        #expect(proof.path.isEmpty)
        try proof.verify(oldRoot: MerkleTree.emptyRoot, newRoot: root)
        #expect(throws: ProofError.rootMismatch(size: 0)) { try proof.verify(oldRoot: root, newRoot: root) }
        #expect(throws: ProofError.wrongPathLength(expected: 0, got: 1)) {
            try ConsistencyProof(oldSize: 0, newSize: 300, path: [root])
                .verify(oldRoot: MerkleTree.emptyRoot, newRoot: root)
        }
        let nothing = ConsistencyProof(oldSize: 0, newSize: 0, path: [])
        try nothing.verify(oldRoot: MerkleTree.emptyRoot, newRoot: MerkleTree.emptyRoot)
        #expect(throws: ProofError.rootMismatch(size: 0)) {
            try nothing.verify(oldRoot: MerkleTree.emptyRoot, newRoot: root)
        }
    }

    @Test func `between equal sizes is empty and holds for equal roots alone`() throws {
        let reference = ReferenceTree(leaves)
        let proof = ConsistencyProof(oldSize: 7, newSize: 7, path: [])
        try proof.verify(oldRoot: reference.root(0..<7), newRoot: reference.root(0..<7))
        #expect(throws: ProofError.rootMismatch(size: 7)) {
            try proof.verify(oldRoot: reference.root(0..<7), newRoot: reference.root(0..<8))
        }
        #expect(throws: ProofError.wrongPathLength(expected: 0, got: 1)) {
            try ConsistencyProof(oldSize: 7, newSize: 7, path: [reference.root(0..<7)])
                .verify(oldRoot: reference.root(0..<7), newRoot: reference.root(0..<7))
        }
    }

    @Test func `from a larger tree to a smaller one is refused`() {
        #expect(throws: ProofError.sizesReversed(old: 8, new: 7)) {
            try ConsistencyProof(oldSize: 8, newSize: 7, path: [])
                .verify(oldRoot: MerkleTree.emptyRoot, newRoot: MerkleTree.emptyRoot)
        }
    }

    @Test(arguments: [(1, .max), (.max - 1, .max), (1 << 63, .max), ((1 << 63) - 1, 1 << 63)] as [(UInt64, UInt64)])
    func `between the largest trees is judged like any other`(old: UInt64, new: UInt64) {
        let path = [SHA256Digest](
            repeating: MerkleTree.emptyRoot,
            count: ConsistencyProof.pathLength(oldSize: old, newSize: new)
        )
        #expect(throws: ProofError.self) {
            try ConsistencyProof(oldSize: old, newSize: new, path: path)
                .verify(oldRoot: MerkleTree.emptyRoot, newRoot: MerkleTree.emptyRoot)
        }
    }
}
