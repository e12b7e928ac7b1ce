import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The stored tiles against those of the tree that the entries make.
enum TileComparison {
    static func run(_ database: Database, walk: EntryWalk, _ report: inout LogReport) throws {
        var missing = Set(walk.tiles.keys)
        let rows = try database.each("SELECT level, idx, hashes FROM tiles ORDER BY level, idx")
        while let row = try rows.next() {
            report.tileCount += 1
            guard let level = UInt8(exactly: try row.integer(0)), let index = UInt64(exactly: try row.integer(1)) else {
                report.add(.tile, nil, "a tile has the place \(try row.integer(0))/\(try row.integer(1))")
                continue
            }
            let coordinate = TileCoordinate(level: level, index: index)
            guard let expected = walk.tiles[coordinate] else {
                report.add(.tile, nil, "tile \(coordinate): the entries make no such tile")
                continue
            }
            missing.remove(coordinate)
            compare(try row.bytes(2), with: expected, at: coordinate, &report)
        }
        for coordinate in missing.sorted() {
            report.add(.tile, firstIndex(under: coordinate, offset: 0), "tile \(coordinate) is missing")
        }
    }

    private static func compare(
        _ stored: [UInt8],
        with expected: [SHA256Digest],
        at coordinate: TileCoordinate,
        _ report: inout LogReport
    ) {
        let hashes: [SHA256Digest]
        do {
            hashes = try TileBytes.decode(stored)
        } catch {
            return report.add(.tile, firstIndex(under: coordinate, offset: 0), "tile \(coordinate): \(error)")
        }
        if let offset = zip(hashes, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            return report.add(
                .tile,
                firstIndex(under: coordinate, offset: offset),
                "tile \(coordinate), hash \(offset): expected `\(expected[offset])`, got `\(hashes[offset])`"
            )
        }
        if hashes.count != expected.count {
            report.add(
                .tile,
                firstIndex(under: coordinate, offset: min(hashes.count, expected.count)),
                "tile \(coordinate): expected \(expected.count) hashes, got \(hashes.count)"
            )
        }
    }

    /// The first entry under a hash of a tile; nil beyond any possible entry.
    private static func firstIndex(under coordinate: TileCoordinate, offset: Int) -> UInt64? {
        let (position, overflow) = coordinate.index.multipliedReportingOverflow(by: 256)
        guard !overflow, coordinate.level < TileCoordinate.levelCount else { return nil }
        return (position + UInt64(offset)) << (8 * UInt64(coordinate.level))
    }
}
