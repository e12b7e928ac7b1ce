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
        for number in 0..<CustodyPage.maximumLinks + 10 {
            expected.append(try await pass(number, from: deu, "DEU/bnd"))
            if number % 20 == 0 { _ = try await pass(1000 + number, from: jpn, "JPN/mod") }
        }
        let first = try await page("deu")
        #expect(first.isFull && first.links.count < CustodyPage.maximumLinks)
        let second = try await page("deu", after: first.next)
        #expect(!second.isFull && second.next == second.last)
        #expect((first.links + second.links).map(\.entry) == expected)
        let other = try await page("jpn")
        #expect(other.next == first.next && other.last == first.last)
        #expect(other.links.count + (try await page("jpn", after: other.next)).links.count == 7)
        #expect(try await page("fra").links.isEmpty)
        let behind = try await page("deu", after: second.last + 100)
        #expect(behind == CustodyPage(links: [], next: second.last, last: second.last))
    }

    @Test func `a hub whose log begins anew under another key is read from its beginning`() async throws {
        let (old, new) = (
            try CoalitionFixture(["GBR", "FRA"]).directory, try CoalitionFixture(["GBR", "FRA"]).directory
        )
        let sheet = try #require(old.partner(try PartnerCode("FRA")))
        let hub = sheet.id(.node(try #require(sheet.nodes.first).name))
        try await store.keep(old)
        _ = try await store.writer.perform { transaction in
            try CustodyFeed.begin(hub, behind: 3, in: transaction.database)
            try CustodyFeed.begin(hub, behind: 9, in: transaction.database)
        }
        try await store.keep(old)
        #expect(try await store.custodyFeeds() == [hub: 3])
        try await store.recordOnwardCustody([], from: hub, position: 12)
        #expect(try await store.custodyFeeds() == [hub: 12])
        try await store.keep(new)
        #expect(try await store.custodyFeeds() == [hub: 0])
    }
}
