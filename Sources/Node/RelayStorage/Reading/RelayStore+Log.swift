import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying
package import TransparencyLog

extension RelayStore {
    /// The last signed checkpoint; that of the empty log before the first entry.
    package func checkpoint() async throws(StoreError) -> SignedCheckpoint {
        try await read { try CheckpointTable.latest(in: $0) }
    }

    /// The first `width` hashes of a tile, as they are served (C2SP tlog-tiles); nil when the log has not so many.
    package func tile(_ coordinate: TileCoordinate, width: Int) async throws(StoreError) -> [UInt8]? {
        guard (1...TileCoordinate.fullWidth).contains(width), coordinate.level < TileCoordinate.levelCount else {
            return nil
        }
        return try await read { database in
            guard let bytes = try TileTable.bytes(at: coordinate, in: database) else { return nil }
            let length = width * SHA256Digest.byteCount
            return bytes.count >= length ? Array(bytes[..<length]) : nil
        }
    }

    /// The entry with its proof under the latest checkpoint; nil when the log does not reach so far.
    package func link(index: UInt64) async throws(StoreError) -> TransferLink? {
        try await link(index: index) { try CheckpointTable.latest(in: $0) }
    }

    /// The entry with the proof that was answered when it was appended; nil when the log does not reach so far.
    package func receipt(index: UInt64) async throws(StoreError) -> TransferLink? {
        try await link(index: index) { try CheckpointTable.first(covering: index, in: $0) }
    }

    /// The entry at `index`; nil when the log does not reach so far.
    package func entry(index: UInt64) async throws(StoreError) -> StoredEntry? {
        guard let index = Int64(exactly: index) else { return nil }
        return try await read { database in
            try database.first("SELECT \(StoredEntry.columns) FROM \(StoredEntry.source) WHERE e.idx = ?", index)
                .map { try StoredEntry($0) }
        }
    }

    /// One page of entries in the order of their indices. The last one's index begins the next page.
    package func entries(_ filter: EntryFilter = EntryFilter()) async throws(StoreError) -> [StoredEntry] {
        try await read { database in
            let query = try EntryQuery(filter, in: database)
            return try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map { try StoredEntry($0) }
        }
    }

    /// The proof that the log of `newSize` entries begins with that of `oldSize`; nil when the log does not reach so far.
    package func consistencyProof(from oldSize: UInt64, to newSize: UInt64) async throws(StoreError)
        -> ConsistencyProof?
    {
        try await read { database in
            let size = try CheckpointTable.latest(in: database).checkpoint.head.size
            guard oldSize <= newSize, newSize <= size else { return nil }
            return try TileTable.reader(database).consistencyProof(from: oldSize, to: newSize)
        }
    }

    private func link(
        index: UInt64,
        under checkpoint: @Sendable (Database) throws -> SignedCheckpoint
    ) async throws(StoreError) -> TransferLink? {
        let found = try await read { database -> CommittedEntry? in
            guard index < (try CheckpointTable.latest(in: database).checkpoint.head.size) else { return nil }
            return try committed(EntryRange(first: index, count: 1), under: try checkpoint(database), in: database)
                .first
        }
        return try found?.link()
    }
}

/// A filter as SQL.
private struct EntryQuery {
    private var conditions: [String] = []
    private(set) var arguments = StatementArguments()
    private let isReversed: Bool
    private let limit: Int

    init(_ filter: EntryFilter, in database: Database) throws {
        isReversed = filter.isReversed
        limit = max(0, filter.limit)
        add("e.kind", among: filter.kinds.map(\.rawValue).sorted())
        add("e.outcome", among: filter.outcomes.map(\.rawValue).sorted())
        if let peer = filter.peer { add("e.peer = ?", peer.description) }
        if let message = filter.message { add("e.message = ?", message.bytes.blob) }
        if let after = filter.after { add("e.idx > ?", Int64(clamping: after)) }
        if let before = filter.before { add("e.idx < ?", Int64(clamping: before)) }
        if let since = filter.since { add("e.idx >= ?", try Self.firstIndex(notBefore: since, in: database)) }
        if let until = filter.until { add("e.idx < ?", try Self.firstIndex(notBefore: until, in: database)) }
    }

    var sql: String {
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return "SELECT \(StoredEntry.columns) FROM \(StoredEntry.source) \(condition) "
            + "ORDER BY e.idx \(isReversed ? "DESC" : "ASC") LIMIT \(limit)"
    }

    private mutating func add(_ condition: String, _ argument: any DatabaseValueConvertible) {
        conditions.append(condition)
        arguments += [argument]
    }

    private mutating func add(_ column: String, among values: [String]) {
        guard !values.isEmpty else { return }
        conditions.append("\(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))")
        arguments += StatementArguments(values)
    }

    /// Times never decrease along the log, so that halving finds the place without an index over them.
    private static func firstIndex(notBefore time: Timestamp, in database: Database) throws -> Int64 {
        var low: Int64 = 0
        var high = try database.integer("SELECT coalesce(max(idx) + 1, 0) FROM entries") ?? 0
        while low < high {
            let middle = low + (high - low) / 2
            guard let found = try database.integer("SELECT time FROM entries WHERE idx = ?", middle) else {
                throw StoreError.damaged("entry \(middle) is missing")
            }
            if found < time.millisecondsSinceEpoch { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
