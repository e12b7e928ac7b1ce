import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The stored tiles against those of the tree that the entries make.
struct TileComparison {
    let database: Database

    /// Compares one tile, as soon as it is full or the walk has ended.
    func check(_ coordinate: TileCoordinate, _ expected: [SHA256Digest], _ report: inout LogReport) throws {
        guard let stored = try TileTable.bytes(at: coordinate, in: database) else {
            return report.add(.tile, firstBad(under: coordinate, offset: 0, report), "tile \(coordinate) is missing")
        }
        report.tileCount += 1
        guard !stored.withUnsafeBytes({ Self.isSame($0, expected) }) else { return }
        compare(stored, with: expected, at: coordinate, &report)
    }

    private static func isSame(_ stored: UnsafeRawBufferPointer, _ expected: [SHA256Digest]) -> Bool {
        let size = SHA256Digest.byteCount
        guard stored.count == expected.count * size else { return false }
        return expected.indices.allSatisfy { place in
            SHA256Digest(UnsafeRawBufferPointer(rebasing: stored[place * size..<(place + 1) * size])) == expected[place]
        }
    }

    /// Names the tiles that a tree of `size` entries has not.
    func checkNoOthers(size: UInt64, _ report: inout LogReport) throws {
        for level in 0..<TileCoordinate.levelCount {
            let nodes = size >> (8 * UInt64(level))
            let others = try database.all(
                "SELECT level, idx FROM tiles WHERE level = ? AND (idx < 0 OR idx >= ?)",
                Int64(level),
                Int64(clamping: (nodes + 255) / 256)
            )
            try name(others, &report)
        }
        let last = Int64(TileCoordinate.levelCount) - 1
        try name(database.all("SELECT level, idx FROM tiles WHERE level NOT BETWEEN 0 AND ?", last), &report)
    }

    private func name(_ others: [Row], _ report: inout LogReport) throws {
        for row in others {
            let place = "\(try row.integer(0))/\(try row.integer(1))"
            report.add(.tile, nil, "tile \(place): the entries make no such tile")
        }
    }

    private func compare(
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
        if let offset = zip(hashes, expected).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
            return report.add(
                .tile,
                firstBad(under: coordinate, offset: offset, report),
                "tile \(coordinate), hash \(offset): expected `\(expected[offset])`, got `\(hashes[offset])`"
            )
        }
        report.add(
            .tile,
            firstBad(under: coordinate, offset: min(hashes.count, expected.count), report),
            "tile \(coordinate): expected \(expected.count) hashes, got \(hashes.count)"
        )
    }

    /// The first entry under a hash of a tile, or the one among them that is known to be bad: entries are looked at
    /// before the tiles over them. Nil beyond any possible entry.
    private func firstBad(under coordinate: TileCoordinate, offset: Int, _ report: LogReport) -> UInt64? {
        let span = UInt64(1) << (8 * UInt64(coordinate.level))
        let (tile, overflow) = coordinate.index.multipliedReportingOverflow(by: 256)
        let (first, isBeyond) = (tile + UInt64(offset)).multipliedReportingOverflow(by: span)
        let (end, endsBeyond) = first.addingReportingOverflow(span)
        guard coordinate.level < TileCoordinate.levelCount, !overflow, !isBeyond, !endsBeyond else { return nil }
        return report.firstKnown(in: first..<end) ?? first
    }
}
