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
            report.add(.tile, firstBad(under: coordinate, offset: 0, report), "tile \(coordinate) is missing")
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
            return report.add(.tile, firstBad(under: coordinate, offset: 0, report), "tile \(coordinate): \(error)")
        }
        if let offset = zip(hashes, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            return report.add(
                .tile,
                firstBad(under: coordinate, offset: offset, report),
                "tile \(coordinate), hash \(offset): expected `\(expected[offset])`, got `\(hashes[offset])`"
            )
        }
        if hashes.count != expected.count {
            report.add(
                .tile,
                firstBad(under: coordinate, offset: min(hashes.count, expected.count), report),
                "tile \(coordinate): expected \(expected.count) hashes, got \(hashes.count)"
            )
        }
    }

    /// The first entry under a hash of a tile, or the one among them that is known to be bad: tiles are compared from the
    /// leaves up. Nil beyond any possible entry.
    private static func firstBad(under coordinate: TileCoordinate, offset: Int, _ report: LogReport) -> UInt64? {
        let span = UInt64(1) << (8 * UInt64(coordinate.level))
        let (tile, overflow) = coordinate.index.multipliedReportingOverflow(by: 256)
        let (first, isBeyond) = (tile + UInt64(offset)).multipliedReportingOverflow(by: span)
        let (end, endsBeyond) = first.addingReportingOverflow(span)
        guard coordinate.level < TileCoordinate.levelCount, !overflow, !isBeyond, !endsBeyond else { return nil }
        return report.firstKnown(in: first..<end) ?? first
    }
}
