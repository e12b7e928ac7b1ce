import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import Synchronization
import Testing
import TransparencyLog

@testable import RelayStorage

@Suite struct ErasureTests {
    private let fixture: StoreFixture
    private let store: RelayStore

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
    }

    private func order(_ scope: ErasureOrder.Scope, unread: Bool = false) -> ErasureOrder {
        ErasureOrder(
            scope,
            authority: "GDPR, article 17",
            reason: "request 26/118",
            includesUnread: unread,
            persons: [["uid": 1001]]
        )
    }

    /// A message for mailboxes of this node, with all that is erasable of it.
    private func submit(_ number: Int) async throws -> (message: SampleMessage, secrets: [[UInt8]]) {
        let message = try SampleMessage(number, originator: "GBR/desk-\(number)")
        let links = try await store.admit(try message.submission(to: [], mailboxes: ["j2-fusion"])).links
        var secrets = [message.envelope.body]
        for link in links {
            let details = try #require(try await store.entry(index: link.proof.inclusionProof.index)?.details)
            secrets += [details.salt, details.bytes]
        }
        return (message, secrets)
    }

    /// How many of these byte strings stand in the files of the data folder.
    private func found(_ secrets: [[UInt8]]) throws -> Int {
        var files = Data()
        for name in try FileManager.default.subpathsOfDirectory(atPath: fixture.folder) {
            files += try Data(contentsOf: URL(filePath: "\(fixture.folder)/\(name)"))
        }
        return secrets.filter { files.range(of: Data($0)) != nil }.count
    }

    @Test func `a refusal must be the next hop's word about the object also when the details that name it are erased`()
        async throws
    {
        let full = try await FullStore.make().fixture
        let open = try full.open()
        let voids = try await open.entries(EntryFilter(kinds: [.void])).map(\.entry)
        _ = try await open.erase(order(.entries(IndexRanges(voids.map(\.index)))))
        try open.close()
        #expect(try full.verify().findings == [])
        let void = try #require(voids.first)
        func refusal(by partner: String = "fra", _ edit: (inout AuditEntryDraft) throws -> Void) async throws -> [UInt8]
        {
            var draft = AuditEntryDraft(
                .refusal,
                .refused,
                realm: .live,
                peer: full.node.id,
                message: void.message,
                object: void.object,
                digest: void.digest,
                envelope: void.envelope,
                reasons: void.reasons
            )
            try edit(&draft)
            return try await SampleNode(partner).store.append(draft).json.canonicalBytes
        }
        let forged: [(String, [UInt8], isFound: Bool)] = [
            ("the same", try await refusal { _ in }, false),
            ("by another node", try await refusal(by: "deu") { _ in }, true),
            ("of another object", try await refusal { $0.digest = .hash([9]) }, true),
            ("of a receipt", try await refusal { $0.object = .deliveryReceipt }, true),
            ("from another node", try await refusal { $0.peer = try .node("jpn") }, true),
            ("that is none", try await refusal { $0.outcome = .done }, true),
        ]
        for (what, link, isFound) in forged {
            try tamper(full.databasePath) { database in
                try database.execute(
                    sql: "UPDATE refusals SET link = ? WHERE entry_index = ?",
                    arguments: [link.blob, Int64(void.index)]
                )
            }
            let findings = try full.verify().findings
            #expect(findings.contains { $0.subject == .refusal } == isFound, "\(what): \(findings)")
        }
    }

    @Test func `an erased message leaves no byte of body, details or salt, and every proof as it was`() async throws {
        let (message, secrets) = try await submit(1)
        let (other, kept) = try await submit(2)
        let before = try await store.entry(index: 0)
        let links = try await store.admit(try message.submission(to: [], mailboxes: ["j2-fusion"])).links
        #expect(try found(secrets + kept) == secrets.count + kept.count)
        let erasure = try #require(try await store.erase(order(.message(message.id), unread: true)))
        #expect(erasure.isWriteAheadLogEmpty)
        #expect(erasure.record.bodies == [message.digest])
        #expect(try found(secrets) == 0)
        #expect(try found(kept) == kept.count)
        #expect(try await store.entry(index: 0)?.bytes == before?.bytes)
        #expect(try await store.entry(index: 0)?.details == nil)
        #expect(try await store.envelope(message.id, in: MailboxName("j2-fusion")) == nil)
        #expect(try await store.envelope(other.id, in: MailboxName("j2-fusion")) != nil)
        // The entry says by whose word, and the first receipts are still given.
        let entry = try #require(try await store.entry(index: erasure.index))
        #expect(entry.entry.kind == .erasure)
        let details = try JSONValue.parseCanonical(try #require(entry.details).bytes, maximumSize: 1 << 20)
        #expect(details["authority"] == "GDPR, article 17")
        #expect(details["reason"] == "request 26/118")
        #expect(details["persons"] == [["uid": 1001]])
        #expect(try await store.admit(try message.submission(to: [], mailboxes: ["j2-fusion"])).links == links)
        let report = try await store.verifyLog()
        #expect(report.isSound, "\(report.findings)")
        #expect(report.erasedCount == secrets.count / 2)
        #expect(report.unexplainedErasureCount == 0)
        // A second time there is nothing left.
        #expect(try await store.erase(order(.message(message.id), unread: true)) == nil)
        try store.close()
        #expect(try fixture.verify().isSound)
        #expect(try found(secrets) == 0)
    }

    @Test func `what is on its way, was not opened, or says who changed what is not erased`() async throws {
        let queued = try SampleMessage(1)
        _ = try await store.admit(try queued.submission(to: ["fra"]))
        let (unread, _) = try await submit(2)
        _ = try await store.append(AuditEntryDraft(.stop, .done, realm: .live, details: ["a": 1]))
        let size = try await store.checkpoint().checkpoint.head.size
        let refused: [(ErasureOrder, String)] = [
            (order(.message(queued.id)), "is still on its way to `spiffe://"),
            (order(.message(unread.id)), "was not opened by mailbox `j2-fusion`"),
            (order(.entries(IndexRanges([size - 1]))), "entry \(size - 1) is of the kind `stop`, whose details stay"),
            (order(.entries(IndexRanges([0, size]))), "there is no entry \(size)"),
            (order(.entries(IndexRanges(0..<2_001))), "expected at most 2000 entries at once, got 2001"),
        ]
        for (order, words) in refused {
            let error = try await #require(throws: StoreError.self) { try await store.erase(order) }
            #expect("\(error)".contains(words), "\(error)")
        }
        #expect(try await store.checkpoint().checkpoint.head.size == size)
        #expect(try await store.entry(index: 0)?.details != nil)
        #expect(try await store.erase(order(.entries(IndexRanges([0]))))?.record.entries.count == 1)
        #expect(try await store.verifyLog().isSound)
    }

    @Test func `retention erases what is done with and older than it keeps, and nothing else`() async throws {
        let (old, oldSecrets) = try await submit(1)
        fixture.clock.advance(milliseconds: 1_000)
        let later = fixture.clock.now
        let (_, youngSecrets) = try await submit(2)
        func retain(bodies: Timestamp?, details: Timestamp?) async throws -> Erasure? {
            let run = try await store.keep(RetentionRule(bodiesBefore: bodies, detailsBefore: details))
            #expect(run.erasures.count <= 1)
            #expect(run.erasures.allSatisfy { $0.isWriteAheadLogEmpty })
            return run.erasures.first
        }
        // It was not opened and has not expired.
        #expect(try await retain(bodies: later, details: nil) == nil)
        #expect(try await retain(bodies: nil, details: later)?.record.entries.count == oldSecrets.count / 2)
        #expect(try found([oldSecrets[0]]) == 1)
        fixture.clock.advance(milliseconds: 40 * 86_400_000)
        let erasure = try #require(try await retain(bodies: later, details: nil))
        #expect(erasure.record.bodies == [old.digest])
        #expect(try found(oldSecrets) == 0)
        #expect(try found(youngSecrets) == youngSecrets.count)
        #expect(try await retain(bodies: later, details: later) == nil)
        #expect(try await store.verifyLog().isSound)
    }

    @Test func `retention goes in short steps, and does not look twice at details that stay`() async throws {
        let refusal = AuditEntryDraft(.refusal, .refused, realm: .live, details: ["a": 1])
        let heartbeat = AuditEntryDraft(.heartbeat, .done, realm: .live, details: ["a": 1])
        try await store.appendMany(2_500, heartbeat)
        try await store.appendMany(2_500, refusal)
        fixture.clock.advance(milliseconds: 1_000)
        let later = fixture.clock.now
        try await store.appendMany(100, refusal)
        let rule = RetentionRule(bodiesBefore: later, detailsBefore: later)
        let run = try await store.keep(rule)
        // Of 5,000 details the first 2,000 stay, then 500 do, then none.
        #expect(run.erasures.map(\.record.entries.count) == [1_500, 1_000])
        #expect(run.erasures.flatMap(\.record.entries.ranges) == [2_500...3_999, 4_000...4_999])
        #expect(store.retained.withLock { $0 } == 5_000)
        #expect(try await store.keep(rule) == RetentionRun())
        #expect(try await store.verifyLog().isSound)
    }

    @Test func `retention erases bodies by their bytes too, so that no transaction is large`() async throws {
        for number in 1...5 {
            let message = try SampleMessage(number, originator: "GBR/desk-\(number)", bodySize: 12 << 20)
            _ = try await store.admit(try message.submission(to: [], mailboxes: ["j2-fusion"]))
        }
        fixture.clock.advance(milliseconds: 40 * 86_400_000)
        let run = try await store.keep(RetentionRule(bodiesBefore: fixture.clock.now, detailsBefore: nil))
        #expect(run.erasures.map(\.record.bodies.count) == [2, 2, 1])
        #expect(try await store.verifyLog().isSound)
    }

    @Test func `bytes that a reader keeps in the write-ahead log go as soon as it ends`() async throws {
        let (message, secrets) = try await submit(1)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: fixture.databasePath, configuration: configuration)
        try reader.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM entries")
        }
        let erasure = try #require(try await store.erase(order(.message(message.id), unread: true)))
        #expect(!erasure.isWriteAheadLogEmpty)
        #expect(try await !store.truncateWriteAheadLog())
        // Traffic goes on meanwhile.
        _ = try await submit(2)
        try reader.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try await store.truncateWriteAheadLog())
        #expect(try found(secrets) == 0)
    }

    /// What somebody can do to a database who has not the log's key, and how verification says it.
    private static let tampering: [(String, String)] = [
        ("DELETE FROM entry_details WHERE idx = 1", "no entry says that they were erased"),
        ("DELETE FROM bodies WHERE message = 2", "its body is missing, and no entry says that it was erased"),
        ("DELETE FROM entry_details WHERE idx = (SELECT max(idx) FROM entries)", "are never erased"),
        ("INSERT INTO entry_details VALUES (0, zeroblob(32), x'00')", "they are not what the entry commits to"),
        ("INSERT INTO bodies VALUES (1, x'00')", "bytes of its body"),
    ]

    @Test(arguments: tampering.indices)
    func `what no entry explains is found, and named`(number: Int) async throws {
        let (message, secrets) = try await submit(1)
        let details = try #require(try await store.entry(index: 0)?.details)
        _ = try await submit(2)
        _ = try await store.erase(order(.message(message.id), unread: true))
        try store.close()
        let (sql, words) = Self.tampering[number]
        try tamper(fixture.databasePath) { try $0.execute(sql: sql) }
        let report = try fixture.verify()
        #expect(report.findings.contains { $0.detail.contains(words) }, "\(report.findings)")
        guard number == 0 else { return }
        // What was erased and comes back, from a copy, is found as well.
        try tamper(fixture.databasePath) { database in
            try database.execute(
                sql: "INSERT INTO entry_details VALUES (0, ?, ?); INSERT INTO bodies VALUES (1, ?)",
                arguments: [Data(details.salt), Data(details.bytes), Data(secrets[0])]
            )
        }
        let again = try fixture.verify().findings.map(\.detail)
        #expect(
            again.contains { $0.hasPrefix("they are there, and entry ") && $0.hasSuffix(" says that they were erased") }
        )
        #expect(again.contains { $0.contains("its body is there, and an entry says that it was erased") }, "\(again)")
    }

    @Test func `ranges of indices are read strictly`() throws {
        #expect(IndexRanges(text: "3-7,9")?.json == [[3, 7], [9, 9]])
        #expect(IndexRanges([3, 4, 5, 6, 7, 9]) == IndexRanges(text: "3-7,9"))
        #expect(IndexRanges(json: [[3, 7], [9, 9]])?.count == 6)
        for text in ["", "7-3", "3,3", "3,4", "9,3", "a", "1-2-3", "-1", "3-", "18446744073709551615"] {
            #expect(IndexRanges(text: text) == nil, "\(text)")
        }
        let malformed: [JSONValue] = [[[7, 3]], [[3, 3], [3, 3]], [[3, 3], [4, 4]], [[-1, 2]], [[1]], [1], "1"]
        for json in malformed { #expect(IndexRanges(json: json) == nil, "\(json)") }
        let ranges = try #require(IndexRanges(text: "3-7,9"))
        #expect((0..<12).filter { ranges.contains($0) } == [3, 4, 5, 6, 7, 9])
    }
}
