import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

@Suite struct ReadingTests {
    private let fixture: StoreFixture
    private let store: RelayStore

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    @Test func `a mailbox is read page by page`() async throws {
        for number in 0..<7 {
            _ = try await store.admit(try SampleMessage(number).submission(to: [], mailboxes: ["j2-fusion", "j3-ops"]))
        }
        let mailbox = try MailboxName("j2-fusion")
        var seen: [MessageID] = []
        var last: Int64 = 0
        while true {
            let page = try await store.inbox(mailbox, after: last, limit: 3)
            guard let end = page.last else { break }
            #expect(page.allSatisfy { $0.sequence > last && $0.mailbox == mailbox && !$0.isReceipted })
            seen += page.map(\.message)
            last = end.sequence
        }
        #expect(seen == (try (0..<7).map { try SampleMessage($0).id }))
    }

    /// Thirty denials by three rules, of two partners and four mailboxes.
    private func fillForSearch() async throws {
        for number in 0..<30 {
            let partner = number.isMultiple(of: 2) ? "fra" : "france"
            _ = try await store.append(
                AuditEntryDraft(
                    .denial,
                    .denied,
                    realm: .live,
                    peer: .node(partner),
                    reasons: number.isMultiple(of: 3) ? ["noforn", "ceiling"] : ["no-agreement"],
                    details: [
                        "label": .string(number < 10 ? "GBR SECRET//REL TO FRA" : "GBR RESTRICTED"),
                        "originator": .string("GBR/j\(number % 12)"), "words": .string("Harbour \(number)"),
                    ]
                )
            )
        }
    }

    /// All that a filter finds, however many pages it takes, and how many these are.
    private func search(_ filter: EntryFilter) async throws -> (indices: [UInt64], pages: Int) {
        var filter = filter
        var indices: [UInt64] = []
        for page in 1... {
            let found = try await store.page(filter)
            indices += found.entries.map(\.index)
            guard let next = found.next else { return (indices, page) }
            if filter.isReversed { filter.before = next } else { filter.after = next }
        }
        return (indices, 0)
    }

    @Test func `entries are found by trust domain, rule, mailbox, label and text, and by all at once`() async throws {
        try await fillForSearch()
        let all = Array(0..<30 as Range<UInt64>)
        let fra = try TrustDomain("fra.example")
        #expect(try await search(EntryFilter(domain: fra)).indices == all.filter { $0.isMultiple(of: 2) })
        #expect(try await search(EntryFilter(rule: "ceiling")).indices == all.filter { $0.isMultiple(of: 3) })
        #expect(try await search(EntryFilter(rule: "ceil")).indices == [])
        let mailbox = try MailboxAddress("GBR/j1")
        #expect(try await search(EntryFilter(mailbox: mailbox)).indices == [1, 13, 25], "and not those of j10 and j11")
        #expect(try await search(EntryFilter(label: "secret")).indices == Array(0..<10))
        #expect(
            try await search(EntryFilter(text: "HARBOUR 2")).indices == [2, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]
        )
        let both = EntryFilter(domain: fra, rule: "noforn", label: "SECRET", isReversed: true)
        #expect(try await search(both).indices == [6, 0])
    }

    @Test(arguments: [1, 7, 30, 100], [false, true])
    func `what must be read whole is searched window by window, and nothing is left out`(window: Int64, back: Bool)
        async throws
    {
        try await fillForSearch()
        var filter = EntryFilter(label: "SECRET", isReversed: back, limit: 4)
        filter.window = window
        let (indices, pages) = try await search(filter)
        #expect(indices == (back ? Array((0..<10).reversed()) : Array(0..<10)))
        #expect(pages >= 3 && pages >= 30 / Int(window))
    }

    @Test(arguments: [
        (EntryFilter(domain: try? TrustDomain("fra.example"), limit: 9), "entries_by_peer"),
        (EntryFilter(rule: "noforn", limit: 9), "entries_by_reasons"),
        (EntryFilter(outcomes: [.denied], limit: 9), "entries_by_outcome"),
        (EntryFilter(kinds: [.denial], limit: 9), "entries_by_kind"),
    ])
    func `usual questions are answered by an index`(filter: EntryFilter, index: String) async throws {
        try await fillForSearch()
        let plan = try await store.read { database in
            let query = try EntryQuery(filter, in: database)
            return try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(query.sql)", arguments: query.arguments)
                .map { try $0.text(3) }
        }
        #expect(plan.contains { $0.contains(index) }, "\(plan)")
    }

    @Test func `a reader outside that stalls makes the write-ahead log grow, which shows, and no commit waits for it`()
        async throws
    {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let outside = try DatabaseQueue(path: fixture.databasePath, configuration: configuration)
        try outside.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM entries")
        }
        let body = 4 << 20
        for number in 0..<24 { _ = try await store.admit(try SampleMessage(number, bodySize: body).submission()) }
        #expect(try store.writeAheadLogSize() > 24 * body)
        #expect(try await store.status().writeAheadLogSize == store.writeAheadLogSize())
        try outside.inDatabase { try $0.execute(sql: "COMMIT") }
        for number in 24..<40 { _ = try await store.admit(try SampleMessage(number, bodySize: body).submission()) }
        #expect(try store.writeAheadLogSize() < 20 * body, "it is moved and cut once nobody reads what it was")
        try store.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test func `an envelope is given to the mailboxes that hold it only`() async throws {
        let message = try SampleMessage(1)
        _ = try await store.admit(try message.submission(to: ["fra"], mailboxes: ["j2-fusion"]))
        #expect(try await store.envelope(message.id, in: MailboxName("j2-fusion")) == message.envelope)
        #expect(try await store.envelope(message.id, in: MailboxName("j3-ops")) == nil)
        #expect(try await store.envelope(try SampleMessage(2).id, in: MailboxName("j2-fusion")) == nil)
    }

    @Test func `entries are listed by what they say, page by page, both ways`() async throws {
        let start = fixture.clock.now
        for number in 0..<5 {
            _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
            fixture.clock.advance(milliseconds: 1000)
            _ = try await store.admit(try SampleMessage(number).submission(to: ["fra"]))
        }
        func indices(_ filter: EntryFilter) async throws -> [UInt64] { try await store.entries(filter).map(\.index) }
        #expect(try await indices(EntryFilter()) == Array(0..<10))
        #expect(try await indices(EntryFilter(kinds: [.release])) == [1, 3, 5, 7, 9])
        #expect(try await indices(EntryFilter(kinds: [.release, .start], limit: 3)) == [0, 1, 2])
        #expect(try await indices(EntryFilter(outcomes: [.done])) == [0, 2, 4, 6, 8])
        #expect(try await indices(EntryFilter(message: try SampleMessage(2).id)) == [5])
        #expect(
            try await indices(EntryFilter(peer: SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion"))) == [1, 3, 5, 7, 9]
        )
        #expect(try await indices(EntryFilter(peer: .node("fra"))) == [])
        #expect(try await indices(EntryFilter(after: 6)) == [7, 8, 9])
        #expect(try await indices(EntryFilter(before: 3, isReversed: true)) == [2, 1, 0])
        #expect(try await indices(EntryFilter(before: 9, isReversed: true, limit: 2)) == [8, 7])
        let later = start.adding(milliseconds: 2000)
        #expect(try await indices(EntryFilter(since: later)) == [3, 4, 5, 6, 7, 8, 9])
        #expect(try await indices(EntryFilter(until: later)) == [0, 1, 2])
        #expect(try await indices(EntryFilter(since: later, until: later.adding(milliseconds: 1))) == [3, 4])
        #expect(try await indices(EntryFilter(since: later.adding(seconds: 9))) == [])
    }

    @Test func `any entry is proven under the latest checkpoint and under its first`() async throws {
        let given = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
        try await store.appendMany(700, AuditEntryDraft(.stop, .done, realm: .live))
        let latest = try await store.checkpoint()
        for index in [0, 1, 255, 256, 257, 511, 512, 700] as [UInt64] {
            let link = try #require(try await store.link(index: index))
            try link.verify(by: fixture.signer.verifier)
            #expect(link.proof.signedCheckpoint == latest)
            #expect(link.entry.index == index)
        }
        #expect(try await store.receipt(index: 0) == given)
        #expect(try await store.link(index: 701) == nil)
        #expect(try await store.entry(index: 701) == nil)
        #expect(try await store.entry(index: .max) == nil)
    }

    @Test func `tiles are served as wide as they are asked for`() async throws {
        try await store.appendMany(300, AuditEntryDraft(.stop, .done, realm: .live))
        let leaves = try await store.entries(EntryFilter(limit: 300)).map { MerkleTree.leafHash($0.bytes) }
        let first = TileCoordinate(level: 0, index: 0)
        let second = TileCoordinate(level: 0, index: 1)
        #expect(try await store.tile(first, width: 256) == TileBytes.encode(Array(leaves[..<256])))
        #expect(try await store.tile(second, width: 44) == TileBytes.encode(Array(leaves[256...])))
        #expect(try await store.tile(second, width: 10) == TileBytes.encode(Array(leaves[256..<266])))
        #expect(try await store.tile(second, width: 45) == nil)
        #expect(try await store.tile(TileCoordinate(level: 1, index: 0), width: 1)?.count == 32)
        #expect(try await store.tile(TileCoordinate(level: 2, index: 0), width: 1) == nil)
        #expect(try await store.tile(first, width: 257) == nil)
        #expect(try await store.tile(first, width: 0) == nil)
    }

    @Test func `the status counts queues, mailboxes and the log`() async throws {
        let start = fixture.clock.now
        for (number, precedence) in [Precedence.flash, .routine, .routine].enumerated() {
            let message = try SampleMessage(number, precedence: precedence)
            _ = try await store.admit(try message.submission(to: ["fra"], mailboxes: ["j3-ops"]))
            fixture.clock.advance(milliseconds: 10)
        }
        let status = try await store.status()
        #expect(status.logSize == 6)
        #expect(status.queues.map(\.precedence) == [.flash, .routine])
        #expect(status.queues.map(\.count) == [1, 2])
        #expect(status.queues.map(\.oldestAccepted) == [start, start.adding(milliseconds: 10)])
        #expect(status.mailboxes.map(\.count) == [3])
        #expect(status.mailboxes.map(\.unreceipted) == [3])
        #expect(status.databaseSize > 0)
        #expect(status.writeAheadLogSize > 0)
    }

    @Test func `a sealed envelope comes back as the message that answers must answer`() async throws {
        let sealed = try SealedMessage()
        let admission = Admission(
            envelope: sealed.verified,
            decisions: [],
            links: [],
            acceptance: LocalAcceptance(
                mailboxes: [try MailboxName("maritime-desk")],
                entry: sealed.draft(.acceptance)
            ),
            onward: [sealed.onward(to: try .node("fra"))]
        )
        let outcome = try await store.admit(admission)
        #expect(outcome.links.map(\.entry.kind) == [.acceptance, .release])
        #expect(try await store.admit(admission).name == "duplicate")
        let header = sealed.verified.header
        let stored = try #require(try await store.storedMessage(header.id, digest: sealed.verified.digest))
        #expect(stored.header.header == header)
        #expect(stored.digest == sealed.verified.digest)
        #expect(stored.releasedTo == [try .node("fra")])
        #expect(stored.isAccepted)
        #expect(try await store.storedMessage(header.id, digest: .hash([])) == nil)
        #expect(try await store.envelope(header.id, in: MailboxName("maritime-desk")) == sealed.verified.envelope)
    }
}

/// An envelope that is signed and encrypted in earnest, and verified.
private struct SealedMessage {
    let verified: VerifiedEnvelope

    init() throws {
        let coalition = try CoalitionFixture()
        let sender = try coalition.mailbox("GBR/j2-fusion").signing
        let message = OutgoingMessage(
            originator: try MailboxAddress("GBR/j2-fusion"),
            recipients: [try MailboxAddress("GBR/maritime-desk")],
            label: try ConfidentialityLabel(
                policy: LabelPolicyName("NATIONAL"),
                owner: LabelOwner("GBR"),
                classification: Classification("SECRET")
            ),
            precedence: .flash,
            description: ContentDescription(subject: "report", mediaType: "text/plain"),
            payload: Array("report".utf8)
        )
        let envelope = try message.seal(
            id: try MessageID.generate(at: coalition.time),
            signer: CMSSigner(certificate: sender.certificate, key: sender.key),
            directory: coalition.directory
        )
        let received = try ReceivedEnvelope(bytes: envelope.bytes)
        verified = try received.verified(by: coalition.directory, releasedAt: nil, now: coalition.time)
    }

    func draft(_ kind: AuditEntryKind) -> AuditEntryDraft {
        AuditEntryDraft(
            kind,
            .allowed,
            realm: .live,
            message: verified.header.id,
            object: .message,
            digest: verified.digest,
            envelope: verified.digest
        )
    }

    func onward(to node: SPIFFEID) -> OnwardTransfer {
        var entry = draft(.release)
        entry.destination = node
        entry.nextHop = node
        return OnwardTransfer(destination: node, nextHop: node, entry: entry)
    }
}
