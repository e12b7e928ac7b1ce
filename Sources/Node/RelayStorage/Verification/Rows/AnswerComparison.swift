import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// The receipts and non-deliveries that reached the originator's node, against the entries that say so.
struct AnswerComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        try checkReceipts(&report)
        try checkNonDeliveries(&report)
        for index in try rows.indices(of: .receipt) {
            guard let entry = try rows.entry(index) else { continue }
            if let details = try rows.details(index) {
                guard let recipient = details["recipient"]?.stringValue else { continue }
                try expect("receipts", "recipient", recipient, entry, .receipt, &report)
            } else {
                try expectAny(entry, &report)
            }
        }
        for index in try rows.indices(of: .nonDelivery) {
            let destination = try rows.details(index)?["destination"]?.stringValue
            guard let entry = try rows.entry(index), let destination else { continue }
            try expect("non_deliveries", "destination", destination, entry, .nonDelivery, &report)
        }
        for index in try rows.indices(of: .void) {
            guard let entry = try rows.entry(index), entry.object == .message, let destination = entry.destination,
                try !isReported(entry)
            else { continue }
            try expect("non_deliveries", "destination", destination.description, entry, .nonDelivery, &report)
        }
    }

    private func checkReceipts(_ report: inout LogReport) throws {
        let receipts = try rows.database.each(
            """
            SELECT r.recipient, r.bytes, r.entry_index, r.received, m.id, m.digest
            FROM receipts r LEFT JOIN messages m ON m.row = r.message WHERE r.entry_index >= ? ORDER BY r.entry_index
            """,
            Int64(clamping: rows.start)
        )
        var last: Int64 = -1
        while let row = try receipts.next() {
            let index = try row.integer(2)
            defer { last = index }
            try report.compare(.receipt, index, "receipt") {
                guard let entry = try rows.entry(index), entry.kind == .receipt else {
                    throw RowDifference("column `entry_index`: entry \(index) is no receipt")
                }
                try RowDifference.check("bytes", SHA256Digest.hash(try row.bytes(1)), entry.digest ?? .hash([]))
                try checkCommon(row, entry)
                guard index > last else { throw RowDifference("column `entry_index`: the entry has another receipt") }
                if let details = try rows.details(index) {
                    try RowDifference.check("recipient", try row.text(0), details["recipient"]?.stringValue ?? "none")
                } else if try !rows.sheets.signs(try row.text(0), try row.bytes(1)) {
                    throw RowDifference(
                        "column `recipient`: `\(try row.text(0))` has not signed the receipt, by the sheets that were in force"
                    )
                }
            }
        }
    }

    private func checkNonDeliveries(_ report: inout LogReport) throws {
        let reports = try rows.database.each(
            """
            SELECT n.destination, n.reason, n.entry_index, n.received, m.id, m.digest FROM non_deliveries n
            LEFT JOIN messages m ON m.row = n.message WHERE n.entry_index >= ? ORDER BY n.entry_index
            """,
            Int64(clamping: rows.start)
        )
        while let row = try reports.next() {
            let index = try row.integer(2)
            try report.compare(.nonDelivery, index, "non-delivery") {
                guard let entry = try rows.entry(index), entry.kind == .nonDelivery || entry.kind == .void else {
                    throw RowDifference("column `entry_index`: entry \(index) is no non-delivery and no void")
                }
                try RowDifference.check("reason", try row.text(1), entry.reasons.first ?? "")
                try checkCommon(row, entry)
                let destination =
                    entry.kind == .void
                    ? entry.destination?.description : try rows.details(index)?["destination"]?.stringValue
                if let destination { try RowDifference.check("destination", try row.text(0), destination) }
            }
        }
    }

    private func checkCommon(_ row: Row, _ entry: AuditEntry) throws {
        try RowDifference.check("received", try row.integer(3), entry.time.millisecondsSinceEpoch)
        try RowDifference.check("message", try row.optionalBytes(4), entry.message?.bytes)
        try RowDifference.check("message", try row.optionalBytes(5), entry.envelope?.bytes)
    }

    /// Whether a report of what is given up went to the originator's node; else this node keeps it.
    private func isReported(_ void: AuditEntry) throws -> Bool {
        guard let next = try rows.entry(Int64(clamping: void.index) + 1) else { return false }
        return next.kind == .release && next.object == .nonDelivery && next.envelope == void.envelope
    }

    /// Whose receipt it was is erased: it is there itself, or it was not the first of a recipient whose receipt is there.
    private func expectAny(_ entry: AuditEntry, _ report: inout LogReport) throws {
        let found = try rows.database.first(
            """
            SELECT 1 FROM receipts r JOIN messages m ON m.row = r.message
            WHERE m.id = ? AND m.digest = ? AND r.entry_index <= ?
            """,
            entry.message?.bytes.blob,
            entry.envelope?.bytes.blob,
            Int64(clamping: entry.index)
        )
        guard found != nil else {
            return report.add(.receipt, entry.index, "the row of the entry in `receipts` is missing")
        }
    }

    /// Of several answers the first counts, so that the row is of this entry or of an earlier one.
    private func expect(
        _ table: String,
        _ column: String,
        _ value: String,
        _ entry: AuditEntry,
        _ subject: LogFinding.Subject,
        _ report: inout LogReport
    ) throws {
        let found = try rows.database.integer(
            "SELECT a.entry_index FROM \(table) a JOIN messages m ON m.row = a.message "
                + "WHERE m.id = ? AND m.digest = ? AND a.\(column) = ?",
            entry.message?.bytes.blob,
            entry.envelope?.bytes.blob,
            value
        )
        guard let found, found <= Int64(clamping: entry.index) else {
            return report.add(subject, entry.index, "the row of the entry in `\(table)` is missing")
        }
    }
}
