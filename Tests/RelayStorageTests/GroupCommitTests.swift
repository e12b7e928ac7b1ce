import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Synchronization
import Testing
import TransparencyLog

@testable import RelayStorage

/// Holds the writer's thread within a job, so that a test decides what waits behind it.
final class WriterGate: Sendable {
    private let entered = Mutex(false)
    private let released = DispatchSemaphore(value: 0)

    func hold() {
        entered.withLock { $0 = true }
        released.wait()
    }

    func isHeld() async {
        while !entered.withLock({ $0 }) { await Task.yield() }
    }

    func open() { released.signal() }
}

@Suite struct GroupCommitTests {
    private struct Failure: Error {}

    private let draft = AuditEntryDraft(.start, .done, realm: .live)

    @Test func `each of 256 producers gets a proof of its own entries`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let links = try await withThrowingTaskGroup(of: [TransferLink].self) { group in
            for producer in 0..<256 {
                group.addTask {
                    var links: [TransferLink] = []
                    for turn in 0..<4 {
                        let message = try SampleMessage(producer * 10 + turn)
                        links += try await store.admit(try message.submission(to: ["fra", "deu"])).links
                    }
                    return links
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(links.count == 256 * 4 * 2)
        #expect(Set(links.map(\.entry.index)) == Set(0..<2048))
        for link in links { try link.verify(by: fixture.signer.verifier) }
        let status = try await store.status()
        #expect(status.logSize == 2048)
        try store.close()
        let report = try fixture.verify()
        #expect(report.findings == [])
        #expect(report.checkpointCount < 1024, "batches were not shared")
    }

    @Test func `values of every size are stored as they are, those of one row never in the place of another's`()
        async throws
    {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        // The writer keeps 32 KiB of values; what is longer is left to SQLite.
        let sizes = [0, 1, 15, 16, 200, 16_000, 31_000, 32_767, 32_768, 33_000, 100_000, 7, 40_000, 0]
        var expected: [AuditEntryDraft] = []
        for (number, size) in sizes.enumerated() {
            var draft = draft
            draft.details = size == 0 ? [:] : ["text": .string(String(repeating: "\(number % 10)", count: size))]
            if number.isMultiple(of: 2) {
                draft.peer = try .node("fra")
                draft.reasons = ["rule-\(number)", String(repeating: "r", count: number * 100)]
                draft.policy = .hash([UInt8(number)])
            }
            expected.append(draft)
            _ = try await store.append(draft)
        }
        for (index, draft) in expected.enumerated() {
            let stored = try #require(try await store.entry(index: UInt64(index)))
            #expect(stored.details?.bytes == draft.details.canonicalBytes)
            #expect(stored.entry.peer == draft.peer)
            #expect(stored.entry.reasons == draft.reasons)
            #expect(stored.entry.policy == draft.policy)
        }
        try store.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test func `jobs that wait together share one commit`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let gate = WriterGate()
        async let first = store.writer.perform { _ in gate.hold() }
        await gate.isHeld()
        let draft = draft
        let sizes = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<20 {
                group.addTask { try await store.append(draft).proof.inclusionProof.size }
            }
            while store.writer.waitingCount < 20 { await Task.yield() }
            gate.open()
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        _ = try await first
        #expect(sizes == [20])
    }

    @Test func `a job that throws is rolled back alone`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let gate = WriterGate()
        async let first = store.writer.perform { _ in gate.hold() }
        await gate.isHeld()
        let good = try SampleMessage(1)
        let bad = try SampleMessage(2)
        let other = try SampleMessage(3)
        let writer = store.writer
        async let before = store.admit(try good.submission())
        while writer.waitingCount < 1 { await Task.yield() }
        let failing = Task {
            _ = try await writer.perform { transaction in
                _ = try bad.submission().store(in: transaction)
                throw Failure()
            }
        }
        while writer.waitingCount < 2 { await Task.yield() }
        async let after = store.admit(try other.submission())
        while writer.waitingCount < 3 { await Task.yield() }
        gate.open()
        _ = try await first
        await #expect(throws: StoreError.self) { try await failing.value }
        let links = try await before.links + after.links
        for link in links { try link.verify(by: fixture.signer.verifier) }
        #expect(links.map(\.entry.index) == [0, 1])
        #expect(links.map(\.entry.sequence) == [1, 2])
        #expect(try await store.trace(bad.id).messages.isEmpty)
        try store.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test func `entries never go back in time`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let first = try await store.append(draft).entry.time
        fixture.clock.advance(milliseconds: -5000)
        #expect(try await store.append(draft).entry.time == first)
        try store.close()
        let again = try fixture.open()
        #expect(try await again.append(draft).entry.time == first)
        fixture.clock.advance(milliseconds: 6000)
        #expect(try await again.append(draft).entry.time == first.adding(milliseconds: 1000))
    }

    @Test func `nonces and salts never repeat`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.appendMany(100, draft)
        let entries = try await store.entries(EntryFilter(limit: 1000))
        var seen: Set<[UInt8]> = []
        for entry in entries {
            seen.insert(entry.entry.nonce)
            seen.insert(try #require(entry.details?.salt))
        }
        #expect(seen.count == 200)
    }

    @Test func `a full disk fails closed and recovers`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let link = try await store.append(draft)
        let pages = try await store.writer.perform { transaction in
            let count = try transaction.database.integer("PRAGMA page_count") ?? 0
            try transaction.database.execute(sql: "PRAGMA max_page_count = \(count + 8)")
            return count
        }.value
        let large = try SampleMessage(1, bodySize: 1 << 20)
        await #expect(throws: StoreError.self) { try await store.admit(try large.submission()) }
        do {
            _ = try await store.admit(try large.submission())
        } catch {
            guard case .storageFull = error as? StoreError else { throw error }
        }
        #expect(try await store.checkpoint().checkpoint.head.size == 1)
        #expect(try await store.trace(large.id).messages.isEmpty)

        _ = try await store.writer.perform { transaction in
            try transaction.database.execute(sql: "PRAGMA max_page_count = \(pages + 100_000)")
        }
        let links = try await store.admit(try large.submission()).links
        #expect(links.map(\.entry.index) == [1])
        #expect(links.map(\.entry.sequence) == [1])
        for link in links + [link] { try link.verify(by: fixture.signer.verifier) }
        try store.close()
        #expect(try fixture.verify().findings == [])
    }

    @Test func `what was acknowledged survives the process`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        var given: [TransferLink] = []
        for number in 0..<20 { given += try await store.admit(try SampleMessage(number).submission()).links }
        // The files as they are while the store is still open, its write-ahead log not yet moved.
        let copy = try StoreFixture()
        try FileManager.default.createDirectory(
            atPath: copy.folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: fixture.databasePath + suffix, toPath: copy.databasePath + suffix)
        }
        let reopened = try RelayStore(folder: copy.folder, node: fixture.node, signer: fixture.signer) { .now() }
        for number in 0..<20 {
            let outcome = try await reopened.admit(try SampleMessage(number).submission())
            #expect(outcome.name == "duplicate")
            #expect(outcome.links == [given[number]])
        }
    }

    @Test func `the schema refuses to change the log`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append(draft)
        for sql in [
            "UPDATE entries SET kind = 'stop'", "DELETE FROM entries", "UPDATE entry_details SET bytes = x''",
            "INSERT OR REPLACE INTO entries SELECT * FROM entries", "DELETE FROM checkpoints", "DELETE FROM tiles",
            "UPDATE checkpoints SET note = x''", "UPDATE tiles SET hashes = zeroblob(64)",
            "INSERT INTO entries SELECT 7, time, kind, outcome, peer, message, reasons, sequence, destination, policy, "
                + "bytes FROM entries",
        ] {
            await #expect(throws: StoreError.self, "\(sql)") {
                _ = try await store.writer.perform { try $0.database.execute(sql: sql) }
            }
        }
        try store.close()
        #expect(try fixture.verify().findings == [])
    }
}
