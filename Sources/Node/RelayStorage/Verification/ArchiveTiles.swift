import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The tiles of an archive, those over the archived entries and those that prove them: each hash that a proof may take from
/// them is in the tree of a signed checkpoint.
///
/// The tiles at the right edge make the signed root; every other one is full, and its root stands in the tile above.
struct ArchiveTiles {
    let database: Database
    /// The signed trees that the entries are proven in.
    let heads: [TreeHead]

    func run(_ report: inout LogReport) throws {
        for head in heads {
            do {
                let tree = try AppendableTree(size: head.size) { coordinate, width in
                    Array(try TileTable.hashes(at: coordinate, in: database).prefix(width))
                }
                guard tree.head.root == head.root else {
                    report.add(.tile, nil, "the tiles at the right edge do not make the tree of \(head.size) entries")
                    continue
                }
            } catch {
                report.add(.tile, nil, "the tiles at the right edge of the tree of \(head.size) entries: \(error)")
            }
        }
        let tiles = try database.each("SELECT level, idx FROM tiles ORDER BY level, idx")
        while let row = try tiles.next() {
            let (level, index) = (try row.integer(0), try row.integer(1))
            guard (0..<Int64(TileCoordinate.levelCount)).contains(level), index >= 0 else {
                report.add(.tile, nil, "tile \(level)/\(index): there is no such tile")
                continue
            }
            let coordinate = TileCoordinate(level: UInt8(level), index: UInt64(index))
            if let problem = try problem(of: coordinate) { report.add(.tile, nil, "tile \(coordinate): \(problem)") }
        }
    }

    private func problem(of coordinate: TileCoordinate) throws -> String? {
        let nodes = (heads.map(\.size).max() ?? 0) >> (8 * UInt64(coordinate.level))
        let (edge, width) = (nodes / 256, Int(nodes % 256))
        guard coordinate.index < edge || coordinate.index == edge && width > 0 else {
            return "it is of no tree that is signed"
        }
        let above: [SHA256Digest]
        let hashes: [SHA256Digest]
        do {
            hashes = try TileTable.hashes(at: coordinate, in: database)
            guard coordinate.index < edge else {
                // Those of the largest tree have made its root.
                return hashes.count == width ? nil : "expected \(width) hashes, got \(hashes.count)"
            }
            above = try TileTable.hashes(
                at: TileCoordinate(level: coordinate.level + 1, index: coordinate.index / 256),
                in: database
            )
        } catch {
            return "\(error)"
        }
        guard hashes.count == 256 else { return "expected 256 hashes, got \(hashes.count)" }
        let offset = Int(coordinate.index % 256)
        var tree = AppendableTree()
        tree.append(hashes)
        guard offset < above.count, above[offset] == tree.head.root else {
            return "its root does not stand in the tile above"
        }
        return nil
    }
}
