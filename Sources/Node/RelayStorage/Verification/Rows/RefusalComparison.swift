import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Other nodes' signed refusals, against the entries here that rest on them.
struct RefusalComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        let refusals = try rows.database.each(
            "SELECT entry_index, link FROM refusals WHERE entry_index >= ? ORDER BY entry_index",
            Int64(clamping: rows.start)
        )
        while let row = try refusals.next() {
            let index = try row.integer(0)
            try report.compare(.refusal, index, "refusal") { try compare(try row.bytes(1), index) }
        }
        for index in try rows.indices(of: .void) + rows.indices(of: .nonDelivery) {
            guard try rows.details(index)?[RefusalRow.digestMember] != nil else { continue }
            let found = try rows.database.integer("SELECT count(*) FROM refusals WHERE entry_index = ?", index)
            if found != 1 {
                report.add(.refusal, UInt64(exactly: index), "the row of the entry in `refusals` is missing")
            }
        }
    }

    private func compare(_ link: [UInt8], _ index: Int64) throws {
        guard let entry = try rows.entry(index), entry.kind == .void || entry.kind == .nonDelivery else {
            throw RowDifference("column `entry_index`: entry \(index) is no void and no non-delivery")
        }
        let stored = try TransferLink(stored: link)
        let refusal = stored.entry
        try RowDifference.check("link", refusal.kind, .refusal)
        try RowDifference.check("link", refusal.reasons, entry.reasons)
        try RowDifference.check("link", refusal.message, entry.message)
        try RowDifference.check("link", refusal.envelope, entry.envelope)
        try RowDifference.check("link", refusal.outcome, .refused)
        if entry.kind == .void {
            // The next hop's word about what this node brought.
            try RowDifference.check("link", refusal.log.rawValue, entry.nextHop?.logName ?? "")
            try RowDifference.check("link", refusal.peer?.logName, entry.log.rawValue)
            try RowDifference.check("link", refusal.object, entry.object)
            try RowDifference.check("link", refusal.digest, entry.digest)
        } else {
            // The word about the message of the node that reports.
            try RowDifference.check("link", refusal.object, .message)
            try RowDifference.check("link", refusal.digest, entry.envelope)
        }
        guard let details = try rows.details(index) else { return try rows.sheets.prove(stored, "link") }
        try RowDifference.check(
            "link",
            SHA256Digest.hash(link).hex,
            details[RefusalRow.digestMember]?.stringValue ?? "none"
        )
    }
}
