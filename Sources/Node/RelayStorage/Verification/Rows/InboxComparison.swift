import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// The mailboxes against the acceptances that filled them, and the deliveries that their owners signed for.
struct InboxComparison {
    let rows: LoggedRows

    private static let columns = """
        i.seq, i.mailbox, i.entry_index, i.received, i.receipt, i.first_entry, i.entry_count, m.id, m.digest,
            m.header
        FROM inbox i LEFT JOIN messages m ON m.row = i.message
        """

    func run(_ report: inout LogReport) throws {
        let database = rows.database
        let first = try rows.firstRow(of: "inbox") { row in
            try database.integer("SELECT entry_index FROM inbox WHERE seq = ?", row)
        }
        let inbox = try database.each("SELECT \(Self.columns) WHERE i.seq >= ? ORDER BY i.seq", first)
        var expected = try rows.indices(of: .acceptance)[...]
        // nil where neither the details nor the sheets that were in force say which.
        var mailboxes: ArraySlice<String>? = []
        var (current, number): (Int64, Int64) = (-1, max(first, 1))
        while let row = try inbox.next() {
            let index = try row.integer(2)
            try report.compare(.inbox, index, "item \(try row.integer(0))") {
                try RowDifference.check("seq", try row.integer(0), number)
                if index != current {
                    if let left = mailboxes?.first {
                        throw RowDifference("expected the one of mailbox `\(left)` before")
                    }
                    try RowDifference.check("entry_index", index, expected.first ?? -1)
                    expected = expected.dropFirst()
                    current = index
                    mailboxes = try self.mailboxes(of: index, header: row.optionalBytes(9))
                }
                if let names = mailboxes {
                    try RowDifference.check("mailbox", try row.text(1), names.first ?? "none more")
                    mailboxes = names.dropFirst()
                }
                try compare(row, with: try rows.entry(index))
            }
            number = try row.integer(0) + 1
        }
        if let left = mailboxes?.first {
            report.add(.inbox, UInt64(exactly: current), "the item of mailbox `\(left)` is missing")
        }
        if let left = expected.first {
            report.add(.inbox, UInt64(exactly: left), "the items of the entry are missing")
        }
        try checkDeliveries(&report)
    }

    /// The mailboxes that an acceptance names, in the order of their items; where its details are gone, the recipients that
    /// were at this node then.
    private func mailboxes(of index: Int64, header: [UInt8]?) throws -> ArraySlice<String>? {
        guard let details = try rows.details(index) else {
            guard let entry = try rows.entry(index), let header else { return nil }
            return try rows.sheets.mailboxes(of: header, at: entry)?.map(\.mailbox.rawValue)[...]
        }
        let names = details[AdmissionRecord.mailboxesMember]?.arrayValue ?? []
        return names.compactMap(\.stringValue)[...]
    }

    private func compare(_ row: Row, with entry: AuditEntry?) throws {
        guard let entry else { throw RowDifference("column `entry_index`: there is no such entry") }
        try RowDifference.check("received", try row.integer(3), entry.time.millisecondsSinceEpoch)
        try RowDifference.check("message", try row.optionalBytes(7), entry.message?.bytes)
        try RowDifference.check("message", try row.optionalBytes(8), entry.envelope?.bytes)
        guard let receipt = try row.optionalBytes(4), let index = try row.optionalInteger(5) else {
            try RowDifference.check("receipt", try row.optionalBytes(4), nil)
            try RowDifference.check("first_entry", try row.optionalInteger(5), nil)
            return try RowDifference.check("entry_count", try row.optionalInteger(6), nil)
        }
        guard let delivery = try rows.entry(index), delivery.kind == .delivery, delivery.envelope == entry.envelope
        else {
            throw RowDifference("column `first_entry`: entry \(index) is no delivery of the message")
        }
        try RowDifference.check("receipt", SHA256Digest.hash(receipt), delivery.digest ?? .hash([]))
        var count: Int64 = 1
        while let next = try rows.entry(index + count), next.digest == delivery.digest,
            next.kind == .receipt || next.kind == .release
        { count += 1 }
        try RowDifference.check("entry_count", try row.optionalInteger(6), count)
        if let recipient = try rows.details(index)?["recipient"]?.stringValue {
            try RowDifference.check("mailbox", try row.text(1), String(recipient.drop { $0 != "/" }.dropFirst()))
        }
    }

    /// Each delivery has marked the item that it is of.
    private func checkDeliveries(_ report: inout LogReport) throws {
        for index in try rows.indices(of: .delivery) {
            guard let entry = try rows.entry(index), let envelope = entry.envelope else { continue }
            let items = try rows.database.all(
                "SELECT \(Self.columns) WHERE m.id = ? AND m.digest = ?",
                entry.message?.bytes.blob,
                envelope.bytes.blob
            )
            let marked = try items.filter { try $0.optionalInteger(5) == index }
            guard marked.count == 1 else {
                report.add(.inbox, UInt64(exactly: index), "no item, or several, has the receipt of the delivery")
                continue
            }
            // Rows before the start are compared by this alone.
            if try marked[0].integer(2) < Int64(clamping: rows.start) {
                try report.compare(.inbox, index, "item \(try marked[0].integer(0))") {
                    try compare(marked[0], with: try rows.entry(try marked[0].integer(2)))
                }
            }
        }
    }
}
