import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

/// A change to a stored log, and where verification must find it.
struct Tampering: CustomTestStringConvertible, Sendable {
    let sql: String
    let subject: LogFinding.Subject
    /// The first bad index; nil when the finding is about the log as a whole.
    let index: UInt64?

    init(_ sql: String, _ subject: LogFinding.Subject, at index: UInt64?) {
        self.sql = sql
        self.subject = subject
        self.index = index
    }

    var testDescription: String { sql }
}

/// A sound log of 600 entries in a few commits, to be spoiled.
enum SoundLog {
    static func make() async throws -> StoreFixture {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        for number in 0..<10 {
            _ = try await store.admit(try SampleMessage(number).submission(to: ["fra", "deu"]))
            fixture.clock.advance(milliseconds: 7)
        }
        try await store.appendMany(580, AuditEntryDraft(.start, .done, realm: .live, reasons: ["b", "a"]))
        fixture.clock.advance(milliseconds: 7)
        try store.close()
        return fixture
    }
}

@Suite struct LogVerificationTests {
    /// The first twenty entries are releases, two for each of ten commits, FRA before DEU; 580 `start` entries follow.
    static let tamperings: [Tampering] = [
        // The exact bytes.
        Tampering(
            "UPDATE entries SET bytes = CAST(replace(bytes, 'allowed', 'denied') AS BLOB) WHERE idx = 6",
            .entry,
            at: 6
        ),
        Tampering("UPDATE entries SET bytes = x'00' WHERE idx = 599", .entry, at: 599),
        Tampering("UPDATE entries SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE idx = 30", .entry, at: 30),
        Tampering(
            "UPDATE entries SET bytes = (SELECT bytes FROM entries WHERE idx = 41) WHERE idx = 40",
            .entry,
            at: 40
        ),
        // Columns beside them.
        Tampering("UPDATE entries SET time = time + 1 WHERE idx = 3", .entry, at: 3),
        Tampering("UPDATE entries SET kind = 'relay' WHERE idx = 4", .entry, at: 4),
        Tampering("UPDATE entries SET outcome = 'denied' WHERE idx = 5", .entry, at: 5),
        Tampering("UPDATE entries SET peer = NULL WHERE idx = 6", .entry, at: 6),
        Tampering("UPDATE entries SET peer = 'spiffe://fra.example/node/fra-1' WHERE idx = 300", .entry, at: 300),
        Tampering("UPDATE entries SET message = randomblob(16) WHERE idx = 7", .entry, at: 7),
        Tampering("UPDATE entries SET reasons = '[\"a\",\"b\"]' WHERE idx = 100", .entry, at: 100),
        Tampering("UPDATE entries SET sequence = sequence + 1000 WHERE idx = 8", .entry, at: 8),
        Tampering("UPDATE entries SET destination = 'spiffe://jpn.example/node/jpn-1' WHERE idx = 9", .entry, at: 9),
        Tampering("UPDATE entries SET policy = zeroblob(32) WHERE idx = 10", .entry, at: 10),
        // Rows.
        Tampering("DELETE FROM entries WHERE idx = 0", .entry, at: 0),
        Tampering("DELETE FROM entries WHERE idx = 255", .entry, at: 255),
        Tampering("DELETE FROM entries WHERE idx >= 598", .tile, at: 598),
        Tampering("DELETE FROM entries", .checkpoint, at: 0),
        Tampering(
            "UPDATE entries SET idx = 9999 WHERE idx = 50; UPDATE entries SET idx = 50 WHERE idx = 51; "
                + "UPDATE entries SET idx = 51 WHERE idx = 9999",
            .entry,
            at: 50
        ),
        // Details.
        Tampering("UPDATE entry_details SET salt = zeroblob(32) WHERE idx = 12", .details, at: 12),
        Tampering("UPDATE entry_details SET bytes = CAST('{}x' AS BLOB) WHERE idx = 13", .details, at: 13),
        Tampering(
            "UPDATE entry_details SET bytes = (SELECT bytes FROM entry_details WHERE idx = 599) WHERE idx = 2",
            .details,
            at: 2
        ),
        Tampering("INSERT INTO entry_details VALUES (7000, zeroblob(32), x'7b7d')", .details, at: 7000),
        // Tiles.
        Tampering("UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0 AND idx = 1", .tile, at: 256),
        Tampering(
            "UPDATE tiles SET hashes = CAST(substr(hashes, 1, 320) || zeroblob(32) || substr(hashes, 353) AS BLOB) "
                + "WHERE level = 0 AND idx = 2",
            .tile,
            at: 522
        ),
        Tampering("UPDATE tiles SET hashes = zeroblob(64) WHERE level = 1", .tile, at: 0),
        Tampering("UPDATE tiles SET hashes = substr(hashes, 1, 64) WHERE level = 0 AND idx = 2", .tile, at: 514),
        Tampering("DELETE FROM tiles WHERE level = 0 AND idx = 1", .tile, at: 256),
        Tampering("DELETE FROM tiles WHERE level = 1", .tile, at: 0),
        Tampering("INSERT INTO tiles VALUES (0, 9, zeroblob(32))", .tile, at: nil),
        Tampering("INSERT INTO tiles VALUES (3, 0, zeroblob(32))", .tile, at: nil),
        // Checkpoints.
        Tampering("UPDATE checkpoints SET size = 7 WHERE size = 8", .checkpoint, at: 6),
        Tampering("UPDATE checkpoints SET time = time + 1 WHERE size = 8", .checkpoint, at: 6),
        Tampering("UPDATE checkpoints SET note = x'00' WHERE size = 8", .checkpoint, at: 6),
        Tampering(
            "UPDATE checkpoints SET note = CAST(note || '— x AAAAAAAA' || char(10) AS BLOB) WHERE size = 8",
            .checkpoint,
            at: 6
        ),
        Tampering(
            "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 6) WHERE size = 8",
            .checkpoint,
            at: 6
        ),
        Tampering(
            "UPDATE checkpoints SET note = CAST(substr(note, 1, length(note) - 20) || 'AAAA' "
                + "|| substr(note, length(note) - 15) AS BLOB) WHERE size = 600",
            .checkpoint,
            at: nil
        ),
        Tampering("DELETE FROM checkpoints WHERE size = 8", .checkpoint, at: 6),
        Tampering("DELETE FROM checkpoints WHERE size = 600", .checkpoint, at: nil),
        Tampering("DELETE FROM checkpoints", .checkpoint, at: 0),
        // The log as a whole.
        Tampering("UPDATE meta SET value = 'gbr.example/node/gbr-9' WHERE key = 'log-origin'", .log, at: nil),
        Tampering("DELETE FROM meta WHERE key = 'log-key'", .log, at: nil),
    ]

    @Test func `a log is sound, and every part of it was looked at`() async throws {
        let fixture = try await SoundLog.make()
        let report = try fixture.verify()
        #expect(report.findings == [])
        #expect(report.isSound)
        #expect(report.entryCount == 600)
        #expect(report.detailsCount == 600)
        #expect(report.erasedCount == 0)
        #expect(report.tileCount == 4)
        #expect(report.checkpointCount >= 12)
        #expect(report.head?.size == 600)
        #expect(report.origin == "gbr.example/node/gbr-1")
    }

    @Test func `every change to a stored log is found where it was made`() async throws {
        let fixture = try await SoundLog.make()
        for tampering in Self.tamperings {
            let copy = fixture.folder + "/copy.sqlite"
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: fixture.databasePath, toPath: copy)
            try tamper(copy) { try $0.execute(sql: tampering.sql) }
            let report = try fixture.verify(copy)
            let comment = Comment(rawValue: "\(tampering.sql): \(report.findings.prefix(3))")
            #expect(!report.isSound, comment)
            let found = report.findings.filter { $0.subject == tampering.subject }
            if let index = tampering.index {
                #expect(found.contains { $0.index == index }, comment)
                #expect(report.firstBadIndex == index, comment)
            } else {
                #expect(!found.isEmpty, comment)
            }
        }
    }

    @Test func `a log that was rewritten with tiles and signed by another key is found`() async throws {
        let forger = try StoreFixture()
        let store = try forger.open()
        try await store.appendMany(20, AuditEntryDraft(.start, .done, realm: .live))
        try store.close()
        let honest = try StoreFixture()
        let report = try LogVerification(origin: honest.node.log, verifier: honest.signer.verifier)
            .run(path: forger.databasePath)
        #expect(!report.isSound)
        #expect(try LogVerification().run(path: forger.databasePath).isSound, "it agrees with itself")
    }

    @Test func `entries and tiles altered alike are found by the checkpoint that first covers them`() async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { database in
            let row = try #require(try Row.fetchOne(database, sql: "SELECT bytes FROM entries WHERE idx = 6"))
            let text = String(decoding: try row.bytes(0), as: UTF8.self)
            let changed = Array(text.replacing("fra-1", with: "fra-2").utf8)
            let entry = try AuditEntry(canonicalBytes: changed)
            try database.execute(
                sql: "UPDATE entries SET bytes = ?, destination = ? WHERE idx = 6",
                arguments: [changed.blob, entry.destination?.description]
            )
            let coordinate = TileCoordinate(level: 0, index: 0)
            var hashes = try TileTable.hashes(at: coordinate, in: database)
            hashes[6] = MerkleTree.leafHash(changed)
            try TileTable.upsert(hashes, at: coordinate, in: database)
            var tree = AppendableTree()
            tree.append(hashes)
            let root = tree.takeChangedTiles().filter { $0.0.level == 1 }
            for (coordinate, roots) in root {
                var stored = try TileTable.hashes(at: coordinate, in: database)
                stored[0] = roots[0]
                try TileTable.upsert(stored, at: coordinate, in: database)
            }
        }
        let report = try fixture.verify()
        #expect(report.findings.contains { $0.subject == .checkpoint && $0.index == 6 }, "\(report.findings)")
        #expect(!report.findings.contains { $0.subject == .tile })
        #expect(report.firstBadIndex == 6)
    }

    @Test func `a bit changed in any byte of an entry is found, and its index named`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.admit(try SampleMessage(0).submission(to: ["fra", "deu"]))
        let bytes = try #require(await store.entry(index: 1)).bytes
        try store.close()
        #expect(try fixture.verify().findings == [])
        for place in bytes.indices {
            let changed = bytes[place] ^ 1
            let sql = """
                UPDATE entries SET bytes = CAST(substr(bytes, 1, \(place)) || x'\(Hex.encode([changed]))'
                || substr(bytes, \(place + 2)) AS BLOB) WHERE idx = 1
                """
            try tamper(fixture.databasePath) { try $0.execute(sql: sql) }
            let report = try fixture.verify()
            #expect(report.firstBadIndex == 1, "byte \(place)")
            #expect(report.findings.contains { $0.index == 1 }, "byte \(place)")
            try tamper(fixture.databasePath) { database in
                try database.execute(sql: "UPDATE entries SET bytes = ? WHERE idx = 1", arguments: [Data(bytes)])
            }
        }
        #expect(try fixture.verify().findings == [])
    }

    @Test func `details that are gone are named, as no entry says that they were erased`() async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { try $0.execute(sql: "DELETE FROM entry_details WHERE idx IN (1, 599)") }
        let report = try fixture.verify()
        #expect(report.findings.map(\.index) == [1, 599])
        #expect(report.findings.allSatisfy { $0.subject == .details })
        #expect(report.erasedCount == 2)
        #expect(report.unexplainedErasureCount == 2)
        #expect(report.detailsCount == 598)
    }

    @Test func `the log of a running node is verified while it writes`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.appendMany(50, AuditEntryDraft(.start, .done, realm: .live))
        #expect(try await store.verifyLog().findings == [])
        let outside = try fixture.verify()
        #expect(outside.findings == [])
        #expect(outside.entryCount == 50)
        try await store.appendMany(50, AuditEntryDraft(.start, .done, realm: .live))
        #expect(try await store.verifyLog().entryCount == 100)
    }

    @Test func `there is nothing to verify where there is no database`() {
        #expect(throws: StoreError.self) { try LogVerification().run(path: "/nonexistent/entente.sqlite") }
    }
}

@Suite struct VerificationSinceTests {
    private func verify(_ store: FullStore, since: SignedCheckpoint?) throws -> LogReport {
        try LogVerification(origin: store.fixture.node.log, verifier: store.fixture.signer.verifier, since: since)
            .run(path: store.fixture.databasePath)
    }

    @Test func `what came after a checkpoint is verified alone, and the log is proven to go on from it`() async throws {
        let store = try await FullStore.make()
        let whole = try verify(store, since: nil)
        let report = try verify(store, since: store.middle)
        #expect(report.findings == [])
        #expect(report.start == store.middle.checkpoint.head.size)
        #expect(report.start > 0)
        #expect(report.entryCount == whole.entryCount - Int(report.start))
        #expect(report.head == whole.head)
        #expect(report.proven == whole.head)
        #expect(report.rowCount < whole.rowCount)
        let last = try LogCopy(path: store.fixture.databasePath).checkpoint()
        let nothing = try verify(store, since: last)
        #expect(nothing.findings == [])
        #expect(nothing.entryCount == 0)
    }

    @Test func `a log that was cut back to an earlier state is found by a later checkpoint`() async throws {
        let store = try await FullStore.make()
        let path = store.fixture.databasePath
        let earlier = store.fixture.folder + "/earlier.sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: earlier)
        let open = try store.fixture.open()
        _ = try await open.append(AuditEntryDraft(.start, .done, realm: .live))
        let later = try await open.checkpoint()
        try open.close()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: earlier, toPath: path)
        #expect(try verify(store, since: nil).isSound, "it agrees with itself")
        let report = try verify(store, since: later)
        #expect(report.findings.map(\.subject) == [.checkpoint])
        #expect(report.firstBadIndex == later.checkpoint.head.size - 1)
        #expect(report.findings[0].detail.contains("cut back"))
    }

    @Test func `a log that forks behind a checkpoint is found, though its key has signed it`() async throws {
        let store = try await FullStore.make()
        let head = TreeHead(size: store.middle.checkpoint.head.size, root: .hash([1]))
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: store.fixture.node.log, head: head),
            by: store.fixture.signer
        )
        let report = try verify(store, since: other)
        #expect(!report.isSound)
        #expect(report.findings[0].detail.contains("does not go on"))
        #expect(report.start == 0, "it begins with the first entry then")
        #expect(report.head?.size == UInt64(report.entryCount))
    }

    @Test func `a checkpoint of another key or log is refused, and says nothing about this one`() async throws {
        let store = try await FullStore.make()
        let other = try NoteSigner(name: NoteKeyName(store.fixture.node.log), key: .generate(.ed25519))
        let forged = try SignedCheckpoint(signing: store.middle.checkpoint, by: other)
        #expect(throws: StoreError.self) { try verify(store, since: forged) }
    }

    @Test(arguments: [
        "UPDATE entries SET time = time + 1 WHERE idx = (SELECT max(idx) FROM entries)",
        "UPDATE entries SET bytes = x'00' WHERE idx = (SELECT max(idx) FROM entries)",
        "UPDATE messages SET originator = 'GBR/j9' WHERE row = (SELECT max(row) FROM messages)",
        "DELETE FROM bodies WHERE message = (SELECT max(row) FROM messages)",
        "UPDATE outbox SET closing_entry = closing_entry + 1000 WHERE row = 1",
        "UPDATE inbox SET mailbox = 'j9' WHERE seq = (SELECT max(seq) FROM inbox)",
        "UPDATE inbox SET receipt = x'ff00' WHERE receipt IS NOT NULL AND seq = (SELECT min(seq) FROM inbox WHERE receipt IS NOT NULL)",
        "DELETE FROM outbox WHERE row = (SELECT max(row) FROM outbox)",
        "DELETE FROM inbox WHERE seq = (SELECT max(seq) FROM inbox)",
        "UPDATE streams SET last_sequence = last_sequence + 1",
        "UPDATE receipts SET received = received + 1",
        "UPDATE custody SET entry_count = 2 WHERE first_entry = (SELECT max(first_entry) FROM custody)",
    ])
    func `a change behind the checkpoint is found`(sql: String) async throws {
        let store = try await FullStore.make()
        try tamper(store.fixture.databasePath) {
            try $0.execute(sql: sql)
            #expect($0.changesCount > 0)
        }
        let report = try verify(store, since: store.middle)
        #expect(!report.isSound)
        #expect(report.start > 0)
    }

    @Test func `how far a log is still proven is its last signed tree before what is bad`() async throws {
        let store = try await FullStore.make()
        let size = store.middle.checkpoint.head.size
        try tamper(store.fixture.databasePath) {
            try $0.execute(sql: "UPDATE entries SET bytes = x'00' WHERE idx = ?", arguments: [Int64(size)])
        }
        let report = try verify(store, since: nil)
        #expect(report.firstBadIndex == size)
        #expect(report.proven == store.middle.checkpoint.head)
        let other = try NoteSigner(name: NoteKeyName(store.fixture.node.log), key: .generate(.ed25519))
        let forged = try LogVerification(origin: store.fixture.node.log, verifier: other.verifier)
            .run(path: store.fixture.databasePath)
        #expect(forged.proven == nil)
    }
}
