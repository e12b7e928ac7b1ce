import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

@Suite struct AnswerTests {
    private let recipient = "GBR/j2-fusion"

    /// A store that holds a message of another partner in a mailbox.
    private func destination(_ message: SampleMessage) async throws -> (StoreFixture, RelayStore) {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let links = try await SampleNode("fra").release(message)
        _ = try await store.admit(try message.transfer(links, mailboxes: ["j2-fusion"]))
        return (fixture, store)
    }

    private func draft(
        _ kind: AuditEntryKind,
        _ object: TransferObject,
        of message: SampleMessage,
        to home: SPIFFEID? = nil
    ) throws -> AuditEntryDraft {
        AuditEntryDraft(
            kind,
            .done,
            realm: .live,
            peer: try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion"),
            message: message.id,
            object: object.kind,
            digest: object.digest,
            envelope: message.digest,
            destination: home,
            nextHop: home
        )
    }

    private func receiptGivenHere(_ message: SampleMessage, bytes: [UInt8] = [1, 2, 3]) throws -> AnswerAdmission {
        let object = TransferObject.deliveryReceipt(try DeliveryReceipt(bytes: bytes))
        let home = try SPIFFEID.node("fra")
        return AnswerAdmission(
            object: object,
            message: message.id,
            envelope: message.digest,
            entries: [try draft(.delivery, object, of: message)],
            recipient: try MailboxAddress(recipient),
            hasArrived: false,
            precedence: .flash,
            links: [],
            onward: OnwardTransfer(
                destination: home,
                nextHop: home,
                entry: try draft(.release, object, of: message, to: home)
            )
        )
    }

    private func arrived(
        _ object: TransferObject,
        _ message: SampleMessage,
        links: [TransferLink],
        recipient: String? = "FRA/cdt"
    ) throws -> AnswerAdmission {
        AnswerAdmission(
            object: object,
            message: message.id,
            envelope: message.digest,
            entries: [try draft(object.kind == .nonDelivery ? .nonDelivery : .receipt, object, of: message)],
            recipient: try recipient.map { try MailboxAddress($0) },
            hasArrived: true,
            precedence: .routine,
            links: links,
            onward: nil
        )
    }

    /// The links that a node gives an answer which it releases to the node under test.
    private func release(_ object: TransferObject, of message: SampleMessage) async throws -> [TransferLink] {
        let node = try SampleNode("fra")
        let local = try await SampleNode("gbr").release(message, to: "fra")
        _ = try await node.store.admit(try message.transfer(local, mailboxes: ["cdt"]))
        let home = try SPIFFEID.node("gbr")
        let answer = AnswerAdmission(
            object: object,
            message: message.id,
            envelope: message.digest,
            entries: [],
            recipient: nil,
            hasArrived: false,
            precedence: .routine,
            links: [],
            onward: OnwardTransfer(
                destination: home,
                nextHop: home,
                entry: try draft(.release, object, of: message, to: home)
            )
        )
        return try await node.store.admit(answer).links
    }

    @Test func `a receipt given here marks the mailbox and is queued to the originator's node`() async throws {
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let (fixture, store) = try await destination(message)
        let outcome = try await store.admit(try receiptGivenHere(message))
        #expect(outcome.name == "admitted")
        #expect(outcome.links.map(\.entry.kind) == [.delivery, .release])
        #expect(outcome.links.last?.entry.sequence == 1)
        for link in outcome.links { try link.verify(by: fixture.signer.verifier) }
        #expect(try await store.inbox(MailboxName("j2-fusion"), limit: 9).map(\.isReceipted) == [true])
        let item = try #require(
            try await store.dueOutbox(nextHop: .node("fra"), lane: .urgent, now: fixture.clock.now, limit: 9).first
        )
        #expect(item.object == .deliveryReceipt)
        #expect(item.precedence == .flash)
        let transfer = try #require(try await store.outboxTransfer(row: item.row))
        #expect(transfer.objectBytes == [1, 2, 3])
        #expect(transfer.links == [outcome.links[1]])
    }

    @Test func `a second receipt by the same mailbox gets the links of the first, even with another signature`()
        async throws
    {
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let (_, store) = try await destination(message)
        let first = try await store.admit(try receiptGivenHere(message)).links
        let again = try await store.admit(try receiptGivenHere(message, bytes: [9, 9]))
        #expect(again.name == "duplicate")
        #expect(again.links == first)
        #expect(try await store.trace(message.id).messages.first?.transfers.count == 1)
    }

    @Test func `a receipt by a mailbox that does not hold the message is refused and leaves nothing`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let links = try await SampleNode("fra").release(message)
        _ = try await store.admit(try message.transfer(links, mailboxes: ["j3-ops"]))
        await #expect(throws: StoreError.self) { try await store.admit(try receiptGivenHere(message)) }
        #expect(try await store.checkpoint().checkpoint.head.size == 1)
    }

    @Test func `an answer to a message that is not stored is refused`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        await #expect(throws: StoreError.self) {
            try await store.admit(try receiptGivenHere(try SampleMessage(1, originator: "FRA/cdt")))
        }
    }

    @Test func `a receipt that arrives is kept once, and a resend gets the same links`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        _ = try await store.admit(try message.submission(to: ["fra"]))
        let object = TransferObject.deliveryReceipt(try DeliveryReceipt(bytes: [7]))
        let links = try await release(object, of: message)
        let answer = try arrived(object, message, links: links)
        let first = try await store.admit(answer)
        #expect(first.name == "admitted")
        #expect(first.links.map(\.entry.kind) == [.receipt])
        let again = try await store.admit(answer)
        #expect(again.name == "duplicate")
        #expect(again.links == first.links)

        let second = TransferObject.deliveryReceipt(try DeliveryReceipt(bytes: [8]))
        let other = try await store.admit(try arrived(second, message, links: try await release(second, of: message)))
        #expect(other.name == "admitted", "another object has custody of its own")
        let receipts = try #require(try await store.trace(message.id).messages.first?.receipts)
        #expect(receipts.map(\.receipt.bytes) == [[7]], "of two receipts by one recipient the first counts")
        #expect(receipts.map(\.entryIndex) == [first.links[0].entry.index])
    }

    @Test func `a non-delivery that arrives is known with its reason`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        _ = try await store.admit(try message.submission(to: ["fra"]))
        let report = NonDelivery(
            message: message.id,
            envelope: message.digest,
            destination: try .node("fra"),
            reason: "expired",
            time: fixture.clock.now
        )
        let object = TransferObject.nonDelivery(report)
        let links = try await release(object, of: message)
        _ = try await store.admit(try arrived(object, message, links: links, recipient: nil))
        let known = try #require(try await store.trace(message.id).messages.first?.nonDeliveries)
        #expect(known.map(\.destination) == [try .node("fra")])
        #expect(known.map(\.reason) == ["expired"])
    }

    @Test func `a denied answer is one entry and changes nothing`() async throws {
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let (fixture, store) = try await destination(message)
        let answer = try receiptGivenHere(message)
        var entry = try draft(.denial, answer.object, of: message)
        entry.outcome = .denied
        entry.reasons = ["suspended"]
        let outcome = try await store.record(.denied(AnswerDenial(entry: entry)))
        #expect(outcome.name == "denied")
        #expect(outcome.links.map(\.entry.kind) == [.denial])
        for link in outcome.links { try link.verify(by: fixture.signer.verifier) }
        #expect(try await store.inbox(MailboxName("j2-fusion"), limit: 9).map(\.isReceipted) == [false])
        #expect(try await store.queuedNextHops().isEmpty)
        #expect(try await store.record(.admitted(answer)).name == "admitted")
    }

    @Test func `the very receipt that a mailbox gave before is known, another is not`() async throws {
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let (_, store) = try await destination(message)
        let first = try await store.admit(try receiptGivenHere(message)).links
        func known(_ bytes: [UInt8], by mailbox: String) async throws -> [TransferLink]? {
            try await store.firstReceipts(
                of: DeliveryReceipt(bytes: bytes),
                by: MailboxName(mailbox),
                for: message.id,
                envelope: message.digest
            )
        }
        #expect(try await known([1, 2, 3], by: "j2-fusion") == first)
        #expect(try await known([9, 9], by: "j2-fusion") == nil)
        #expect(try await known([1, 2, 3], by: "j3-ops") == nil)
    }
}
