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
    static func fetch(_ filter: EntryFilter, in database: Database) throws -> EntryPage {
        let query = try EntryQuery(filter, in: database)
        let entries = try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map { try StoredEntry($0) }
        let isFull = entries.count == max(0, filter.limit)
        return EntryPage(entries: entries, next: isFull ? entries.last?.index : query.end)
    }
}

/// A filter as SQL.
struct EntryQuery {
    private var conditions: [String] = []
    private(set) var arguments = StatementArguments()
    private let isReversed: Bool
    private let limit: Int
    /// The last entry that is looked at, should more lie behind it.
    private(set) var end: UInt64?

    /// - Parameter isWindowed: whether one window is looked at, whatever indexes there are.
    init(_ filter: EntryFilter, isWindowed: Bool = false, in database: Database) throws {
        isReversed = filter.isReversed
        limit = max(0, filter.limit)
        add("e.kind", among: filter.kinds.map(\.rawValue).sorted())
        add("e.outcome", among: filter.outcomes.map(\.rawValue).sorted())
        if let peer = filter.peer { add("e.peer = ?", peer.description) }
        if let domain = filter.domain {
            // `0` follows `/`: all identities of the domain, and no other domain that begins like it.
            add("e.peer >= ?", "spiffe://\(domain)/")
            add("e.peer < ?", "spiffe://\(domain)0")
        }
        if let message = filter.message { add("e.message = ?", message.bytes.blob) }
        try addRange(filter, isWindowed: isWindowed || filter.readsDetails, in: database)
        if let rule = filter.rule { try add(rule: rule, in: database) }
        if let mailbox = filter.mailbox {
            // A name in canonical JSON stands between its quotation marks, so that no longer one is meant.
            conditions.append("(substr(e.peer, -length(?)) = ? OR instr(d.bytes, CAST(? AS BLOB)) > 0)")
            let tail = "/mailbox/\(mailbox.mailbox)"
            arguments += [tail, tail, "\"\(mailbox)\""]
        }
        if let label = filter.label {
            let marking = "json_extract(CAST(d.bytes AS TEXT), '$.label')"
            add("instr(upper(\(marking)), upper(?)) > 0", label)
        }
        if let text = filter.text {
            conditions.append(
                "(instr(lower(CAST(e.bytes AS TEXT)), lower(?)) > 0 OR instr(lower(CAST(d.bytes AS TEXT)), lower(?)) > 0)"
            )
            arguments += [text, text]
        }
    }

    /// Selects what ``StoredEntry/init(_:)`` reads.
    var sql: String { sql(StoredEntry.columns, from: StoredEntry.source) + " LIMIT \(limit)" }

    /// Selects other columns of the same entries, from a source in which they are `e` and their details `d`.
    func sql(_ columns: String, from source: String) -> String {
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return "SELECT \(columns) FROM \(source) \(condition) ORDER BY e.idx \(isReversed ? "DESC" : "ASC")"
    }

    /// Leaves out what has nothing to do with the partner, as far as columns say so.
    mutating func restrict(to partner: PartnerName) {
        guard let domain = partner.domain else { return }
        // The window bounds what is looked at; an index that ignores it would find all of a large log.
        conditions.append(
            "(+e.kind IN ('denial', 'acceptance', 'relay', 'trust-change') OR +e.peer IS NULL OR (+e.peer >= ? AND +e.peer < ?) "
                + "OR (+e.destination >= ? AND +e.destination < ?))"
        )
        let range = ["spiffe://\(domain)/", "spiffe://\(domain)0"]
        arguments += StatementArguments(range + range)
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

    /// The indices that are looked at; of those that must be read whole, one window.
    private mutating func addRange(_ filter: EntryFilter, isWindowed: Bool, in database: Database) throws {
        let size = try database.integer("SELECT coalesce(max(idx) + 1, 0) FROM entries") ?? 0
        var first: Int64 = 0
        var last = size - 1
        if let after = filter.after { first = max(first, Int64(clamping: after) + (after < Int64.max ? 1 : 0)) }
        if let before = filter.before { last = min(last, Int64(clamping: before) - 1) }
        if let since = filter.since { first = max(first, try Self.firstIndex(notBefore: since, in: database)) }
        if let until = filter.until { last = min(last, try Self.firstIndex(notBefore: until, in: database) - 1) }
        if isWindowed, last - first >= filter.window {
            if filter.isReversed {
                first = last - filter.window + 1
                // Over a hole, which only a log has that was tampered with, at one step.
                let rest = try database.integer("SELECT max(idx) FROM entries WHERE idx < ?", first)
                end = rest.map { UInt64(clamping: $0 + 1) }
            } else {
                last = first + filter.window - 1
                let rest = try database.integer("SELECT min(idx) FROM entries WHERE idx > ?", last)
                end = rest.map { UInt64(clamping: $0 - 1) }
            }
        }
        if first > 0 { add("e.idx >= ?", first) }
        if last < size - 1 || filter.before != nil || filter.until != nil { add("e.idx <= ?", last) }
    }

    /// There are few lists of reasons, each for very many entries: those that hold the rule are looked up first.
    private mutating func add(rule: String, in database: Database) throws {
        let lists = try database.all(
            """
            WITH RECURSIVE lists (reasons) AS (
                SELECT min(reasons) FROM entries WHERE reasons <> '[]'
                UNION ALL
                SELECT (SELECT min(reasons) FROM entries WHERE reasons <> '[]' AND reasons > l.reasons)
                FROM lists l WHERE l.reasons IS NOT NULL
            )
            SELECT reasons FROM lists WHERE EXISTS (SELECT 1 FROM json_each(reasons) WHERE value = ?)
            """,
            rule
        ).map { try $0.text(0) }
        guard !lists.isEmpty else { return conditions.append("false") }
        conditions.append("e.reasons <> '[]'")
        add("e.reasons", among: lists)
    }

    /// Times never decrease along the log, so that halving finds the place without an index over them.
    static func firstIndex(notBefore time: Timestamp, in database: Database) throws -> Int64 {
        var low = try database.integer("SELECT coalesce(min(idx), 0) FROM entries") ?? 0
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
