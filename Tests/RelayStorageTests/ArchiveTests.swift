import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// Parts of a log in files that verify by themselves.
@Suite struct ArchiveTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let file: String

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        file = NSTemporaryDirectory() + "entente-archive-\(UUID().uuidString).sqlite"
    }

    private func append(_ count: Int, from first: Int = 0) async throws {
        for number in first..<first + count {
            if number.isMultiple(of: 50) { fixture.clock.advance(milliseconds: 1_000) }
            _ = try await store.append(
                AuditEntryDraft(
                    .refusal,
                    .refused,
                    realm: .live,
                    reasons: ["malformed-envelope"],
                    details: ["secret": .string("details of number \(number)")]
                )
            )
        }
    }

    private func erase(_ entries: IndexRanges) async throws {
        let order = ErasureOrder(.entries(entries), authority: "Archives act", reason: "end of term")
        _ = try #require(try await store.erase(order))
    }

    /// Verifies the archive as someone would who holds the log's public key and nothing else.
    private func verify() throws -> LogReport {
        try ArchiveVerification(origin: fixture.node.log, verifier: fixture.signer.verifier).run(path: file)
    }

    private func remove() throws { try FileManager.default.removeItem(atPath: file) }

    @Test(arguments: [0...699, 256...511, 300...300, 5...698, 0...255, 0...0, 699...699] as [ClosedRange<UInt64>])
    func `an archive proves its entries alone, against the last checkpoint`(range: ClosedRange<UInt64>) async throws {
        try await append(700)
        let made = try await store.archive(.entries(range), to: file)
        let head = try await store.checkpoint().checkpoint.head
        try store.close()
        try FileManager.default.removeItem(atPath: fixture.folder)
        let report = try verify()
        #expect(report == made.report)
        #expect(report.findings == [])
        #expect(report.segment == range.lowerBound..<range.upperBound + 1)
        #expect(report.head == head)
        #expect(report.proven == head)
        #expect(report.entryCount == range.count)
        #expect(report.detailsCount == range.count)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect((attributes[.size] as? NSNumber)?.intValue == made.size)
        // It is read as a copied database is, and each of its entries is proven from it.
        let copy = try LogCopy(path: file)
        let listed = try copy.entries(EntryFilter(limit: 1_000)).map(\.index)
        #expect(listed == Array(range))
        for index in [range.lowerBound, (range.lowerBound + range.upperBound) / 2, range.upperBound] {
            try #require(try copy.link(index: index)).verify(by: fixture.signer.verifier)
        }
        try remove()
    }

    @Test func `an archive of what was before a time, made of a copy, ends where the time begins`() async throws {
        try await append(120)
        let limit = try #require(try await store.entry(index: 100)).entry.time
        try store.close()
        let copy = try LogCopy(path: fixture.databasePath)
        let made = try await copy.archive(.before(limit, from: 40), to: file)
        #expect(made.report.isSound)
        #expect(made.report.segment == 40..<100)
        let inner = try copy.entries(EntryFilter(after: 39, before: 100, limit: 1_000)).map(\.bytes)
        #expect(try LogCopy(path: file).entries(EntryFilter(limit: 1_000)).map(\.bytes) == inner)
        let nothing = try await #require(throws: StoreError.self) {
            try await copy.archive(.before(limit, from: 100), to: file + "-2")
        }
        #expect("\(nothing)".contains("no entry from 100 on is of before"), "\(nothing)")
        try remove()
    }

    @Test func `what was erased is not in an archive, and counts as erased by the entries that say so`() async throws {
        try await append(10)
        try await erase(IndexRanges([2, 3]))
        try await append(10, from: 100)
        try await erase(IndexRanges([5, 15]))
        try await append(1)
        _ = try await store.archive(.entries(0...17), to: file)
        let report = try verify()
        #expect(report.findings == [])
        #expect(report.erasedCount == 4)
        #expect(report.unexplainedErasureCount == 0)
        let bytes = try Data(contentsOf: URL(filePath: file))
        #expect(bytes.range(of: Data("details of number 5\"".utf8)) == nil)
        #expect(bytes.range(of: Data("details of number 6\"".utf8)) != nil)
        // Without the later entry that says so, or with details that it says are gone, it does not verify.
        let details = try #require(try await store.entry(index: 6)?.details)
        for sql in [
            "DELETE FROM later_erasures", "UPDATE later_erasures SET bytes = (SELECT bytes FROM entries WHERE idx = 1)",
            "UPDATE later_erasures SET salt = zeroblob(32)", "UPDATE later_erasures SET proof = x'00'",
            "UPDATE later_erasures SET idx = idx + 1",
            "INSERT INTO entry_details SELECT 5, x'\(Hex.encode(details.salt))', bytes FROM entry_details WHERE idx = 6",
        ] {
            try changed(sql) { #expect(!$0.isSound, "\(sql)") }
        }
        try remove()
    }

    /// Verifies the archive with a change, and takes that back.
    private func changed(_ sql: String, _ body: (LogReport) throws -> Void) throws {
        let original = try Data(contentsOf: URL(filePath: file))
        let queue = try DatabaseQueue(path: file)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
            try database.execute(sql: sql)
            let changesNoRow = ["CREATE", "DROP", "PRAGMA"].contains { sql.hasPrefix($0) }
            #expect(database.totalChangesCount > 0 || changesNoRow, "\(sql)")
        }
        try queue.close()
        try body(try verify())
        try original.write(to: URL(filePath: file))
    }

    @Test func `any change to an archive is found`() async throws {
        try await append(600)
        _ = try await store.makeStableCheckpoint()
        try await store.pool.write { try $0.execute(sql: "UPDATE stable_checkpoints SET witnessed = time") }
        try await append(50)
        _ = try await store.archive(.entries(100...549), to: file)
        #expect(try verify().isSound)
        let columns = ["time", "kind", "outcome", "peer", "message", "reasons", "sequence", "destination", "policy"]
        var changes = columns.map { name in
            let value = ["time": "time + 1", "sequence": "7", "message": "zeroblob(16)", "policy": "zeroblob(32)"][name]
            return "UPDATE entries SET \(name) = \(value ?? "'x'") WHERE idx = 123"
        }
        changes += [
            "DELETE FROM entries WHERE idx = 100", "DELETE FROM entries WHERE idx = 300",
            "DELETE FROM entries WHERE idx = 549", "UPDATE entries SET idx = 99 WHERE idx = 549",
            "UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE idx = 101) WHERE idx = 102",
            "DELETE FROM entry_details WHERE idx = 120", "UPDATE entry_details SET bytes = x'7b7d' WHERE idx = 120",
            "UPDATE entry_details SET salt = zeroblob(32) WHERE idx = 120",
            "INSERT INTO entry_details VALUES (7, zeroblob(32), x'00')",
            "DELETE FROM tiles WHERE level = 0 AND idx = 1", "DELETE FROM tiles WHERE level = 0 AND idx = 0",
            "UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0 AND idx = 0",
            "UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0 AND idx = 2",
            "UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 1",
            "DELETE FROM checkpoints WHERE number = 300", "DELETE FROM checkpoints",
            "DELETE FROM checkpoints WHERE size > 549", "DELETE FROM checkpoints WHERE size < 110",
            "UPDATE checkpoints SET number = 9223372036854775807 WHERE size = 650",
            "UPDATE checkpoints SET number = number + 500 WHERE size = 650",
            "UPDATE stable_checkpoints SET size = 601", "UPDATE stable_checkpoints SET cosigners = '[\"x\"]'",
            "UPDATE stable_checkpoints SET witnessed = -1", "DELETE FROM stable_checkpoints",
            "UPDATE entries SET time = -1 WHERE idx = 300", "UPDATE entry_details SET idx = -1 WHERE idx = 300",
            "PRAGMA user_version = 7",
            "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 200) WHERE size = 201",
            "UPDATE checkpoints SET time = time + 1 WHERE size = 200",
            "UPDATE checkpoints SET note = CAST(note || '— x AAAAAAAA' || char(10) AS BLOB) WHERE size = 200",
            "UPDATE checkpoints SET note = CAST(replace(CAST(note AS TEXT), 'gbr', 'fra') AS BLOB) WHERE size = 650",
            "UPDATE stable_checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 200)",
            "UPDATE meta SET value = '101' WHERE key = 'archive-first'",
            "UPDATE meta SET value = '551' WHERE key = 'archive-end'",
            "UPDATE meta SET value = '2' WHERE key = 'archive-format'", "DELETE FROM meta WHERE key = 'archive-end'",
            "UPDATE meta SET value = 'fra.example/node/fra-1' WHERE key = 'log-origin'",
            "UPDATE meta SET value = 'x' WHERE key = 'log-key'", "INSERT INTO meta VALUES ('x', 'y')",
            "CREATE TABLE other (x)", "DROP INDEX entries_by_kind",
        ]
        for sql in changes { try changed(sql) { #expect(!$0.isSound, "\(sql)") } }
        #expect(try verify().isSound)
        // Another key under the log's name is a finding, too.
        let other = try NoteSigner(name: NoteKeyName(fixture.node.log), key: .generate(.ed25519)).verifier
        let report = try ArchiveVerification(origin: fixture.node.log, verifier: other).run(path: file)
        #expect(report.findings.contains { $0.subject == .log })
        try remove()
    }

    @Test func `every hash from which an archive's proofs are made is found when it is changed`() async throws {
        try await append(650)
        _ = try await store.archive(.entries(100...299), to: file)
        #expect(try verify().isSound)
        func change(_ place: Int) -> String {
            "CAST(substr(hashes, 1, \(32 * place)) || zeroblob(32) || substr(hashes, \(32 * place + 33)) AS BLOB)"
        }
        for sql in [
            "UPDATE tiles SET hashes = \(change(0)) WHERE level = 1",
            "UPDATE tiles SET hashes = \(change(1)) WHERE level = 1",
            "UPDATE tiles SET hashes = \(change(200)) WHERE level = 0 AND idx = 1",
            "UPDATE tiles SET hashes = \(change(3)) WHERE level = 0 AND idx = 2",
            "INSERT INTO tiles VALUES (5, 77, zeroblob(32))", "INSERT INTO tiles VALUES (9, 0, zeroblob(32))",
            "INSERT INTO tiles VALUES (0, 3, zeroblob(32))", "INSERT INTO tiles VALUES (2, 0, zeroblob(32))",
            "INSERT INTO tiles VALUES (7, 0, zeroblob(32))",
            "UPDATE tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE level = 0 AND idx = 2",
            "UPDATE tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE level = 1",
        ] {
            try changed(sql) { report in
                let subjects = report.findings.map(\.subject)
                #expect(subjects.contains(.tile) || subjects.contains(.checkpoint), "\(sql): \(report.findings)")
            }
        }
        try remove()
    }

    @Test func `an archive is refused beyond the log, over a file, in the data folder, and of an archive`() async throws
    {
        try await append(10)
        try Data("x".utf8).write(to: URL(filePath: file))
        for (scope, path, words) in [
            (.entries(5...10), file + "-2", "expected entries below 10, the size of the log, got 10"),
            (.entries(0...1), file, "is there already"),
            (.entries(0...1), fixture.folder + "/a", "a copy in the data folder"),
            (.entries(0...1), "a", "expected the absolute path of a file, got `a`"),
        ] as [(ArchiveScope, String, String)] {
            let error = try await #require(throws: StoreError.self) { try await store.archive(scope, to: path) }
            #expect("\(error)".contains(words), "\(error)")
        }
        #expect(try Data(contentsOf: URL(filePath: file)) == Data("x".utf8))
        try remove()
        _ = try await store.archive(.entries(0...9), to: file)
        let archive = try LogCopy(path: file)
        let again = try await #require(throws: StoreError.self) {
            try await archive.archive(.entries(0...1), to: file + "-2")
        }
        #expect("\(again)".contains("it is an archive itself"), "\(again)")
        #expect(!FileManager.default.fileExists(atPath: file + "-2"))
        // A node does not begin on one either.
        let folder = fixture.folder + "-2"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        try FileManager.default.copyItem(atPath: file, toPath: folder + "/entente.sqlite")
        let error = #expect(throws: StoreError.self) {
            try RelayStore(folder: folder, node: fixture.node, signer: fixture.signer) { .now() }
        }
        #expect("\(String(describing: error))".contains("another program made it"))
        try FileManager.default.removeItem(atPath: folder)
        try remove()
    }
}
