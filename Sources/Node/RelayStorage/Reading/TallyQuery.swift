package import CanonicalEncoding
import CoalitionDirectory
import GRDB
package import Relaying

/// What to count of a log.
package struct TallyQuery: Hashable, Sendable {
    /// Which entries; its order and limit do not matter.
    package var filter: EntryFilter
    package var period: HistogramPeriod
    /// The partner whose part in each entry counts; nil for everything.
    package var partner: PartnerName?

    package init(filter: EntryFilter = EntryFilter(), period: HistogramPeriod = .day, partner: PartnerName? = nil) {
        self.filter = filter
        self.period = period
        self.partner = partner
    }

    /// How many entries one read looks at: none takes long, so that none keeps the write-ahead log from being moved.
    package static let window: Int64 = 20_000
}

/// The tally of one window of a log, and where counting goes on.
package struct TallyPage: Hashable, Sendable {
    package let tally: LogTally
    /// The index after which the rest lies; nil at the end.
    package let next: UInt64?

    package init(tally: LogTally, next: UInt64?) {
        self.tally = tally
        self.next = next
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["tally": tally.json]
        members["next"] = next.map { .integer(Int64(clamping: $0)) }
        return .object(members)
    }

    static func fetch(_ query: TallyQuery, window: Int64 = TallyQuery.window, in database: Database) throws -> TallyPage
    {
        var filter = query.filter
        filter.isReversed = false
        filter.window = max(1, window)
        var entries = try EntryQuery(filter, isWindowed: true, in: database)
        if let partner = query.partner { entries.restrict(to: partner) }
        var tally = LogTally(by: query.period)
        var reading = CountedEntryReading()
        var rows = try RowReader(
            entries.sql(CountedEntryReading.columns, from: CountedEntryReading.source),
            entries.arguments,
            in: database
        )
        while try rows.next() {
            let entry = try reading.entry(rows)
            if let partner = query.partner { tally.add(entry, about: partner) } else { tally.add(entry) }
        }
        return TallyPage(tally: tally, next: entries.end)
    }
}

extension RelayStore {
    /// The tally of the first window behind the filter's `after`.
    package func tally(_ query: TallyQuery) async throws(StoreError) -> TallyPage {
        try await read { try TallyPage.fetch(query, in: $0) }
    }

    /// The partners that the log knows, by their codes as far as it says them.
    package func partnerNames() async throws(StoreError) -> [PartnerName] {
        try await read { try PartnerName.fetchAll(in: $0) }
    }
}

extension LogCopy {
    /// The tally of the first window behind the filter's `after`.
    package func tally(_ query: TallyQuery) throws(StoreError) -> TallyPage {
        try read { try TallyPage.fetch(query, in: $0) }
    }

    /// The partners that the log knows, by their codes as far as it says them.
    package func partnerNames() throws(StoreError) -> [PartnerName] {
        try read { try PartnerName.fetchAll(in: $0) }
    }
}
