package import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Which entries an archive takes.
package enum ArchiveScope: Hashable, Sendable {
    case entries(ClosedRange<UInt64>)
    /// Those of before a time, from an index on.
    case before(Timestamp, from: UInt64)
}

/// The making of an archive: consecutive entries of a log with all that proves them, in a database of their own.
///
/// The log is read in short pieces, so that no read keeps the write-ahead log of a running node.
struct ArchiveWriter {
    /// The most entries that are read at once.
    static let pageSize: Int64 = 1_000

    let log: any DatabaseReader
    let target: DatabaseQueue

    /// - Parameters:
    ///   - log: the database of a node, running or copied.
    ///   - path: an empty file.
    init(from log: any DatabaseReader, to path: String) throws {
        self.log = log
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            // Until it is whole the file counts for nothing, and what must not be in it leaves no trace.
            try database.execute(
                sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON"
            )
        }
        target = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// - Parameter checkRoom: throws when there is no room to go on; asked before every piece.
    func run(_ scope: ArchiveScope, checkRoom: () throws -> Void) async throws {
        let range = try await log.read { try Self.range(scope, in: $0) }
        try await target.write { try ArchiveSchema.make(in: $0) }
        var next = range.lowerBound
        while next < range.upperBound {
            try Task.checkCancellation()
            try checkRoom()
            let page = next..<min(next + Self.pageSize, range.upperBound)
            try await copy("entries", where: "idx >= \(page.lowerBound) AND idx < \(page.upperBound)")
            try await copy("entry_details", where: "idx >= \(page.lowerBound) AND idx < \(page.upperBound)")
            next = page.upperBound
        }
        // Only now, and in one read: what was erased meanwhile stands under this checkpoint.
        let (anchor, erasures) = try await log.read { database in
            let anchor = try Anchor(in: database)
            return (anchor, try LaterErasure.all(of: range, under: anchor.signed, in: database))
        }
        try await keep(erasures)
        try await copyCheckpoints(range, anchor)
        try await copyTiles(range, anchor)
        try await target.write { database in
            let meta = [
                (LogKeeping.originKey, anchor.origin), (LogKeeping.verifierKey, anchor.key),
                (ArchiveSchema.formatKey, ArchiveSchema.format), (ArchiveSchema.firstKey, "\(range.lowerBound)"),
                (ArchiveSchema.endKey, "\(range.upperBound)"),
                (ArchiveSchema.checkpointsKey, "\(try ArchiveProof.checkpointCount(in: database))"),
                (ArchiveSchema.witnessedKey, "\(try ArchiveProof.witnessedSize(in: database))"),
            ]
            for (key, value) in meta { try database.run("INSERT INTO meta (key, value) VALUES (?, ?)", key, value) }
        }
        try target.close()
    }

    /// What the archive is proven against.
    private struct Anchor: Sendable {
        let origin: String
        let key: String
        let number: Int64
        let signed: SignedCheckpoint
        /// The last one that witnesses have cosigned.
        let stable: TreeHead?

        var size: UInt64 { signed.checkpoint.head.size }

        init(in database: Database) throws {
            origin = try LogKeeping.value(LogKeeping.originKey, in: database) ?? ""
            key = try LogKeeping.value(LogKeeping.verifierKey, in: database) ?? ""
            signed = try CheckpointTable.latest(in: database)
            number = try database.integer("SELECT max(number) FROM checkpoints") ?? 0
            guard try database.tableExists("stable_checkpoints") else {
                stable = nil
                return
            }
            let row = try database.first(
                "SELECT \(StableCheckpoint.columns) FROM stable_checkpoints WHERE witnessed IS NOT NULL AND size <= ? "
                    + "ORDER BY size DESC LIMIT 1",
                Int64(clamping: signed.checkpoint.head.size)
            )
            stable = try row.map { try StableCheckpoint($0).head }
        }
    }

    private static func range(_ scope: ArchiveScope, in database: Database) throws -> Range<Int64> {
        if try ArchiveSchema.isArchive(database) {
            throw StoreError.orderRefused("it is an archive itself: name the database of a node, or a backup")
        }
        let size = Int64(clamping: try CheckpointTable.latest(in: database).checkpoint.head.size)
        switch scope {
        case .entries(let entries):
            guard entries.upperBound < UInt64(clamping: size) else {
                throw StoreError.orderRefused(
                    "expected entries below \(size), the size of the log, got \(entries.upperBound)"
                )
            }
            return Int64(entries.lowerBound)..<Int64(entries.upperBound) + 1
        case .before(let time, let first):
            let end = try EntryQuery.firstIndex(notBefore: time, in: database)
            guard Int64(clamping: first) < end else {
                throw StoreError.orderRefused("no entry from \(first) on is of before \(time)")
            }
            return Int64(first)..<end
        }
    }

    /// Copies the rows of a table that has the same columns here and there.
    private func copy(_ table: String, where condition: String) async throws {
        let columns = try await target.read { try $0.columns(in: table).map(\.name) }
        let list = columns.joined(separator: ", ")
        let rows = try await log.read { database in
            try Row.fetchAll(database, sql: "SELECT \(list) FROM \(table) WHERE \(condition)")
                .map { row in columns.indices.map { row[$0] as DatabaseValue } }
        }
        let insertion = "INSERT INTO \(table) (\(list)) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))"
        try await target.write { database in
            for row in rows {
                try database.cachedStatement(sql: insertion).execute(arguments: StatementArguments(row))
            }
        }
    }

    private func copyCheckpoints(_ range: Range<Int64>, _ anchor: Anchor) async throws {
        var from = range.lowerBound + 1
        while from <= range.upperBound {
            let to = min(from + Self.pageSize, range.upperBound + 1)
            try await copy("checkpoints", where: "size >= \(from) AND size < \(to) AND number <> \(anchor.number)")
            from = to
        }
        try await copy("checkpoints", where: "number = \(anchor.number)")
        if let stable = anchor.stable, stable.size >= UInt64(range.upperBound) {
            try await copy("stable_checkpoints", where: "size = \(stable.size)")
        }
    }

    /// The tiles over the entries, and those at the right edge of the trees that they are proven against.
    private func copyTiles(_ range: Range<Int64>, _ anchor: Anchor) async throws {
        for level in 0..<Int64(TileCoordinate.levelCount) {
            let shift = 8 * level
            var places = Set<Int64>()
            for size in [Int64(anchor.size), anchor.stable.map { Int64($0.size) }].compactMap({ $0 }) {
                places.insert((size >> shift) >> 8)
            }
            var first = (range.lowerBound >> shift) >> 8
            let last = ((range.upperBound - 1) >> shift) >> 8
            places = places.filter { $0 < first || $0 > last }
            while first <= last {
                let end = min(first + Self.pageSize, last + 1)
                try await copy("tiles", where: "level = \(level) AND idx >= \(first) AND idx < \(end)")
                first = end
            }
            for place in places { try await copy("tiles", where: "level = \(level) AND idx = \(place)") }
            try await cutEdge(level, shift, Int64(anchor.size))
        }
    }

    /// Leaves out what was appended to the tile at the right edge of the tree while the archive was made.
    private func cutEdge(_ level: Int64, _ shift: Int64, _ size: Int64) async throws {
        let nodes = size >> shift
        let (place, width) = (nodes >> 8, nodes & 255)
        try await target.write { database in
            if width == 0 {
                try database.run("DELETE FROM tiles WHERE level = ? AND idx = ?", level, place)
            } else {
                try database.run(
                    "UPDATE tiles SET hashes = substr(hashes, 1, ?) WHERE level = ? AND idx = ?",
                    32 * width,
                    level,
                    place
                )
            }
        }
    }

    /// Takes out what was erased while the archive was made, and puts in the entries that say what was, where they came later.
    private func keep(_ erasures: [LaterErasure]) async throws {
        try await target.write { database in
            for erasure in erasures {
                for entries in erasure.record.entries.ranges {
                    try database.run(
                        "DELETE FROM entry_details WHERE idx BETWEEN ? AND ?",
                        Int64(clamping: entries.lowerBound),
                        Int64(clamping: entries.upperBound)
                    )
                }
                try erasure.insert(into: database)
            }
        }
    }
}
