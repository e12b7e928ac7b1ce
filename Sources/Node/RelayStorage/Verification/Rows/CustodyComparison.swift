import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// The custody of what other nodes brought, against the entries that it was answered with.
struct CustodyComparison {
    let rows: LoggedRows
    /// The log's name, from which that of the node follows.
    let origin: String

    /// - Parameter count: how many entries took on what another node brought.
    func run(expecting count: UInt64, _ report: inout LogReport) throws {
        let custody = try rows.database.each(
            """
            SELECT c.object, c.digest, c.destination, c.first_entry, c.entry_count, m.id, m.digest
            FROM custody c LEFT JOIN messages m ON m.row = c.message WHERE c.first_entry >= ? ORDER BY c.first_entry
            """,
            Int64(clamping: rows.start)
        )
        var end: Int64 = 0
        var covered: UInt64 = 0
        while let row = try custody.next() {
            let (first, count) = (try row.integer(3), try row.integer(4))
            try report.compare(.custody, first, "custody") {
                guard first >= end, count >= 1, count <= 1000 else {
                    throw RowDifference("columns `first_entry`, `entry_count`: \(count) entries from \(first) on")
                }
                for index in first..<first + count { try compare(row, with: try rows.entry(index)) }
                // Nothing else that the same transfer was answered with stands behind them.
                if let next = try rows.entry(first + count), next.digest?.bytes == (try row.bytes(1)),
                    Self.isTakenOn(next), destination(of: next) == (try row.text(2))
                {
                    throw RowDifference("column `entry_count`: expected more than `\(count)`")
                }
            }
            end = max(end, first &+ count)
            covered += UInt64(clamping: count)
        }
        if covered < count {
            report.add(.custody, nil, "expected the custody of \(count) entries, got that of \(covered)")
        }
    }

    private func compare(_ row: Row, with entry: AuditEntry?) throws {
        guard let entry, Self.isTakenOn(entry) else {
            throw RowDifference("columns `first_entry`, `entry_count`: an entry that took nothing on from another node")
        }
        try RowDifference.check("object", try row.text(0), entry.object?.rawValue ?? "")
        try RowDifference.check("digest", try row.bytes(1), entry.digest?.bytes ?? [])
        try RowDifference.check("destination", try row.text(2), destination(of: entry))
        try RowDifference.check("message", try row.optionalBytes(5), entry.message?.bytes)
        try RowDifference.check("message", try row.optionalBytes(6), entry.envelope?.bytes)
    }

    private func destination(of entry: AuditEntry) -> String {
        entry.destination?.description ?? "spiffe://\(origin)"
    }

    private static func isTakenOn(_ entry: AuditEntry) -> Bool {
        guard entry.peer?.node != nil else { return false }
        return entry.kind == .acceptance || entry.kind == .relay || entry.kind == .receipt || entry.kind == .nonDelivery
    }
}
