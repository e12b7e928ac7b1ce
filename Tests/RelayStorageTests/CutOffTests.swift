import CoalitionDirectory
import Foundation
import GRDB
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// Copies of a database that end too early, as a disk that was full or a transfer that broke off leaves them.
@Suite struct CutOffTests {
    /// Where a file ends.
    enum Cut: String, CaseIterable, CustomTestStringConvertible {
        case behindTheHeader = "behind the first page"
        case middle = "in the middle, between pages"
        case middleOfPage = "in the middle, within a page"
        case lastPage = "before the last page"
        case lastByte = "before the last byte"

        var testDescription: String { rawValue }

        func size(of whole: Int, page: Int) -> Int {
            switch self {
            case .behindTheHeader: page
            case .middle: whole / page / 2 * page
            case .middleOfPage: whole / page / 2 * page + page / 3
            case .lastPage: whole - page
            case .lastByte: whole - 1
            }
        }
    }

    private let draft = AuditEntryDraft(.start, .done, realm: .live, reasons: ["a"])

    /// A log of 599 entries in the database itself, and what `last` does in the write-ahead log beside it.
    private func copy(_ original: StoreFixture, last: (RelayStore) async throws -> Void) async throws -> StoreFixture {
        let store = try original.open()
        try await store.appendMany(594, draft)
        for number in 0..<5 { _ = try await store.admit(try SampleMessage(number).submission()) }
        #expect(try await store.truncateWriteAheadLog())
        try await last(store)
        let copy = try StoreFixture()
        try FileManager.default.createDirectory(atPath: copy.folder, withIntermediateDirectories: false)
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: original.databasePath + suffix, toPath: copy.databasePath + suffix)
        }
        try store.close()
        return copy
    }

    private func cut(_ path: String, to size: Int) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(size))
        try file.close()
    }

    private func size(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber).intValue
    }

    @Test(arguments: Cut.allCases, [false, true])
    func `a database that was cut off is never sound`(at cut: Cut, hasWriteAheadLog: Bool) async throws {
        let original = try StoreFixture()
        // One page, and not the last one.
        let copy = try await copy(original) { store in
            _ = try await store.writer.perform { try $0.database.run("UPDATE outbox SET attempts = 1 WHERE row = 1") }
        }
        if !hasWriteAheadLog { try FileManager.default.removeItem(atPath: copy.databasePath + "-wal") }
        let verification = LogVerification(origin: original.node.log, verifier: original.signer.verifier)
        let whole = try verification.run(path: copy.databasePath)
        #expect(whole.isSound && whole.entryCount == 599)

        try self.cut(copy.databasePath, to: cut.size(of: try size(copy.databasePath), page: 4096))
        do {
            #expect(try !verification.run(path: copy.databasePath).isSound)
        } catch {
            guard case .damaged = error else { throw error }
        }
    }

    @Test func `what nobody reads while verifying is missed too when it was cut off`() async throws {
        let original = try StoreFixture()
        let copy = try await copy(original) { _ = try await $0.append(draft) }
        let queue = try DatabaseQueue(path: copy.databasePath)
        // Its pages come last, and no query of the verification uses it.
        try await queue.write { try $0.execute(sql: "CREATE INDEX unread ON entry_details (bytes)") }
        let last = try await queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            return try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        }
        try await queue.write { try $0.execute(sql: "UPDATE streams SET last_sequence = last_sequence") }
        // The connection stays open, so that its write-ahead log stays.
        try cut(copy.databasePath, to: (last - 1) * 4096)
        let verification = LogVerification(origin: original.node.log, verifier: original.signer.verifier)
        let error = try #require(throws: StoreError.self) { try verification.run(path: copy.databasePath) }
        #expect(error.description.contains("was cut off") && error.description.contains("page \(last) "))
        try queue.close()
    }

    @Test func `a write-ahead log that was cut off takes the log back, which a checkpoint kept elsewhere shows`()
        async throws
    {
        let original = try StoreFixture()
        let copy = try await copy(original) { _ = try await $0.append(draft) }
        let last = try LogCopy(path: copy.databasePath).checkpoint()
        #expect(last.checkpoint.head.size == 600)
        for length in [0, 31, 32, 56, try size(copy.databasePath + "-wal") - 1] {
            let shorter = try StoreFixture()
            try FileManager.default.copyItem(atPath: copy.folder, toPath: shorter.folder)
            try cut(shorter.databasePath + "-wal", to: length)
            let verifier = original.signer.verifier
            let alone = try LogVerification(origin: original.node.log, verifier: verifier)
                .run(path: shorter.databasePath)
            #expect(alone.head?.size == 599, "\(length)")
            let report = try LogVerification(origin: original.node.log, verifier: verifier, since: last)
                .run(path: shorter.databasePath)
            #expect(report.findings.contains { $0.detail.contains("the log was cut back") }, "\(report.findings)")
        }
    }
}
