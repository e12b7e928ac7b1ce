import CanonicalEncoding
import GRDB
import Relaying

/// The statements that store entries, ready for those of one batch.
struct EntryInsertion {
    private let entries: RowWriter
    private let details: RowWriter

    init(_ database: Database) throws {
        let names = EntryTable.columnNames
        entries = try RowWriter(
            "INSERT INTO entries (idx, \(names.joined(separator: ", ")), bytes) "
                + "VALUES (?, \(names.map { _ in "?" }.joined(separator: ", ")), ?)",
            in: database
        )
        details = try RowWriter("INSERT INTO entry_details (idx, salt, bytes) VALUES (?, ?, ?)", in: database)
    }

    /// Stores the entry with the columns that ``EntryTable/columns(of:)`` derives, and what it commits to.
    func insert(_ entry: AuditEntry, _ prepared: PreparedEntry, bytes: [UInt8], details own: AuditDetails) throws {
        let index = Int64(entry.index)
        entries.bind(index, 1)
        entries.bind(entry.time.millisecondsSinceEpoch, 2)
        entries.bind(entry.kind.rawValue, 3)
        entries.bind(entry.outcome.rawValue, 4)
        entries.bind(prepared.peer, 5)
        entries.bind(prepared.message, 6)
        entries.bind(prepared.reasons, 7)
        entries.bind(entry.sequence.map { Int64($0) }, 8)
        entries.bind(prepared.destination, 9)
        entries.bind(prepared.policy, 10)
        entries.bind(bytes, 11)
        try entries.run()
        details.bind(index, 1)
        details.bind(own.salt, 2)
        details.bind(own.bytes, 3)
        try details.run()
    }
}
