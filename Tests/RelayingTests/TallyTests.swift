import CanonicalEncoding
import CoalitionDirectory
import SecurityLabels
import Testing

@testable import Relaying

/// Counting entries: pure, and the same in one go or in parts.
@Suite struct TallyTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000)
    private static let fra = "spiffe://fra.example/node/fra-hub"

    private static func entry(
        _ index: UInt64,
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        after seconds: Int64 = 0,
        peer: String? = nil,
        destination: String? = nil,
        _ change: (inout CountedEntry) throws -> Void = { _ in }
    ) throws -> CountedEntry {
        var entry = CountedEntry(index: index, time: start.adding(seconds: seconds), kind: kind, outcome: outcome)
        entry.peer = try peer.map { try SPIFFEID($0) }
        entry.destination = try destination.map { try SPIFFEID($0) }
        try change(&entry)
        return entry
    }

    private static func release(
        _ index: UInt64,
        to code: String,
        _ precedence: Precedence = .routine,
        handedOver milliseconds: Int64? = nil,
        receipt: Int64? = nil
    ) throws -> CountedEntry {
        let domain = code.lowercased()
        return try entry(
            index,
            .release,
            .allowed,
            peer: "spiffe://gbr.example/mailbox/j2-fusion",
            destination: "spiffe://\(domain).example/node/\(domain)-1"
        ) { entry in
            let recipient = try MailboxAddress("\(code)/desk")
            entry.isAboutMessage = true
            entry.originator = try MailboxAddress("GBR/j2-fusion")
            entry.decisions = [.init(recipient: recipient, isAllowed: true, rules: ["moa-1"])]
            entry.precedence = precedence
            entry.marking = "GBR SECRET//REL TO FRA"
            entry.classification = "GBR SECRET"
            entry.bodySize = 1000
            entry.fate = milliseconds.map { .handedOver(at: entry.time.adding(milliseconds: $0)) } ?? .waiting
            if let receipt { entry.receipts[recipient] = entry.time.adding(milliseconds: receipt) }
        }
    }

    /// One of everything that counting tells apart.
    private static func log() throws -> [CountedEntry] {
        let mailbox = "spiffe://gbr.example/mailbox/j2-fusion"
        return [
            try entry(0, .start, .done),
            try release(1, to: "FRA", .flash, handedOver: 300, receipt: 700_000),
            try release(2, to: "FRA"),
            try release(3, to: "DEU", handedOver: 90_000_000),
            try entry(4, .acceptance, .allowed, after: 3600, peer: fra) { entry in
                entry.isAboutMessage = true
                entry.originator = try MailboxAddress("JPN/ops")
                let own = try MailboxAddress("GBR/j2-fusion")
                entry.decisions = [.init(recipient: own, isAllowed: true, rules: ["moa-2"])]
                entry.bodySize = 50
            },
            try entry(5, .denial, .denied, after: 7200, peer: mailbox) { entry in
                entry.isAboutMessage = true
                entry.reasons = ["noforn", "ceiling"]
                entry.decisions = [
                    .init(recipient: try MailboxAddress("FRA/desk"), isAllowed: true, rules: ["moa-1"]),
                    .init(recipient: try MailboxAddress("UN/desk"), isAllowed: false, rules: ["noforn", "ceiling"]),
                ]
            },
            try entry(6, .denial, .denied, after: 7200, peer: mailbox) { entry in
                entry.isAboutMessage = true
                entry.hasDetails = false
                entry.reasons = ["noforn"]
            },
            try entry(7, .refusal, .refused, after: 90_000, peer: fra) { entry in
                entry.reasons = ["busy"]
                entry.weight = 500
            },
            try entry(8, .refusal, .refused, after: 90_000) { $0.reasons = ["no-certificate"] },
            try entry(9, .trustChange, .refused, after: 90_000) { entry in
                entry.reasons = ["sheet-older"]
                entry.refusedSheet = try PartnerCode("FRA")
            },
        ]
    }

    private static func tally(_ entries: [CountedEntry], by period: HistogramPeriod = .day) -> LogTally {
        entries.reduce(into: LogTally(by: period)) { $0.add($1) }
    }

    @Test func `an empty log counts nothing`() throws {
        let tally = LogTally(by: .day)
        #expect(tally.entries == 0 && tally.firstTime == nil && tally.lastIndex == nil)
        #expect(tally.histogram.spans.isEmpty)
        #expect(try LogTally(json: tally.json) == tally)
        #expect(DurationTally().percentile(50) == nil)
    }

    @Test func `one entry is the first and the last`() throws {
        let tally = Self.tally([try Self.entry(7, .start, .done)])
        #expect(tally.firstIndex == 7 && tally.lastIndex == 7)
        #expect(tally.firstTime == Self.start && tally.lastTime == Self.start)
        #expect(tally.histogram.spans.map(\.bar.total) == [1])
    }

    @Test func `kinds, reasons, rules, partners and ways are counted`() throws {
        let tally = Self.tally(try Self.log())
        #expect(tally.entries == 10)
        #expect(tally.kinds["release"] == 3 && tally.kinds["denial"] == 2)
        #expect(tally.outcomes["allowed"] == 4)
        // Refusals count as often as they happened, the entry once.
        #expect(tally.reasons["refused"]?["busy"] == 500)
        #expect(tally.reasons["denied"]?["noforn"] == 2)
        #expect(tally.nameless["no-certificate"] == 1)
        #expect(tally.allowed == 5 && tally.denied == 1)
        #expect(tally.erased == 1)
        #expect(tally.deniedTo.counts == ["UN": 1])
        #expect(tally.codes == ["fra.example": "FRA", "deu.example": "DEU"])
        let fra = try #require(tally.domains["fra.example"])
        #expect(fra["entries"] == 4 && fra["released"] == 2 && fra["released-bytes"] == 2000)
        #expect(fra["accepted"] == 1 && fra["refused"] == 500)
        let released = try #require(tally.ways[.released])
        #expect(released.messages == 3 && released.bodyBytes == 3000 && released.waiting == 1)
        #expect(released.rules.counts == ["moa-1": 3])
        #expect(released.receiptsDue == 3 && released.receiptsCome == 1)
        #expect(tally.ways[.deniedSending]?.rules.counts == ["noforn": 2, "ceiling": 1])
        #expect(tally.ways[.deniedSending]?.erased == 1)
    }

    @Test func `a refusal that repeats a denial is an entry, and counted once`() throws {
        let denial = try Self.entry(0, .denial, .denied, peer: Self.fra) { entry in
            entry.isAboutMessage = true
            entry.reasons = ["noforn"]
        }
        let refusal = try Self.entry(1, .refusal, .refused, peer: Self.fra) { $0.reasons = ["denied"] }
        let tally = Self.tally([denial, refusal])
        #expect(tally.entries == 2 && tally.kinds["refusal"] == 1 && tally.lastIndex == 1)
        #expect(tally.outcomes["refused"] == 0 && tally.reasons["refused"] == nil)
        #expect(tally.histogram.spans.map(\.bar.total) == [1])
    }

    @Test func `speed of service is measured against the target of the precedence`() throws {
        let released = try #require(Self.tally(try Self.log()).ways[.released])
        #expect(released.handOver["FLASH"]?.durations.percentile(50) == 300)
        #expect(released.handOver["FLASH"]?.late == 0)
        // A receipt after 11 min 40 s, where FLASH has ten minutes; a hand-over after a day, where ROUTINE has six hours.
        #expect(released.receipt["FLASH"]?.late == 1)
        #expect(released.handOver["ROUTINE"]?.late == 1)
    }

    @Test(arguments: HistogramPeriod.allCases)
    func `parts of a log add up to the whole, and survive the way over the wire`(period: HistogramPeriod) throws {
        let log = try Self.log()
        let whole = Self.tally(log, by: period)
        for cut in 0...log.count {
            var sum = Self.tally(Array(log[..<cut]), by: period)
            sum.add(try LogTally(json: Self.tally(Array(log[cut...]), by: period).json))
            #expect(sum == whole, "cut at \(cut)")
        }
        #expect(try LogTally(json: JSONValue.parse(whole.json.canonicalBytes)) == whole)
    }

    @Test func `what is no tally is refused`() throws {
        let good = LogTally(by: .day).json
        for (member, value) in [
            ("entries", .integer(-1)), ("kinds", .array([])), ("histogram", .null), ("ways", ["sideways": [:]]),
            ("first-time", "yesterday"), ("entries", .integer(.max)), ("kinds", ["start": "1"]),
        ] as [(String, JSONValue)] {
            var members = try #require(good.objectValue)
            members[member] = value
            #expect(throws: MalformedTally.self, "\(member)") { try LogTally(json: .object(members)) }
        }
    }

    @Test func `of one partner only its own part counts, and what cannot be said is`() throws {
        func about(_ code: String?, _ domain: String?) throws -> LogTally {
            let partner = PartnerName(
                code: try code.map { try PartnerCode($0) },
                domain: try domain.map { try TrustDomain($0) }
            )
            return try Self.log().reduce(into: LogTally(by: .day)) { $0.add($1, about: partner) }
        }
        let fra = try about("FRA", "fra.example")
        // Two releases, a refusal and a refused sheet. The message of JPN that its hub brought is no use of its agreement,
        // and a message that was denied for the UN was not denied for it.
        #expect(fra.kinds.counts == ["release": 2, "refusal": 1, "trust-change": 1])
        #expect(fra.unattributed == 1)
        #expect(fra.nameless.counts == ["no-certificate": 1])
        let un = try about("UN", nil)
        #expect(un.kinds.counts == ["denial": 1])
        #expect(un.reasons["denied"]?.counts == ["noforn": 1, "ceiling": 1])
        #expect(try about("JPN", "jpn.example").ways[.accepted]?.messages == 1)
        // By its domain alone nothing is known of its mailboxes.
        #expect(try about(nil, "fra.example").kinds.counts == ["release": 2, "acceptance": 1, "refusal": 1])
        #expect(try about(nil, "fra.example").unattributed == 2)
    }

    @Test func `many names fill no memory`() throws {
        var counts = NameCounts()
        for number in 0..<3000 { counts.add("n\(number)") }
        counts.add("n5", 2)
        counts.add("")
        #expect(counts.counts.count == NameCounts.capacity)
        #expect(counts.total == 3003 && counts.others == 2001 && counts["n5"] == 3)
        #expect(counts.ranked.first?.name == "n5")
        #expect(try NameCounts(json: counts.json) == counts)
    }

    @Test func `percentiles are near, and the longest is exact`() {
        var durations = DurationTally()
        for milliseconds in 1...10_000 { durations.add(milliseconds: Int64(milliseconds)) }
        for (percent, exact) in [(1, 100), (50, 5000), (95, 9500), (100, 10_000)] as [(Int, Int64)] {
            let found = durations.percentile(percent) ?? 0
            #expect(found >= exact && found <= exact + exact / 100, "\(percent): \(found)")
        }
        #expect(durations.longest == 10_000)
        durations.add(milliseconds: -5)
        durations.add(milliseconds: .max)
        #expect(durations.count == 10_002 && durations.longest == .max && durations.percentile(100) == .max)
        #expect(durations.percentile(0) == 0)
    }

    @Test(
        arguments: [
            (.hour, "2026-11-22T14:59:59.999Z", "2026-11-22T14:00:00.000Z", "2026-11-22T15:00:00.000Z"),
            (.day, "2026-11-22T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"),
            // A Sunday belongs to the week that began on Monday.
            (.week, "2026-11-22T23:59:59.999Z", "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"),
            (.week, "2026-11-23T00:00:00.000Z", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"),
            (.week, "1969-12-29T00:00:00.000Z", "1969-12-29T00:00:00.000Z", "1970-01-05T00:00:00.000Z"),
            (.month, "2028-02-29T12:34:56.789Z", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z"),
            (.month, "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
            (.month, "1969-12-31T23:59:59.999Z", "1969-12-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"),
            // The hour that clocks in Europe have twice is two hours here, and the one that they leave out is there.
            (.hour, "2026-10-25T00:30:00.000Z", "2026-10-25T00:00:00.000Z", "2026-10-25T01:00:00.000Z"),
            (.hour, "2026-03-29T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-29T02:00:00.000Z"),
        ] as [(HistogramPeriod, String, String, String)]
    )
    func `a time falls into the period that contains it`(
        period: HistogramPeriod,
        time: String,
        from: String,
        to: String
    ) throws {
        let span = period.span(containing: try Timestamp(rfc3339: time))
        #expect(span.lowerBound.rfc3339 == from && span.upperBound.rfc3339 == to)
    }

    @Test func `a clock that jumps makes bars far apart, and one that goes back none twice`() throws {
        var histogram = TimeHistogram(by: .month)
        let times = ["1970-01-01", "2026-11-22", "2026-10-01", "2026-11-01", "9999-12-31"]
        for time in times { histogram.add(.done, at: try Timestamp(date: time)) }
        #expect(
            histogram.spans.map { $0.span.lowerBound.date } == ["1970-01-01", "2026-10-01", "2026-11-01", "9999-12-01"]
        )
        #expect(histogram.spans.map(\.bar.total) == [1, 1, 2, 1])
    }

    @Test(
        arguments: [
            (0, .hour), (48, .hour), (49, .day), (24 * 60, .day), (24 * 61, .week), (24 * 400, .week),
            (24 * 401, .month), (24 * 36_500, .month),
        ] as [(Int64, HistogramPeriod)]
    )
    func `the period fits the span`(hours: Int64, period: HistogramPeriod) {
        #expect(HistogramPeriod.fitting(span: hours * 3_600_000) == period)
    }
}
