import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// What a legal hold keeps from being erased, and what verification says of an erasure in spite of one.
@Suite struct LegalHoldTests {
    private let fixture: StoreFixture
    private let store: RelayStore

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    /// Messages 1 and 2, taken on in entries 0 and 1.
    private func submitTwo() async throws -> [SampleMessage] {
        var messages: [SampleMessage] = []
        for number in 1...2 {
            let message = try SampleMessage(number, originator: "GBR/desk-\(number)")
            _ = try await store.admit(try message.submission(to: [], mailboxes: ["j2-fusion"]))
            messages.append(message)
        }
        #expect(try await store.checkpoint().checkpoint.head.size == 2)
        return messages
    }

    private func hold(_ scope: ErasureOrder.Scope) -> LegalHold {
        LegalHold(scope, authority: "Court order 7/26", reason: "evidence", persons: [["uid": 1001]])
    }

    private func release(_ hold: UInt64) -> LegalHoldRelease {
        LegalHoldRelease(hold: hold, authority: "Court order 9/26", reason: "closed", persons: [["uid": 1002]])
    }

    private func order(_ scope: ErasureOrder.Scope) -> ErasureOrder {
        ErasureOrder(scope, authority: "GDPR, article 17", reason: "request", includesUnread: true)
    }

    @Test func `of what a hold names it is known how much is gone already`() async throws {
        let messages = try await submitTwo()
        let (first, second) = (messages[0].id, messages[1].id)
        #expect(try await store.gone(from: .message(first)) == (0, 0))
        _ = try await store.erase(order(.message(first)))
        #expect(try await store.gone(from: .message(first)) == (1, 1))
        #expect(try await store.gone(from: .message(second)) == (0, 0))
        #expect(try await store.gone(from: .entries(IndexRanges([0, 1]))) == (0, 1))
        #expect(try await store.gone(from: .entries(IndexRanges([1]))) == (0, 0))
    }

    @Test(arguments: ["message", "entries"])
    func `no order erases what a hold names until it is released`(kind: String) async throws {
        let messages = try await submitTwo()
        let isMessage = kind == "message"
        let index = try await store.place(hold(isMessage ? .message(messages[0].id) : .entries(IndexRanges([0]))))
        let entry = try #require(try await store.entry(index: index))
        #expect(entry.entry.kind == .hold)
        #expect(entry.entry.message == (isMessage ? messages[0].id : nil))
        #expect(try await store.holds().map(\.index) == [index])
        #expect(try await store.holds().first?.hold.authority == "Court order 7/26")
        let size = try await store.checkpoint().checkpoint.head.size
        for scope in [.message(messages[0].id), .entries(IndexRanges([0, 1]))] as [ErasureOrder.Scope] {
            let error = try await #require(throws: StoreError.self) { try await store.erase(order(scope)) }
            #expect("\(error)".contains("is under the legal hold of entry \(index) (Court order 7/26)"), "\(error)")
        }
        // What cannot be erased is gone in no part, and nothing was logged.
        #expect(try await store.checkpoint().checkpoint.head.size == size)
        #expect(try await store.entry(index: 0)?.details != nil)
        #expect(try await store.entry(index: 1)?.details != nil)
        #expect(try await store.envelope(messages[0].id, in: MailboxName("j2-fusion")) != nil)
        // The other message is no part of it.
        #expect(try await store.erase(order(.message(messages[1].id))) != nil)
        // The hold's own details are never erased.
        await #expect(throws: StoreError.self) { try await store.erase(order(.entries(IndexRanges([index])))) }
        let end = try await store.release(release(index))
        #expect(try await store.entry(index: end)?.entry.kind == .holdRelease)
        #expect(try await store.holds() == [])
        #expect(try await store.erase(order(.message(messages[0].id))) != nil)
        let report = try await store.verifyLog()
        #expect(report.findings == [])
        #expect(report.erasedCount == 2)
    }

    @Test func `retention leaves out what is held, names the hold, and takes it once it is released`() async throws {
        let messages = try await submitTwo()
        let onMessage = try await store.place(hold(.message(messages[0].id)))
        fixture.clock.advance(milliseconds: 40 * 86_400_000)
        let onEntries = try await store.place(hold(.entries(IndexRanges([1]))))
        let rule = RetentionRule(bodiesBefore: fixture.clock.now, detailsBefore: fixture.clock.now)
        let run = try await store.keep(rule)
        #expect(run.held[onMessage]?.bodies == [messages[0].digest] && run.held[onMessage]?.details == 1)
        #expect(run.held[onEntries] == KeptBeyondTime(details: 1) && run.held.count == 2)
        #expect(run.erasures.count == 1)
        #expect(run.erasures.first?.record.bodies == [messages[1].digest])
        #expect(run.erasures.first?.record.entries.isEmpty == true)
        // Details that are held are passed over once; a body is come upon with every look.
        let second = try await store.keep(rule)
        #expect(second.erasures.isEmpty)
        #expect(second.held == [onMessage: KeptBeyondTime(bodies: [messages[0].digest])])
        _ = try await store.release(release(onMessage))
        _ = try await store.release(release(onEntries))
        let again = try await store.keep(rule)
        #expect(again.held == [:])
        #expect(again.erasures.map(\.record.bodies) == [[messages[0].digest]])
        #expect(again.erasures.map(\.record.entries) == [IndexRanges([0, 1])])
        #expect(try await store.verifyLog().findings == [])
    }

    @Test func `a hold names what the log has, and a release names a hold that is in force`() async throws {
        _ = try await submitTwo()
        let unknown = try SampleMessage(99)
        let index = try await store.place(hold(.entries(IndexRanges([0, 1]))))
        _ = try await store.release(release(index))
        let size = try await store.checkpoint().checkpoint.head.size
        let many = IndexRanges((0..<1_001).map { $0 * 2 })
        for (scope, words) in [
            (.message(unknown.id), "no entry is about a message `\(unknown.id)`"),
            (.entries(IndexRanges([0, size])), "there is no entry \(size)"),
            (.entries(many), "expected at most 1000 ranges in one hold, got 1001"),
        ] as [(ErasureOrder.Scope, String)] {
            let error = try await #require(throws: StoreError.self) { try await store.place(hold(scope)) }
            #expect("\(error)".contains(words), "\(error)")
        }
        for hold in [index, 0, 77] {
            let error = try await #require(throws: StoreError.self) { try await store.release(release(hold)) }
            #expect("\(error)".contains("no legal hold of entry \(hold) is in force"), "\(error)")
        }
        #expect(try await store.checkpoint().checkpoint.head.size == size)
    }

    @Test func `while the details of a hold are gone, nothing is erased`() async throws {
        let messages = try await submitTwo()
        let index = try await store.place(hold(.message(messages[0].id)))
        try await store.pool.write { try $0.execute(sql: "DELETE FROM entry_details WHERE idx = \(index)") }
        for number in [0, 1] {
            let error = try await #require(throws: StoreError.self) {
                try await store.erase(order(.message(messages[number].id)))
            }
            #expect("\(error)".contains("entry \(index), about a legal hold, are gone"), "\(error)")
        }
        #expect(try await store.verifyLog().findings.map(\.index) == [index])
    }

    /// A node that erases in spite of its holds writes entries that say so; these are made by hand.
    @Test(arguments: ["entries of a message", "body of a message", "entries", "a release of nothing", "no hold"])
    func `verification finds what a hold forbade, by the entries alone`(kind: String) async throws {
        let messages = try await submitTwo()
        let isMessage = kind != "entries"
        let hold = try await store.place(hold(isMessage ? .message(messages[0].id) : .entries(IndexRanges([0]))))
        let bad = hold + 1
        let draft: AuditEntryDraft
        switch kind {
        case "a release of nothing":
            draft = AuditEntryDraft(.holdRelease, .done, realm: .live, details: release(1).json)
        case "no hold": draft = AuditEntryDraft(.hold, .done, realm: .live, details: ["authority": "a"])
        default:
            let isBody = kind == "body of a message"
            let record = ErasureRecord(
                entries: isBody ? IndexRanges() : IndexRanges([0]),
                bodies: isBody ? [messages[0].digest] : [],
                authority: "a",
                reason: "r",
                persons: []
            )
            try await store.pool.write { database in
                try database.execute(
                    sql: isBody ? "DELETE FROM bodies WHERE message = 1" : "DELETE FROM entry_details WHERE idx = 0"
                )
            }
            draft = AuditEntryDraft(.erasure, .done, realm: .live, details: record.json)
        }
        let middle = try await store.checkpoint()
        _ = try await store.append(draft)
        let words = [
            "entries of a message": "entry 0 was erased while the legal hold of entry \(hold) was in force",
            "entries": "entry 0 was erased while the legal hold of entry \(hold) was in force",
            "body of a message":
                "the body of envelope `\(messages[0].digest.hex)` was erased while the legal hold of entry \(hold) was in force",
            "a release of nothing": "it releases no legal hold that was in force",
            "no hold": "expected what a legal hold names",
        ]
        let report = try await store.verifyLog()
        #expect(report.findings.map(\.detail) == [words[kind]])
        #expect(report.findings.map(\.index) == [bad])
        #expect(try await store.verifyLog(since: middle).findings.map(\.detail) == [words[kind]])
        // Behind it nothing more is wrong, and what came before the start still counts.
        let end = try await store.checkpoint()
        #expect(try await store.verifyLog(since: end).isSound)
    }
}
