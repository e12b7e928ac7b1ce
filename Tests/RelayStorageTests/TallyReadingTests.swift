import CanonicalEncoding
import CoalitionDirectory
import GRDB
import SecurityLabels
import Testing

@testable import RelayStorage
@testable import Relaying

/// What counting reads of a stored log, of its details, and of what became of messages.
@Suite struct TallyReadingTests {
    private let fixture: StoreFixture
    private let store: RelayStore

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    private func tally(_ query: TallyQuery = TallyQuery()) async throws -> LogTally {
        let page = try await store.tally(query)
        #expect(page.next == nil)
        return page.tally
    }

    @Test func `an empty log is counted`() async throws {
        #expect(try await tally() == LogTally(by: .day))
        #expect(try await store.partnerNames().map(\.text) == ["gbr.example"])
    }

    @Test func `precedence, size and fate of messages are those that the store has`() async throws {
        let first = try SampleMessage(1, precedence: .flash, bodySize: 700)
        _ = try await store.admit(try first.submission(to: ["fra", "deu"]))
        _ = try await store.admit(try SampleMessage(2, bodySize: 50).submission(to: ["fra"], mailboxes: ["j3-ops"]))
        fixture.clock.advance(milliseconds: 1500)
        let custody = try await SampleNode("fra").release(first)[0]
        for transfer in try await store.trace(first.id).messages[0].transfers {
            let row = transfer.item.row
            if try transfer.item.destination == .node("fra") {
                try await store.recordTransferred(outboxRow: row, custody: custody, peer: .node("fra"))
            } else {
                try await store.recordVoid(outboxRow: row, reason: "expired", nonDelivery: nil)
            }
        }

        let tally = try await tally()
        let released = try #require(tally.ways[.released])
        #expect(released.messages == 3 && released.bodyBytes == 1450 && released.sized == 3)
        #expect(released.precedences.counts == ["FLASH": 2, "ROUTINE": 1])
        #expect(released.handedOver == 1 && released.waiting == 1)
        #expect(released.givenUp.counts == ["expired": 1] && released.notDelivered.counts == ["expired": 1])
        #expect(released.handOver["FLASH"]?.durations.longest == 1500)
        #expect(tally.ways[.local]?.messages == 1)
        #expect(tally.domains["fra.example"]?["released"] == 2)
        #expect(try await store.partnerNames().map(\.text) == ["deu.example", "fra.example", "GBR (gbr.example)"])
    }

    @Test func `when a destination behind a hub took a message over, its own log says`() async throws {
        let message = try SampleMessage(1, precedence: .flash)
        _ = try await store.admit(try message.submission(to: ["fra"], through: "jpn"))
        #expect(try await tally().ways[.released]?.arrival.isEmpty == true)
        let row = try await store.trace(message.id).messages[0].transfers[0].item.row
        let node = try SampleNode("fra")
        fixture.clock.advance(milliseconds: 700)
        let link = try await node.release(message)[0]
        try await store.recordVoid(outboxRow: row, reason: "expired", nonDelivery: nil)
        let feed = try #require(try await store.custodyFeeds().first)
        #expect(feed.hub == (try .node("jpn")) && feed.position == 0)
        try await store.recordOnwardCustody([OnwardCustody(row: row, link: link)], from: feed, to: feed)
        let released = try #require(try await tally().ways[.released])
        #expect(released.arrival["FLASH"]?.durations.count == 1 && released.handOver.isEmpty)
    }

    /// A denial as admission writes it, and refusals of one partner and of nobody.
    private func fill(_ count: Int) async throws {
        let mailbox = try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")
        for number in 0..<count {
            fixture.clock.advance(milliseconds: 3_600_000)
            let decisions = ["FRA/desk", "DEU/desk"].map { recipient -> JSONValue in
                [
                    "outcome": recipient == "FRA/desk" ? "denied" : "allowed", "recipient": .string(recipient),
                    "rules": recipient == "FRA/desk" ? ["noforn"] : ["moa-1"],
                ]
            }
            var denial = try SampleMessage(number).draft(.denial, .denied, peer: mailbox.description)
            denial.reasons = ["noforn"]
            denial.details = [
                "decisions": .array(decisions), "label": "GBR SECRET", "precedence": "FLASH",
                "label-parts": ["classification": "SECRET", "owner": "GBR", "policy": "GBR"],
                "originator": "GBR/j2-fusion",
            ]
            _ = try await store.append(denial)
            let peer = number.isMultiple(of: 2) ? try SPIFFEID.node("fra") : nil
            _ = try await store.append(
                AuditEntryDraft(
                    .refusal,
                    .refused,
                    realm: .live,
                    peer: peer,
                    reasons: ["busy"],
                    details: ["count": 10, "detail": "text"]
                )
            )
        }
    }

    @Test(arguments: [false, true])
    func `a hole of any width in a tampered log is passed over at once`(isReversed: Bool) async throws {
        try await fill(3)
        try store.close()
        try tamper(fixture.databasePath) {
            try $0.execute(sql: "UPDATE entries SET idx = 9007199254740992 WHERE idx = 4")
        }
        let copy = try LogCopy(path: fixture.databasePath)
        var filter = EntryFilter(text: "noforn", isReversed: isReversed)
        var (found, pages) = (0, 0)
        while pages < 9 {
            pages += 1
            let page = try copy.page(filter)
            found += page.entries.count
            guard let next = page.next else { break }
            if isReversed { filter.before = next } else { filter.after = next }
        }
        #expect(pages < 4 && found == 3)
    }

    @Test func `denials and refusals are counted from their details`() async throws {
        try await fill(4)
        let tally = try await tally(TallyQuery(period: .hour))
        #expect(tally.ways[.deniedSending]?.classifications.counts == ["GBR SECRET": 4])
        #expect(tally.ways[.deniedSending]?.precedences.counts == ["FLASH": 4])
        #expect(tally.reasons["refused"]?["busy"] == 40 && tally.nameless["busy"] == 20)
        #expect(tally.deniedTo.counts == ["FRA": 4])
        #expect(tally.histogram.spans.map(\.bar.total) == [2, 2, 2, 2])
        let fra = try PartnerName(code: PartnerCode("FRA"), domain: TrustDomain("fra.example"))
        let about = try await self.tally(TallyQuery(partner: fra))
        #expect(about.kinds.counts == ["denial": 4, "refusal": 2])
        #expect(about.denied == 4 && about.allowed == 0)
        let deu = try await self.tally(TallyQuery(partner: PartnerName(code: PartnerCode("DEU"), domain: nil)))
        #expect(deu.entries == 0 && deu.unattributed == 0)
    }

    @Test func `a filter of the log restricts the tally`() async throws {
        try await fill(4)
        let denials = try await tally(TallyQuery(filter: EntryFilter(kinds: [.denial])))
        #expect(denials.kinds.counts == ["denial": 4])
        let late = EntryFilter(label: "secret", since: fixture.clock.now)
        #expect(try await tally(TallyQuery(filter: late)).firstIndex == 6)
        // Neither order nor limit leaves anything out.
        #expect(try await tally(TallyQuery(filter: EntryFilter(isReversed: true, limit: 1))).entries == 8)
    }

    @Test func `windows add up to the whole log`() async throws {
        try await fill(10)
        let whole = try await tally()
        for window in [1, 3, 7, 20, 100] as [Int64] {
            var sum = LogTally(by: .day)
            var query = TallyQuery()
            var reads = 0
            while true {
                let asked = query
                let page = try await store.read { try TallyPage.fetch(asked, window: window, in: $0) }
                #expect(page.tally.entries <= Int(window))
                sum.add(page.tally)
                reads += 1
                guard let next = page.next else { break }
                query.filter.after = next
            }
            #expect(sum == whole, "window \(window)")
            #expect(reads == max(1, (20 + Int(window) - 1) / Int(window)), "window \(window)")
        }
    }

    @Test func `erased details are said to be, and nothing is guessed`() async throws {
        try await fill(3)
        _ = try await store.erase(
            ErasureOrder(.entries(IndexRanges([0])), authority: "law", reason: "test", persons: ["a"])
        )
        let tally = try await tally()
        #expect(tally.erased == 1)
        #expect(tally.ways[.deniedSending]?.precedences.counts == ["FLASH": 2, WayTally.unknown: 1])
        #expect(tally.reasons["denied"]?["noforn"] == 3)
        let fra = try PartnerName(code: PartnerCode("FRA"), domain: TrustDomain("fra.example"))
        #expect(try await self.tally(TallyQuery(partner: fra)).unattributed == 1)
    }

    @Test func `a copy that somebody has changed is no trap`() async throws {
        try await fill(2)
        try store.close()
        try tamper(fixture.databasePath) { database in
            try database.execute(sql: "UPDATE entry_details SET bytes = CAST('{' AS BLOB) WHERE idx = 0")
            let count = "{\"count\":9223372036854775807}"
            try database.execute(sql: "UPDATE entry_details SET bytes = CAST('\(count)' AS BLOB) WHERE idx = 1")
        }
        let tally = try LogCopy(path: fixture.databasePath).tally(TallyQuery()).tally
        #expect(tally.erased == 1 && tally.reasons["refused"]?["busy"] == 10 + (1 << 32))
        for change in ["time = 9223372036854775807", "time = -9223372036854775808", "kind = 'sabotage'", "peer = 'x'"] {
            let other = try StoreFixture()
            let store = try other.open()
            _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
            try store.close()
            try tamper(other.databasePath) { try $0.execute(sql: "UPDATE entries SET \(change)") }
            #expect(throws: StoreError.self, "\(change)") { try LogCopy(path: other.databasePath).tally(TallyQuery()) }
        }
    }
}
