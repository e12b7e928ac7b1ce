import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What the store keeps of the numbers that came, and of those that did not, against the entries that say so.
///
/// Every row is looked at; that none is gone cannot be told, for a log may be older than the tables.
struct InboundComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        try compareNumbers(&report)
        try compareGaps(&report)
    }

    private func compareNumbers(_ report: inout LogReport) throws {
        try checkRows(&report)
        // A copy that an older release made may not have the table yet.
        let key =
            try rows.database.tableExists("known_logs")
            ? "(SELECT k.key FROM known_logs k WHERE k.origin = s.origin AND s.ended = 0)" : "NULL"
        let numbers = try rows.database.each(
            """
            SELECT n.row, n.number, n.state, n.release, n.entry_index, s.origin, \(key)
            FROM inbound_numbers n LEFT JOIN inbound_streams s ON s.stream = n.stream
            WHERE n.entry_index >= ? ORDER BY n.row
            """,
            Int64(clamping: rows.start)
        )
        while let row = try numbers.next() {
            let index = try row.integer(4)
            try report.compare(.stream, index, "inbound number \(try row.integer(0))") {
                let link = try TransferLink(stored: row.bytes(3))
                // Under which the log was known last, if it still is that log.
                try KeptSheets.prove(link, "release", keys: Set([try row.optionalText(6)].compactMap(\.self)))
                let release = link.entry
                try RowDifference.check("stream", try row.optionalText(5), "spiffe://\(release.log.rawValue)")
                try RowDifference.check("number", try row.integer(1), release.sequence.map { Int64(clamping: $0) })
                guard let entry = try rows.entry(index) else { throw RowDifference("there is no entry \(index)") }
                switch entry.kind {
                case .acceptance, .receipt, .nonDelivery:
                    try RowDifference.check("state", try row.text(2), InboundNumber.State.accepted.rawValue)
                    try RowDifference.check("release", release.digest, entry.digest)
                    try RowDifference.check("release", release.message, entry.message)
                case .denial, .refusal:
                    try RowDifference.check("state", try row.text(2), InboundNumber.State.refused.rawValue)
                    try RowDifference.check("release", release.digest, entry.digest)
                case .gap:
                    try RowDifference.check("state", try row.text(2), InboundNumber.State.void.rawValue)
                    let number = try row.integer(1)
                    try check(index, .gap, holding: (number, number), of: try row.optionalText(5))
                    guard entry.outcome == .done, entry.reasons.first == Self.void else {
                        throw RowDifference("column `entry_index`: entry \(index) makes no number void")
                    }
                default:
                    throw RowDifference("column `entry_index`: entry \(index) takes nothing and refuses nothing")
                }
            }
        }
    }

    /// None is ever deleted, so that they count from 1; how many there were at the end, the table alone cannot say.
    private func checkRows(_ report: inout LogReport) throws {
        guard rows.start == 0 else { return }
        let counts = try rows.database.first(
            "SELECT count(*), coalesce(min(row), 1), coalesce(max(row), 0) FROM inbound_numbers"
        )
        guard let counts else { return }
        let (count, first, last) = (try counts.integer(0), try counts.integer(1), try counts.integer(2))
        if first != 1 || last != count {
            report.add(
                .stream,
                nil,
                "inbound numbers: expected the rows 1 to \(count), as none is ever deleted, got \(first) to \(last)"
            )
        }
    }

    private func compareGaps(_ report: inout LogReport) throws {
        let closings = try rows.database.all(
            "SELECT closing_entry FROM gaps WHERE closing_entry >= ? GROUP BY closing_entry HAVING count(*) > 1",
            Int64(clamping: rows.start)
        )
        for row in closings {
            let entry = try row.integer(0)
            report.add(.stream, UInt64(clamping: entry), "gaps: entry \(entry) closes one, and more than one names it")
        }
        let gaps = try rows.database.each(
            """
            SELECT g.gap, g.first, g.last, g.opening_entry, g.closing_entry, g.ended, s.origin
            FROM gaps g LEFT JOIN inbound_streams s ON s.stream = g.stream
            WHERE g.opening_entry >= ?1 OR g.closing_entry >= ?1 OR g.opening_entry IS NULL ORDER BY g.gap
            """,
            Int64(clamping: rows.start)
        )
        while let row = try gaps.next() {
            let opening = try row.optionalInteger(3)
            try report.compare(.stream, opening, "gap \(try row.integer(0))") {
                let range = (first: try row.integer(1), last: try row.integer(2))
                guard range.first >= 1, range.last >= range.first else {
                    throw RowDifference(
                        "columns `first`, `last`: expected a range, got \(range.first) to \(range.last)"
                    )
                }
                let origin = try row.optionalText(6)
                guard let closing = try row.optionalInteger(4) else {
                    if let opening {
                        try checkOpening(opening, holding: range, of: origin)
                        try checkOpen(since: opening, range, of: origin)
                    }
                    return
                }
                let entry = try check(closing, .gap, holding: range, of: origin)
                try RowDifference.check("closing_entry", entry.outcome, .done)
                if let details = try rows.details(closing) {
                    try RowDifference.check("first", range.first, details["first"]?.integerValue)
                    try RowDifference.check("last", range.last, details["last"]?.integerValue)
                }
                if let opening, opening != closing || entry.reasons.first != Self.void {
                    try checkOpening(opening, holding: range, of: origin)
                    guard opening < closing else {
                        throw RowDifference("column `closing_entry`: entry \(closing) is not behind entry \(opening)")
                    }
                }
                try RowDifference.check("ended", try row.optionalText(5), entry.reasons.joined(separator: ": "))
            }
        }
    }

    /// The first reason of the entry that closes a gap whose numbers the origin has given up.
    private static let void = "void"

    private func checkOpening(_ index: Int64, holding range: (first: Int64, last: Int64), of origin: String?) throws {
        let entry = try check(index, .gap, holding: range, of: origin)
        try RowDifference.check("opening_entry", entry.outcome, .failed)
    }

    /// No entry says that what stands open was closed.
    private func checkOpen(since opening: Int64, _ range: (first: Int64, last: Int64), of origin: String?) throws {
        let entries = try rows.database.all(
            "SELECT idx FROM entries WHERE kind = ? AND peer IS ? AND outcome = ? AND idx > ?",
            AuditEntryKind.gap.rawValue,
            origin,
            AuditOutcome.done.rawValue,
            opening
        )
        for row in entries {
            let index = try row.integer(0)
            guard let details = try rows.details(index), details["opened"]?.integerValue == opening,
                let first = details["first"]?.integerValue, let last = details["last"]?.integerValue,
                first <= range.first, range.last <= last
            else { continue }
            throw RowDifference("column `closing_entry`: expected \(index), which has closed it, got none")
        }
    }

    /// The entry, which must speak of these numbers of the stream.
    @discardableResult
    private func check(
        _ index: Int64,
        _ kind: AuditEntryKind,
        holding range: (first: Int64, last: Int64),
        of origin: String?
    ) throws -> AuditEntry {
        guard let entry = try rows.entry(index), entry.kind == kind, entry.peer?.description == origin else {
            throw RowDifference("entry \(index) is no `\(kind.rawValue)` of the stream from `\(origin ?? "none")`")
        }
        guard let details = try rows.details(index) else { return entry }
        guard let first = details["first"]?.integerValue, let last = details["last"]?.integerValue,
            first <= range.first, range.last <= last
        else { throw RowDifference("entry \(index) does not speak of the numbers \(range.first) to \(range.last)") }
        return entry
    }
}
