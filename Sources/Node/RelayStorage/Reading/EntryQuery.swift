import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import Relaying

extension StoredEntry {
    /// The entry at `index`; nil when there is none.
    static func fetch(index: UInt64, in database: Database) throws -> StoredEntry? {
        guard let index = Int64(exactly: index) else { return nil }
        return try database.first("SELECT \(columns) FROM \(source) WHERE e.idx = ?", index).map { try StoredEntry($0) }
    }

    /// One page of entries in the order of their indices.
    static func fetch(_ filter: EntryFilter, in database: Database) throws -> [StoredEntry] {
        let query = try EntryQuery(filter, in: database)
        return try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map { try StoredEntry($0) }
    }
}

/// A filter as SQL.
struct EntryQuery {
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

    /// Selects what ``StoredEntry/init(_:)`` reads.
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
