import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import SecurityLabels

/// The messages and their bodies against the entries that took them on: an entry names the digest of the signed header,
/// and the header says the rest.
struct MessageComparison {
    let rows: LoggedRows
    let erasures: LoggedErasures

    func run(_ report: inout LogReport) throws {
        let database = rows.database
        let first = try rows.firstRow(of: "messages") { row in
            try database.first("SELECT \(Self.firstEntry) FROM messages m WHERE m.row = ?", row)?.optionalInteger(0)
        }
        let messages = try database.each(
            """
            SELECT m.row, m.id, m.originator, m.digest, m.header, m.body_size, m.precedence, m.expires, m.accepted_at,
                m.first_entry, m.entry_count, b.bytes, \(Self.firstEntry)
            FROM messages m LEFT JOIN bodies b ON b.message = m.row WHERE m.row >= ? ORDER BY m.row
            """,
            first
        )
        var number = max(first, 1)
        var last: Int64 = -1
        while let row = try messages.next() {
            let index = try row.optionalInteger(12)
            try report.compare(.message, index, "message \(try row.integer(0))") {
                try RowDifference.check("row", try row.integer(0), number)
                guard let index, index > last else { throw RowDifference("no entry of the log took it on") }
                try compare(row, firstEntry: index)
            }
            number = try row.integer(0) + 1
            last = max(last, index ?? last)
        }
        let strays = "SELECT b.message FROM bodies b LEFT JOIN messages m ON m.row = b.message WHERE m.row IS NULL"
        for row in try database.all(strays) {
            report.add(.message, nil, "body \(try row.integer(0)): there is no such message")
        }
    }

    /// The entry that took a message on: the first one of its submission, or of the first transfer that brought it.
    private static let firstEntry = """
        coalesce(m.first_entry, (SELECT min(c.first_entry) FROM custody c WHERE c.message = m.row AND c.object = 'message'))
        """

    private func compare(_ row: Row, firstEntry index: Int64) throws {
        guard let entry = try rows.entry(index) else { throw RowDifference("there is no entry \(index)") }
        let der = try row.bytes(4)
        let digest = SHA256Digest.hash(der)
        try RowDifference.check("header", digest, entry.envelope ?? .hash([]))
        try RowDifference.check("digest", try row.bytes(3), digest.bytes)
        let header: MessageHeader
        do {
            header = try StoredHeader(der: der).header
        } catch {
            throw RowDifference("\(error)")
        }
        try RowDifference.check("id", try row.bytes(1), header.id.bytes)
        try RowDifference.check("id", try row.bytes(1), entry.message?.bytes ?? [])
        try RowDifference.check("originator", try row.text(2), header.originator.description)
        try RowDifference.check("precedence", Int(try row.integer(6)), header.precedence.rawValue)
        try RowDifference.check("expires", try row.integer(7), header.expires.millisecondsSinceEpoch)
        try RowDifference.check("accepted_at", try row.integer(8), entry.time.millisecondsSinceEpoch)
        try RowDifference.check("body_size", Int(try row.integer(5)), header.body.size)
        let isErased = erasures.bodies.contains(digest)
        if let body = try row.optionalBytes(11) {
            try RowDifference.check("bytes of its body", SHA256Digest.hash(body), header.body.digest)
            try RowDifference.check("bytes of its body", body.count, header.body.size)
            guard !isErased else { throw RowDifference("its body is there, and an entry says that it was erased") }
        } else if !isErased {
            throw RowDifference("its body is missing, and no entry says that it was erased")
        }
        guard entry.peer?.node == nil else {
            try RowDifference.check("first_entry", try row.optionalInteger(9), nil)
            return try RowDifference.check("entry_count", try row.optionalInteger(10), nil)
        }
        let count = try submission(of: digest, from: index)
        try RowDifference.check("first_entry", try row.optionalInteger(9), index)
        try RowDifference.check("entry_count", try row.optionalInteger(10), count)
        // The first entry of a submission is not one in its middle.
        if index > 0, let before = try rows.entry(index - 1), Self.isPart(before, of: digest) {
            throw RowDifference("column `first_entry`: expected `\(index - 1)` or before, got `\(index)`")
        }
    }

    /// How many entries from `index` on belong to one submission.
    private func submission(of digest: SHA256Digest, from index: Int64) throws -> Int64 {
        var count: Int64 = 0
        while let entry = try rows.entry(index + count), Self.isPart(entry, of: digest) { count += 1 }
        return count
    }

    private static func isPart(_ entry: AuditEntry, of digest: SHA256Digest) -> Bool {
        entry.object == .message && entry.digest == digest && entry.peer?.mailbox != nil
            && (entry.kind == .acceptance || entry.kind == .release)
    }
}
