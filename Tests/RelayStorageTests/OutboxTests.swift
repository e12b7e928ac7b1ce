import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

@Suite struct OutboxTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let hop: SPIFFEID

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        hop = try .node("fra")
    }

    private func due(_ lane: OutboxLane = .small, limit: Int = 100, excluding: Set<Int64> = []) async throws
        -> [OutboxItem]
    {
        try await store.dueOutbox(nextHop: hop, lane: lane, now: fixture.clock.now, limit: limit, excluding: excluding)
    }

    private func submit(_ number: Int, _ precedence: Precedence = .routine, size: Int = 100) async throws
        -> SampleMessage
    {
        let message = try SampleMessage(number, precedence: precedence, bodySize: size)
        _ = try await store.admit(try message.submission(to: ["fra"]))
        return message
    }

    /// A message that takes so many bytes with its header, whose signature may take one more or less.
    ///
    /// One header is signed once, so each try is another message: after so many, bad luck is out of the question.
    private func sized(_ size: Int, from first: Int) throws -> SampleMessage {
        let body = size - (try SampleMessage(first, bodySize: size).envelope.header.count)
        var found: SampleMessage?
        for attempt in 0..<500 where found == nil {
            let candidate = try SampleMessage(first + attempt, bodySize: body + attempt % 5 - 2)
            if candidate.record.size == size { found = candidate }
        }
        return try #require(found)
    }

    /// What the next hop answers: the link of its own entry about the object.
    private func custody(of message: SampleMessage) async throws -> TransferLink {
        let links = try await SampleNode("gbr").release(message, to: "fra")
        let receiver = try SampleNode("fra")
        return try #require(try await receiver.store.admit(try message.transfer(links, mailboxes: ["cdt"])).links.first)
    }

    @Test func `items of a lane come strictly by precedence, then by age`() async throws {
        let order: [Precedence] = [.routine, .flash, .deferred, .override, .priority, .flash, .immediate, .routine]
        for (number, precedence) in order.enumerated() { _ = try await submit(number, precedence) }
        let urgent = try await due(.urgent)
        #expect(urgent.map(\.precedence) == [.override, .flash, .flash])
        let items = try await due(.small)
        #expect(items.map(\.precedence) == [.immediate, .priority, .routine, .routine, .deferred])
        for pair in zip(items, items.dropFirst()) where pair.0.precedence == pair.1.precedence {
            #expect(pair.0.row < pair.1.row)
        }
        #expect(urgent[1].row < urgent[2].row)
        #expect(try await due(.small, limit: 3).map(\.row) == items.prefix(3).map(\.row))
        let flying = Set(items.prefix(2).map(\.row))
        #expect(try await due(.small, limit: 2, excluding: flying).map(\.row) == items[2..<4].map(\.row))
    }

    @Test func `what is large, and what is urgent, has a lane of its own`() async throws {
        let small = try sized(RelayStore.bulkSize - 1, from: 1_000)
        let large = try sized(RelayStore.bulkSize, from: 2_000)
        for message in [small, large] { _ = try await store.admit(try message.submission(to: ["fra"])) }
        let urgent = try await submit(3, .flash)
        let largeAndUrgent = try await submit(4, .flash, size: RelayStore.bulkSize)
        #expect(try await due(.small).map(\.message) == [small.id])
        #expect(try await due(.bulk).map(\.message) == [large.id])
        #expect(try await due(.bulk).map(\.size) == [RelayStore.bulkSize])
        #expect(try await due(.urgent).map(\.message) == [urgent.id, largeAndUrgent.id])
    }

    @Test(arguments: OutboxLane.allCases)
    func `claiming reads one index in its order and sorts nothing`(lane: OutboxLane) async throws {
        let plan = try await store.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(lane.query)", arguments: ["hop", 0])
                .map { try $0.text(3) }
        }
        let steps = plan.filter { $0.contains(" o ") }
        #expect(!steps.isEmpty)
        #expect(steps.allSatisfy { $0.contains("outbox_to_claim (next_hop=? AND bulk=? AND precedence") }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test func `what failed waits until it is due`() async throws {
        _ = try await submit(1)
        let item = try #require(try await due().first)
        let later = fixture.clock.now.adding(seconds: 60)
        try await store.recordRetry(outboxRow: item.row, attempts: 1, due: later, error: "connection refused")
        #expect(try await due().isEmpty)
        #expect(try await store.nextDue(nextHop: hop, after: fixture.clock.now) == later)
        #expect(try await store.nextDue(nextHop: hop, after: later) == nil)
        #expect(try await store.checkpoint().checkpoint.head.size == 1, "a retry is no entry")
        fixture.clock.advance(milliseconds: 60_000)
        let again = try #require(try await due().first)
        #expect(again.attempts == 1)
    }

    @Test func `a transfer carries the links that came, this node's own link and the object`() async throws {
        let origin = try SampleNode("deu")
        let message = try SampleMessage(1, originator: "DEU/bnd", bodySize: 4000)
        let received = try await origin.release(message, to: "fra", through: "gbr")
        let own = try await store.admit(try message.transfer(received, onTo: "fra")).links
        let item = try #require(try await due().first)
        #expect(item.entryIndex == own[0].entry.index)
        let transfer = try #require(try await store.outboxTransfer(row: item.row))
        #expect(transfer.links == received + own)
        #expect(transfer.objectBytes == message.envelope.bytes)
        let manifest = try #require(transfer.bytes.split(separator: 10, maxSplits: 1).first)
        let json = try JSONValue.parseCanonical(Array(manifest))
        #expect(try json["links"]?.arrayValue?.map { try TransferLink(json: $0) } == received + own)
        #expect(json["object"] == "message")
    }

    @Test func `custody closes an item once, with its entry and the next hop's proof`() async throws {
        let message = try await submit(1)
        let item = try #require(try await due().first)
        let custody = try await custody(of: message)
        #expect(try await store.recordTransferred(outboxRow: item.row, custody: custody, peer: hop))
        #expect(try await !store.recordTransferred(outboxRow: item.row, custody: custody, peer: hop))
        #expect(try await !store.recordVoid(outboxRow: item.row, reason: "expired", nonDelivery: nil))
        try await store.recordRetry(outboxRow: item.row, attempts: 9, due: fixture.clock.now, error: "late")
        #expect(try await due().isEmpty)
        #expect(try await store.outboxTransfer(row: item.row) == nil)
        let traced = try #require(try await store.trace(message.id).messages.first?.transfers.first)
        #expect(traced.state == .transferred)
        #expect(traced.custody?.link == custody)
        #expect(traced.lastError == nil)
        let closing = try #require(traced.closingEntry)
        let entry = try #require(try await store.entry(index: closing)).entry
        #expect(entry.kind == .transfer)
        #expect(entry.peer == hop)
        #expect(entry.digest == message.digest)
        #expect(entry.sequence == nil)
        #expect(try await store.checkpoint().checkpoint.head.size == 2)
    }

    @Test func `a void closes the sequence number and says why`() async throws {
        _ = try await submit(1)
        let message = try await submit(2)
        let item = try #require(try await due().last)
        #expect(try await store.recordVoid(outboxRow: item.row, reason: "expired", nonDelivery: nil))
        #expect(try await !store.recordVoid(outboxRow: item.row, reason: "expired", nonDelivery: nil))
        let traced = try #require(try await store.trace(message.id).messages.first)
        #expect(traced.transfers.map(\.state) == [.void])
        #expect(traced.transfers.map(\.lastError) == ["expired"])
        #expect(traced.nonDeliveries.map(\.reason) == ["expired"], "this is the originator's node")
        let entry = try #require(try await store.entry(index: 2)).entry
        #expect(entry.kind == .void)
        #expect(entry.sequence == 2)
        #expect(entry.destination == hop)
        #expect(entry.reasons == ["expired"])
        #expect(try await due().count == 1)
    }

    @Test func `a void at a hub queues the report to the originator's node with it`() async throws {
        let message = try SampleMessage(1, originator: "DEU/bnd")
        let received = try await SampleNode("deu").release(message, to: "fra", through: "gbr")
        _ = try await store.admit(try message.transfer(received, onTo: "fra"))
        let item = try #require(try await due().first)
        let home = try SPIFFEID.node("deu")
        let report = TransferObject.nonDelivery(
            NonDelivery(
                message: message.id,
                envelope: message.digest,
                destination: hop,
                reason: "expired",
                time: fixture.clock.now
            )
        )
        let entry = AuditEntryDraft(
            .release,
            .allowed,
            realm: .live,
            message: message.id,
            object: report.kind,
            digest: report.digest,
            envelope: message.digest,
            destination: home,
            nextHop: home
        )
        let answer = AnswerAdmission(
            object: report,
            message: message.id,
            envelope: message.digest,
            entries: [],
            recipient: nil,
            hasArrived: false,
            precedence: .routine,
            links: [],
            onward: OnwardTransfer(destination: home, nextHop: home, entry: entry)
        )
        #expect(try await store.recordVoid(outboxRow: item.row, reason: "expired", nonDelivery: .admitted(answer)))
        let queued = try await store.dueOutbox(nextHop: home, lane: .small, now: fixture.clock.now, limit: 9)
        #expect(queued.map(\.object) == [.nonDelivery])
        let kinds = try await store.entries().map(\.entry.kind)
        #expect(kinds == [.relay, .void, .release])
        #expect(try await store.trace(message.id).messages.first?.nonDeliveries == [])
    }

    @Test func `what has expired is found, whatever its next hop`() async throws {
        _ = try await submit(1)
        _ = try await submit(2)
        #expect(try await store.expiredOutbox(now: fixture.clock.now).isEmpty)
        let end = try SampleMessage(1).expires
        #expect(try await store.expiredOutbox(now: end).count == 1)
        #expect(try await store.expiredOutbox(now: end.adding(seconds: 1)).count == 2)
    }

    @Test func `of several answers that an object cannot be judged yet, the first one's time is kept`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.admit(try SampleMessage(1).submission(to: ["fra"]))
        func item() async throws -> OutboxItem {
            try #require(
                try await store.dueOutbox(
                    nextHop: .node("fra"),
                    lane: .small,
                    now: fixture.clock.now.adding(seconds: 60),
                    limit: 1
                ).first
            )
        }
        let row = try await item().row
        #expect(try await item().unsettledSince == nil)
        let (first, second) = (fixture.clock.now, fixture.clock.now.adding(seconds: 30))
        for (attempt, time) in [first, second].enumerated() {
            try await store.recordRetry(
                outboxRow: row,
                attempts: attempt + 1,
                due: time,
                error: "unknown-signer",
                unsettled: time
            )
        }
        try await store.recordRetry(outboxRow: row, attempts: 3, due: second, error: "status 503: busy")
        #expect(try await item().unsettledSince == first)
    }

    @Test func `a report that a guardrail denies is logged with the void, and goes nowhere`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        _ = try await store.admit(try message.submission(to: ["fra"]))
        let found = try await store.dueOutbox(nextHop: .node("fra"), lane: .small, now: fixture.clock.now, limit: 1)
        let row = try #require(found.first).row
        let denial = AnswerDenial(
            entry: AuditEntryDraft(
                .denial,
                .denied,
                realm: .live,
                message: message.id,
                object: .nonDelivery,
                digest: .hash([1]),
                envelope: message.digest,
                reasons: ["suspended"]
            )
        )
        #expect(try await store.recordVoid(outboxRow: row, reason: "expired", nonDelivery: .denied(denial)))
        let entries = try await store.trace(message.id).entries.map(\.entry)
        #expect(entries.map(\.kind) == [.release, .void, .denial])
        #expect(entries.last?.reasons == ["suspended"])
        #expect(try await store.trace(message.id).messages.first?.transfers.map(\.state) == [.void])
    }
}
