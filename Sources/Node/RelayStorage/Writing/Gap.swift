import CanonicalEncoding
import CoalitionDirectory
import GRDB
import Relaying

/// Numbers of a stream that have not come, within a transaction.
struct Gap {
    let row: Int64
    let range: ClosedRange<UInt64>
    let stream: Int64
    let noticed: Int64
    /// The entry that raised it; nil as long as it may still come in good time.
    let openingEntry: Int64?

    static let columns = "gap, first, last, stream, noticed, opening_entry"

    init(_ row: Row) throws {
        self.row = try row.integer(0)
        range = try row.gapRange(1)
        stream = try row.integer(3)
        noticed = try row.integer(4)
        openingEntry = try row.optionalInteger(5)
    }

    private init(_ other: Gap, row: Int64, range: ClosedRange<UInt64>, openingEntry: Int64? = nil) {
        self.row = row
        self.range = range
        (stream, noticed, self.openingEntry) = (other.stream, other.noticed, openingEntry ?? other.openingEntry)
    }

    @discardableResult
    static func insert(
        _ range: ClosedRange<UInt64>,
        of stream: Int64,
        noticed: Int64,
        openingEntry: Int64?,
        word: String? = nil,
        in database: Database
    ) throws -> Int64 {
        try database.run(
            "INSERT INTO gaps (stream, first, last, noticed, opening_entry, word) VALUES (?, ?, ?, ?, ?, ?)",
            stream,
            Int64(clamping: range.lowerBound),
            Int64(clamping: range.upperBound),
            noticed,
            openingEntry,
            word
        )
        return database.lastInsertedRowID
    }

    /// The gap of this number alone, cut out of the one that holds it; nil when the number is not missing.
    static func isolate(_ number: UInt64, of stream: Int64, in database: Database) throws -> Gap? {
        let found = try database.first(
            "SELECT \(columns), word FROM gaps WHERE stream = ? AND first <= ? AND closing_entry IS NULL "
                + "ORDER BY first DESC LIMIT 1",
            stream,
            Int64(clamping: number)
        )
        guard let found else { return nil }
        let gap = try Gap(found)
        guard gap.range.contains(number) else { return nil }
        guard gap.range != number...number else { return gap }
        let word = try found.optionalText(6)
        try gap.delete(in: database)
        func keep(_ range: ClosedRange<UInt64>) throws -> Int64 {
            try insert(
                range,
                of: stream,
                noticed: gap.noticed,
                openingEntry: gap.openingEntry,
                word: word,
                in: database
            )
        }
        if gap.range.lowerBound < number { _ = try keep(gap.range.lowerBound...number - 1) }
        if number < gap.range.upperBound { _ = try keep(number + 1...gap.range.upperBound) }
        return Gap(gap, row: try keep(number...number), range: number...number)
    }

    /// The same gap with an entry that raises it, where it was not raised before.
    func raised(realm: Realm, origin: SPIFFEID, in transaction: LogTransaction) throws -> Gap {
        guard openingEntry == nil else { return self }
        let entry = Int64(clamping: try Self.raise(range, realm: realm, origin: origin, in: transaction))
        try transaction.database.run("UPDATE gaps SET opening_entry = ? WHERE gap = ?", entry, row)
        return Gap(self, row: row, range: range, openingEntry: entry)
    }

    /// Appends the entry that raises missing numbers.
    static func raise(
        _ range: ClosedRange<UInt64>,
        realm: Realm,
        origin: SPIFFEID,
        in transaction: LogTransaction
    ) throws -> UInt64 {
        let draft = AuditEntryDraft(
            .gap,
            .failed,
            realm: realm,
            peer: origin,
            reasons: ["missing"],
            details: .object(details(range, origin))
        )
        return try transaction.append(PreparedEntry(draft))
    }

    func delete(in database: Database) throws {
        try database.run("DELETE FROM gaps WHERE gap = ?", row)
    }

    /// Ends it: with an entry where it was raised, without a trace where it never was.
    ///
    /// - Parameters:
    ///   - evidence: the entry of this log that shows it; nil where the one that ends it does.
    ///   - more: what the entry's details say besides.
    func end(
        _ reasons: [String],
        realm: Realm,
        origin: SPIFFEID,
        evidence: UInt64? = nil,
        saying more: [String: JSONValue] = [:],
        in transaction: LogTransaction
    ) throws {
        guard let openingEntry else { return try delete(in: transaction.database) }
        var details = Self.details(range, origin).merging(more) { $1 }
        details["opened"] = .integer(openingEntry)
        details["evidence"] = evidence.map { .integer(Int64(clamping: $0)) }
        let draft = AuditEntryDraft(
            .gap,
            .done,
            realm: realm,
            peer: origin,
            reasons: reasons,
            details: .object(details)
        )
        let index = try transaction.append(PreparedEntry(draft))
        try transaction.database.run(
            "UPDATE gaps SET closing_entry = ?, ended = ? WHERE gap = ?",
            Int64(index),
            reasons.joined(separator: ": "),
            row
        )
    }

    /// What entries about missing numbers say beside the log.
    static func details(_ range: ClosedRange<UInt64>, _ origin: SPIFFEID) -> [String: JSONValue] {
        [
            "first": .integer(Int64(clamping: range.lowerBound)), "last": .integer(Int64(clamping: range.upperBound)),
            "origin": .string(origin.description),
        ]
    }
}

extension Row {
    /// The numbers of a gap, whose columns `first` and `last` stand at `place` and behind it.
    func gapRange(_ place: Int) throws -> ClosedRange<UInt64> {
        let (first, last) = (try integer(place), try integer(place + 1))
        guard first >= 1, last >= first else {
            throw StoreError.damaged("expected a gap of numbers from 1, got \(first) to \(last)")
        }
        return UInt64(first)...UInt64(last)
    }
}
