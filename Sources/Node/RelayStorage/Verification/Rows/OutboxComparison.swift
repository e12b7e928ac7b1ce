import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The queue against the releases and relays that filled it, and the transfers and voids that emptied it.
struct OutboxComparison {
    let rows: LoggedRows

    /// - Parameters:
    ///   - count: how many releases and relays there are.
    ///   - closed: how many transfers and voids.
    func run(expecting count: UInt64, closed: UInt64, _ report: inout LogReport) throws {
        let start = Int64(clamping: rows.start)
        let database = rows.database
        let items = try database.each(
            """
            SELECT o.row, o.entry_index, o.closing_entry, o.object, o.object_bytes, o.links, o.destination, o.next_hop,
                o.precedence, o.size, o.bulk, o.state, o.expires, o.custody, o.last_error,
                m.id, m.digest, m.precedence, m.expires, length(m.header) + m.body_size
            FROM outbox o LEFT JOIN messages m ON m.row = o.message
            WHERE o.entry_index >= ?1 OR o.closing_entry >= ?1 ORDER BY o.row
            """,
            start
        )
        var last: Int64 = -1
        var found = (queued: UInt64(0), closed: UInt64(0))
        var number =
            try database.integer(
                "SELECT row FROM outbox WHERE entry_index < ? ORDER BY entry_index DESC LIMIT 1",
                start
            ) ?? 0
        while let row = try items.next() {
            let index = try row.integer(1)
            try report.compare(.outbox, index, "object \(try row.integer(0)) of the queue") {
                if index >= start {
                    number += 1
                    try RowDifference.check("row", try row.integer(0), number)
                    guard index > last else { throw RowDifference("column `entry_index`: it is not in order") }
                }
                let entry = try compare(row, index)
                try compareEnd(row, of: entry)
            }
            if index >= start {
                found.queued += 1
                last = max(last, index)
                number = try row.integer(0)
            }
            if let closing = try row.optionalInteger(2), closing >= start { found.closed += 1 }
        }
        if found.queued != count {
            report.add(.outbox, nil, "expected an object for each of \(count) releases and relays, got \(found.queued)")
        }
        let closing = try closed - min(closed, voidsByReport())
        if found.closed != closing {
            report.add(.outbox, nil, "expected \(closing) objects closed by a transfer or void, got \(found.closed)")
        }
    }

    /// How many voids close a number whose object was handed over, because a hub has reported that it cannot deliver it.
    private func voidsByReport() throws -> UInt64 {
        let count = try rows.database.integer(
            """
            SELECT count(*) FROM entries v
            JOIN entries r ON r.destination = v.destination AND r.sequence = v.sequence AND r.kind = 'release'
            JOIN outbox o ON o.entry_index = r.idx
            WHERE v.kind = 'void' AND v.sequence IS NOT NULL AND v.idx >= ? AND o.state = 'transferred'
                AND o.closing_entry < v.idx
            """,
            Int64(clamping: rows.start)
        )
        return UInt64(clamping: count ?? 0)
    }

    private func compare(_ row: Row, _ index: Int64) throws -> AuditEntry {
        guard let entry = try rows.entry(index), entry.kind == .release || entry.kind == .relay,
            let object = entry.object
        else { throw RowDifference("column `entry_index`: entry \(index) is no release and no relay") }
        try RowDifference.check("message", try row.optionalBytes(15), entry.message?.bytes)
        try RowDifference.check("message", try row.optionalBytes(16), entry.envelope?.bytes)
        try RowDifference.check("object", try row.text(3), object.rawValue)
        try RowDifference.check("destination", try row.text(6), entry.destination?.description ?? "")
        try RowDifference.check("next_hop", try row.text(7), entry.nextHop?.description ?? "")
        try RowDifference.check("precedence", try row.integer(8), try row.integer(17))
        var size = try row.integer(19)
        var expires = try row.integer(18)
        let bytes = try row.optionalBytes(4)
        if object != .message {
            try RowDifference.check("object_bytes", bytes.map { SHA256Digest.hash($0) }, entry.digest)
            size = Int64(bytes?.count ?? 0)
            expires = entry.time.adding(seconds: AnswerRecord.life).millisecondsSinceEpoch
        } else {
            try RowDifference.check("object_bytes", bytes, nil)
        }
        try RowDifference.check("size", try row.integer(9), size)
        try RowDifference.check("bulk", try row.integer(10), size >= Int64(RelayStore.bulkSize) ? 1 : 0)
        try RowDifference.check("expires", try row.integer(12), expires)
        let links = SHA256Digest.hash(try row.bytes(5)).hex
        if entry.kind == .release {
            try RowDifference.check("links", links, OutboxRecord.digest(of: []))
        } else if let details = try rows.details(index) {
            try RowDifference.check("links", links, details[OutboxRecord.linksMember]?.stringValue ?? "")
        } else {
            try prove(try TransferLink.list(stored: try row.bytes(5)), of: entry)
        }
        return entry
    }

    /// What came with a relayed object: the origin's release, and the relays of the hubs that it has passed.
    private func prove(_ links: [TransferLink], of relay: AuditEntry) throws {
        let logs = links.map(\.entry.log.rawValue)
        guard links.first?.entry.kind == .release, links.dropFirst().allSatisfy({ $0.entry.kind == .relay }),
            logs.last == relay.peer?.logName, Set(logs).count == logs.count
        else {
            throw RowDifference(
                "column `links`: expected a release, and the relays up to `\(relay.peer?.logName ?? "-")`"
            )
        }
        for link in links {
            try RowDifference.check("links", link.entry.object, relay.object)
            try RowDifference.check("links", link.entry.digest, relay.digest)
            try RowDifference.check("links", link.entry.message, relay.message)
            try RowDifference.check("links", link.entry.envelope, relay.envelope)
            try RowDifference.check("links", link.entry.destination, relay.destination)
            try rows.sheets.prove(link, "links")
        }
    }

    private func compareEnd(_ row: Row, of entry: AuditEntry) throws {
        guard let closing = try row.optionalInteger(2) else {
            try RowDifference.check("state", try row.text(11), "queued")
            return try RowDifference.check("custody", try row.optionalBytes(13), nil)
        }
        guard let end = try rows.entry(closing), end.message == entry.message, end.digest == entry.digest,
            end.envelope == entry.envelope, end.destination == entry.destination, end.nextHop == entry.nextHop
        else { throw RowDifference("column `closing_entry`: entry \(closing) closes something else") }
        switch end.kind {
        case .transfer:
            try RowDifference.check("state", try row.text(11), "transferred")
            let bytes = try row.bytes(13)
            guard let details = try rows.details(closing) else {
                let custody = try TransferLink(stored: bytes)
                guard let hop = entry.nextHop, custody.entry.log.rawValue == hop.logName,
                    custody.isCustody(of: entry, at: hop), custody.entry.peer?.logName == entry.log.rawValue
                else { throw RowDifference("column `custody`: expected that of the object by the next hop") }
                return try rows.sheets.prove(custody, "custody")
            }
            try RowDifference.check(
                "custody",
                SHA256Digest.hash(bytes).hex,
                details[OutboxRecord.custodyMember]?.stringValue
            )
        case .void:
            try RowDifference.check("state", try row.text(11), "void")
            try RowDifference.check("custody", try row.optionalBytes(13), nil)
            try RowDifference.check("last_error", try row.optionalText(14), end.reasons.first)
        default:
            throw RowDifference("column `closing_entry`: entry \(closing) is no transfer and no void")
        }
    }
}
