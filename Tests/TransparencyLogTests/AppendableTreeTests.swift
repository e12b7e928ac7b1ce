import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `An appendable tree` {
    @Test func `has the head of the reference at every size`() {
        let leaves = leafHashes(600)
        let reference = ReferenceTree(leaves)
        var tree = AppendableTree()
        #expect(tree.head == .empty)
        for (index, leaf) in leaves.enumerated() {
            tree.append([leaf])
            #expect(tree.head == reference.head(index + 1))
        }
    }

    @Test func `has the head of the reference around full tiles of two levels and in between`() {
        let leaves = leafHashes(132_000)
        let reference = ReferenceTree(leaves)
        var numbers = RepeatableNumbers(seed: 1)
        let chosen = (0..<20).map { _ in Int.random(in: 600..<132_000, using: &numbers) }
        let sizes = [65_279, 65_280, 65_281, 65_535, 65_536, 65_537, 65_792, 70_000, 131_071, 131_072, 131_073]
        var tree = AppendableTree()
        for size in (sizes + chosen).sorted() {
            tree.append(Array(leaves[Int(tree.size)..<size]))
            #expect(tree.head == reference.head(size))
        }
    }

    @Test func `yields the tiles that the specification describes for 70000 leaves`() {
        // The example of C2SP tlog-tiles, "Partial Tiles".
        let store = TileStore(leaves: leafHashes(70_000))
        let level0 = store.tiles.filter { $0.key.level == 0 }
        #expect(level0.count == 274)
        #expect(level0.values.count { $0.count == 256 } == 273)
        #expect(store.tiles[TileCoordinate(level: 0, index: 273)]?.count == 112)
        #expect(store.tiles[TileCoordinate(level: 1, index: 0)]?.count == 256)
        #expect(store.tiles[TileCoordinate(level: 1, index: 1)]?.count == 17)
        #expect(store.tiles[TileCoordinate(level: 2, index: 0)]?.count == 1)
        #expect(store.tiles.count == 277)
    }

    @Test func `fills each tile with the subtree roots that its coordinate names`() {
        let leaves = leafHashes(66_000)
        let reference = ReferenceTree(leaves)
        let store = TileStore(leaves: leaves)
        #expect(!store.tiles.isEmpty)
        for (coordinate, hashes) in store.tiles {
            #expect(hashes.count == coordinate.width(inTreeOfSize: 66_000))
            let span = 1 << (8 * Int(coordinate.level))
            for (offset, hash) in hashes.enumerated() {
                let start = (Int(coordinate.index) * 256 + offset) * span
                #expect(hash == reference.root(start..<start + span))
            }
        }
    }

    @Test func `a tree of 256 leaves has a full tile and one hash above it`() {
        let store = TileStore(leaves: leafHashes(256))
        #expect(
            store.tiles.mapValues(\.count) == [
                TileCoordinate(level: 0, index: 0): 256, TileCoordinate(level: 1, index: 0): 1,
            ]
        )
    }

    @Test func `yields only what the batch changed, in order, and only once`() {
        var tree = AppendableTree()
        #expect(tree.takeChangedTiles().isEmpty)
        tree.append(leafHashes(300))
        #expect(
            tree.takeChangedTiles().map(\.0)
                == [
                    TileCoordinate(level: 0, index: 0), TileCoordinate(level: 0, index: 1),
                    TileCoordinate(level: 1, index: 0),
                ]
        )
        #expect(tree.takeChangedTiles().isEmpty)
        tree.append([])
        #expect(tree.takeChangedTiles().isEmpty)
        tree.append(leafHashes(1))
        // The level above has not changed.
        let changed = tree.takeChangedTiles()
        #expect(changed.map(\.0) == [TileCoordinate(level: 0, index: 1)])
        #expect(changed.first?.1.count == 45)
    }

    @Test func `split into any two batches with a restart between them, ends with the same head and tiles`() throws {
        let leaves = leafHashes(530)
        let whole = TileStore(leaves: leaves)
        let head = ReferenceTree(leaves).head(leaves.count)
        let growing = TileStore()
        var grown = AppendableTree()
        for split in 0...leaves.count {
            var reloaded = try growing.tree(size: UInt64(split))
            #expect(reloaded.head == grown.head)
            #expect(reloaded.takeChangedTiles().isEmpty)
            reloaded.append(Array(leaves[split...]))
            #expect(reloaded.head == head)
            let rest = TileStore()
            rest.store(growing.tiles.map { ($0.key, $0.value) })
            rest.store(reloaded.takeChangedTiles())
            #expect(rest.tiles == whole.tiles)
            if split < leaves.count {
                grown.append([leaves[split]])
                growing.store(grown.takeChangedTiles())
            }
        }
    }

    @Test func `with a restart after every batch of random length, ends with the same head and tiles`() throws {
        let leaves = leafHashes(140_000)
        var numbers = RepeatableNumbers(seed: 2)
        let store = TileStore()
        var size = 0
        while size < leaves.count {
            let next = min(leaves.count, size + Int.random(in: 1...3_000, using: &numbers))
            var tree = try store.tree(size: UInt64(size))
            tree.append(Array(leaves[size..<next]))
            store.store(tree.takeChangedTiles())
            size = next
        }
        #expect(try store.tree(size: 140_000).head == ReferenceTree(leaves).head(140_000))
        #expect(store.tiles == TileStore(leaves: leaves).tiles)
    }

    @Test(arguments: [65_535, 65_536, 65_537, 131_072] as [UInt64])
    func `reloads at the edge of a full tile of level one`(size: UInt64) throws {
        let leaves = leafHashes(Int(size) + 1)
        let store = TileStore(leaves: Array(leaves.dropLast()))
        var tree = try store.tree(size: size)
        tree.append([leaves[Int(size)]])
        #expect(tree.head == ReferenceTree(leaves).head(leaves.count))
    }

    @Test func `asks for the partial tiles at the right edge and for nothing else`() throws {
        let store = TileStore(leaves: leafHashes(70_000))
        var asked: [TileCoordinate: Int] = [:]
        _ = try AppendableTree(size: 70_000) { coordinate, width in
            asked[coordinate] = width
            return try store.load(coordinate)
        }
        #expect(
            asked == [
                TileCoordinate(level: 0, index: 273): 112, TileCoordinate(level: 1, index: 1): 17,
                TileCoordinate(level: 2, index: 0): 1,
            ]
        )
    }

    @Test func `is refused when a tile is missing or has another width`() {
        let store = TileStore(leaves: leafHashes(300))
        let edge = TileCoordinate(level: 0, index: 1)
        #expect(throws: TileError.wrongWidth(edge, expected: 45, got: 44)) { try store.tree(size: 301) }
        #expect(throws: TileError.wrongWidth(edge, expected: 43, got: 44)) { try store.tree(size: 299) }
        let missing = TileStore.Missing(coordinate: TileCoordinate(level: 0, index: 2))
        #expect(throws: missing) { try store.tree(size: 513) }
    }

    @Test func `made from a changed tile has another head`() throws {
        let store = TileStore(leaves: leafHashes(300))
        let head = try store.tree(size: 300).head
        for (coordinate, hashes) in store.tiles where coordinate != TileCoordinate(level: 0, index: 0) {
            for position in hashes.indices {
                var changed = hashes
                changed[position] = try changed[position].changed(at: position % 32)
                let tree = try AppendableTree(size: 300) { asked, _ in
                    asked == coordinate ? changed : try store.load(asked)
                }
                #expect(tree.head != head)
            }
        }
    }
}
