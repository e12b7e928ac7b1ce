import CanonicalEncoding
import CoalitionDirectory
import TestSupport
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

/// A hub between two partners and a third: what it knows of the custody of what they brought, page by page.
@Suite struct OnwardCustodyTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let destination: SampleNode

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        destination = try SampleNode("fra")
    }

    /// Takes a message over from a partner and hands it to its destination, whose acceptance it returns.
    private func pass(_ number: Int, from origin: SampleNode, _ originator: String) async throws -> AuditEntry {
        let message = try SampleMessage(number, originator: originator)
        let links = try await origin.release(message, to: "fra", through: "gbr")
        _ = try await store.admit(try message.transfer(links, onTo: "fra"))
        let items = try await store.dueOutbox(nextHop: .node("fra"), lane: .small, now: fixture.clock.now, limit: 10)
        let row = try #require(items.first { $0.message == message.id }).row
        let own = try #require(try await store.outboxTransfer(row: row)).links
        let custody = try #require(
            try await destination.store.admit(try message.transfer(own, mailboxes: ["cdt"])).links.first
        )
        try await store.recordTransferred(outboxRow: row, custody: custody, peer: .node("fra"))
        return custody.entry
    }

    private func page(_ partner: String, after index: UInt64 = 0) async throws -> CustodyPage {
        try await store.custodyPage(for: .node(partner), after: index)
    }

    @Test func `whoever brought messages reads page by page who has them, and nothing of what others brought`()
        async throws
    {
        let (deu, jpn) = (try SampleNode("deu"), try SampleNode("jpn"))
        var expected: [AuditEntry] = []
        for number in 0..<CustodyPage.maximumItems + 10 {
            expected.append(try await pass(number, from: deu, "DEU/bnd"))
            if number % 20 == 0 { _ = try await pass(1000 + number, from: jpn, "JPN/mod") }
        }
        let first = try await page("deu")
        #expect(first.hasMore && first.custody.count == CustodyPage.maximumItems)
        #expect(first.next == first.custody.last?.index)
        let second = try await page("deu", after: first.next)
        #expect(!second.hasMore && second.next == second.last)
        #expect((first.custody + second.custody).map(\.link.entry) == expected)
        let transfers = try await store.entries(EntryFilter(kinds: [.transfer], limit: 1000))
        #expect(first.custody.allSatisfy { item in transfers.contains { $0.index == item.index } })
        // Where a page of somebody else ends says nothing of what DEU has brought.
        let other = try await page("jpn")
        #expect(other.custody.count == 7 && other.next == other.last)
        #expect(try await page("fra") == CustodyPage(custody: [], next: other.last, last: other.last))
        #expect(
            try await page("deu", after: second.last) == CustodyPage(custody: [], next: second.last, last: second.last)
        )
        let behind = try await page("deu", after: second.last + 100)
        #expect(behind == CustodyPage(custody: [], next: second.last, last: second.last))
    }

    @Test func `a page ends before it gets too long, and none is passed over`() async throws {
        let deu = try SampleNode("deu")
        for number in 0..<3 { _ = try await pass(number, from: deu, "DEU/bnd") }
        // None so long is taken today.
        _ = try await store.writer.perform { transaction in
            try transaction.database.run(
                "UPDATE outbox SET custody = CAST(custody || zeroblob(1100000) AS BLOB) WHERE row = 2"
            )
        }
        let first = try await page("deu")
        #expect(first.custody.count == 1 && first.next == first.custody[0].index && first.hasMore)
    }

    @Test func `a hub is read from the first entry that took a message over, in whatever order its answers came`()
        async throws
    {
        let hub = try SPIFFEID.node("fra")
        func feeds() async throws -> [CustodyFeed] { try await store.custodyFeeds() }
        func begin(_ index: UInt64) async throws {
            _ = try await store.writer.perform { try CustodyFeed.begin(hub, behind: index, in: $0.database) }
        }
        try await begin(12)
        let read = CustodyFeed(hub: hub, key: "", position: 12)
        #expect(try await feeds() == [read])
        try await begin(14)
        #expect(try await feeds() == [read])
        try await begin(10)
        let earlier = CustodyFeed(hub: hub, key: "", position: 10)
        #expect(try await feeds() == [earlier])
        // What was read from behind 12 moves nothing any more.
        let next = CustodyFeed(hub: hub, key: "", position: 40)
        try await store.recordOnwardCustody([], from: read, to: next)
        #expect(try await feeds() == [earlier])
        try await store.recordOnwardCustody([], from: earlier, to: next)
        #expect(try await feeds() == [next])
    }

    @Test func `a hub's log under another key is another one`() async throws {
        let (old, new) = (
            try CoalitionFixture(["GBR", "FRA"]).directory, try CoalitionFixture(["GBR", "FRA"]).directory
        )
        let sheet = try #require(old.partner(try PartnerCode("FRA")))
        let hub = sheet.id(.node(try #require(sheet.nodes.first).name))
        for (directory, index) in [(old, UInt64(30)), (new, 50)] {
            try await store.keep(directory)
            _ = try await store.writer.perform { try CustodyFeed.begin(hub, behind: index, in: $0.database) }
            let key = try #require(directory.node(hub)?.log.text)
            #expect(try await store.custodyFeeds() == [CustodyFeed(hub: hub, key: key, position: index)])
        }
    }
}
