import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Custody by nodes behind a next hop, against the entries here that say so and those that sent the message there.
struct OnwardCustodyComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        let found = try rows.database.each(
            """
            SELECT c.entry_index, c.link, o.entry_index, o.closing_entry
            FROM onward_custody c LEFT JOIN outbox o ON o.row = c.transfer WHERE c.entry_index >= ? ORDER BY c.entry_index
            """,
            Int64(clamping: rows.start)
        )
        while let row = try found.next() {
            let index = try row.integer(0)
            try report.compare(.custody, index, "custody behind the next hop") { try compare(row, index) }
        }
        for index in try rows.indices(of: .custody) {
            guard try rows.database.first("SELECT 1 FROM onward_custody WHERE entry_index = ?", index) == nil else {
                continue
            }
            report.add(.custody, UInt64(exactly: index), "the row of the entry in `onward_custody` is missing")
        }
    }

    private func compare(_ row: Row, _ index: Int64) throws {
        guard let entry = try rows.entry(index), entry.kind == .custody else {
            throw RowDifference("column `entry_index`: entry \(index) is not about custody")
        }
        guard let sent = try row.optionalInteger(2).flatMap({ try rows.entry($0) }),
            let closing = try row.optionalInteger(3), closing < index
        else { throw RowDifference("column `transfer`: expected an object that was handed over before") }
        try RowDifference.check("transfer", sent.message, entry.message)
        try RowDifference.check("transfer", sent.digest, entry.digest)
        try RowDifference.check("transfer", sent.destination, entry.destination)
        try RowDifference.check("transfer", sent.nextHop, entry.nextHop)
        let count = try rows.database.integer(
            """
            SELECT count(*) FROM onward_custody c JOIN entries e ON e.idx = c.entry_index
            WHERE c.transfer = (SELECT transfer FROM onward_custody WHERE entry_index = ?) AND e.peer = ?
            """,
            index,
            entry.peer?.description
        )
        guard count == 1 else { throw RowDifference("column `transfer`: the node's custody stands there before") }
        let bytes = try row.bytes(1)
        let link = try TransferLink(stored: bytes)
        guard let peer = entry.peer, link.entry.log.rawValue == peer.logName, link.entry.log != entry.log,
            link.isCustody(of: sent, at: peer)
        else {
            throw RowDifference(
                "column `link`: expected custody of the message by `\(entry.peer?.description ?? "none")`"
            )
        }
        guard let details = try rows.details(index) else { return try rows.sheets.prove(link, "link") }
        let digest = SHA256Digest.hash(bytes).hex
        try RowDifference.check("link", digest, details[OutboxRecord.custodyMember]?.stringValue)
    }
}
