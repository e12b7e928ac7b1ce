import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

@Suite struct OpeningTests {
    private func start(_ fixture: StoreFixture) -> AuditEntryDraft {
        AuditEntryDraft(.start, .done, realm: .live)
    }

    @Test func `a new store has the signed checkpoint of the empty log`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let signed = try await store.checkpoint()
        #expect(try signed.verify(by: fixture.signer.verifier).head == .empty)
        #expect(signed.checkpoint.origin == fixture.node.log)
    }

    @Test func `the group can pass through the data folder, and only the owner reads what is in it`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        _ = try await store.append(start(fixture))
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        #expect(try mode(fixture.folder) == 0o710)
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder) {
            #expect(try mode(fixture.folder + "/" + name) == 0o600, "\(name)")
        }
    }

    @Test(arguments: [0o700, 0o710, 0o750])
    func `a folder that others cannot enter, nor the group change, stays as it is`(mode: Int) throws {
        let fixture = try StoreFixture()
        try make(fixture.folder, mode: mode)
        let store = try fixture.open()
        #expect(try FileManager.default.attributesOfItem(atPath: fixture.folder)[.posixPermissions] as? Int == mode)
        _ = store
    }

    @Test(arguments: [0o755, 0o711, 0o770, 0o720, 0o702, 0o701, 0o704, 0o777])
    func `a folder that others can enter or the group can change is refused, and nothing made in it`(mode: Int) throws {
        let fixture = try StoreFixture()
        try make(fixture.folder, mode: mode)
        let error = try #require(throws: StoreError.self) { try fixture.open() }
        let got = "got 0\(String(mode, radix: 8))"
        #expect(error.description.contains("expected mode 0710, 0700 or 0750") && error.description.contains(got))
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
    }

    private func make(_ folder: String, mode: Int) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
    }

    @Test func `a second store on the folder is refused and names the process`() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(throws: StoreError.folderInUse(folder: fixture.folder, process: getpid())) { try fixture.open() }
        _ = store
    }

    @Test func `removing files from the folder does not let a second store in`() throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try FileManager.default.removeItem(atPath: fixture.folder + "/lock")
        #expect(throws: StoreError.folderInUse(folder: fixture.folder, process: nil)) { try fixture.open() }
        _ = store
    }

    @Test func `the folder is free again when the store is gone`() throws {
        let fixture = try StoreFixture()
        do {
            let store = try fixture.open()
            _ = store
        }
        _ = try fixture.open()
    }

    @Test(arguments: [
        ("synchronous", "2"), ("journal_mode", "wal"), ("secure_delete", "1"), ("foreign_keys", "1"),
        ("application_id", "1162761285"),
    ])
    func `the writer has the setting`(name: String, value: String) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let got = try await store.writer.perform { transaction in
            try DatabaseValue.fetchOne(transaction.database, sql: "PRAGMA \(name)")?.description
        }.value
        #expect(got?.trimmingCharacters(in: ["\""]) == value)
    }

    @Test func `a reader cannot write`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        await #expect(throws: StoreError.self) {
            try await store.read { try $0.execute(sql: "DELETE FROM streams") }
        }
        #expect(try await store.read { try Int.fetchOne($0, sql: "PRAGMA query_only") } == 1)
    }

    @Test func `reopening continues the log`() async throws {
        let fixture = try StoreFixture()
        var heads: [TreeHead] = []
        for round in 0..<3 {
            let store = try fixture.open()
            try await store.appendMany(300, start(fixture))
            let head = try await store.checkpoint().checkpoint.head
            #expect(head.size == UInt64(300 * (round + 1)))
            if let old = heads.last {
                let proof = try #require(try await store.consistencyProof(from: old.size, to: head.size))
                try proof.verify(oldRoot: old.root, newRoot: head.root)
            }
            heads.append(head)
            try store.close()
        }
        #expect(try fixture.verify().findings == [])
    }

    @Test func `a store knows whether the process before it has left a write-ahead log behind`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        #expect(!store.hasFoundWriteAheadLog)
        _ = try await store.append(start(fixture))
        // What a process that is killed leaves.
        let left = fixture.folder + "-left"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: left)
        for name in ["entente.sqlite", "entente.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(fixture.folder)/\(name)", toPath: "\(left)/\(name)")
        }
        let clock = fixture.clock
        let second = try RelayStore(folder: left, node: fixture.node, signer: fixture.signer) { clock.now }
        #expect(second.hasFoundWriteAheadLog)
        try second.close()
        let third = try RelayStore(folder: left, node: fixture.node, signer: fixture.signer) { clock.now }
        #expect(!third.hasFoundWriteAheadLog)
        try third.close()
        try FileManager.default.removeItem(atPath: left)
    }

    @Test func `a database of another log key is refused`() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let other = try NoteSigner(name: NoteKeyName(fixture.node.log), key: .generate(.ed25519))
        #expect(
            throws: StoreError.otherLog(
                name: "log key",
                expected: other.verifier.verifierKey,
                got: fixture.signer.verifier.verifierKey
            )
        ) {
            try RelayStore(folder: fixture.folder, node: fixture.node, signer: other) { .now() }
        }
    }

    @Test func `a database of another node is refused`() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let other = try StoreFixture.identity("gbr-2")
        let signer = try NoteSigner(name: NoteKeyName(other.log), key: .generate(.ed25519))
        #expect(
            throws: StoreError.otherLog(
                name: "log origin",
                expected: "gbr.example/node/gbr-2",
                got: "gbr.example/node/gbr-1"
            )
        ) {
            try RelayStore(folder: fixture.folder, node: other, signer: signer) { .now() }
        }
    }

    @Test func `a key with another name is refused`() throws {
        let fixture = try StoreFixture()
        let signer = try NoteSigner(name: NoteKeyName("gbr.example/node/gbr-2"), key: .generate(.ed25519))
        #expect(throws: StoreError.self) {
            try RelayStore(folder: fixture.folder, node: fixture.node, signer: signer) { .now() }
        }
    }

    @Test func `a database of a newer release is refused`() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        try tamper(fixture.databasePath) {
            try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99-future')")
        }
        let error = #expect(throws: StoreError.self) { try fixture.open() }
        #expect(error?.description.contains("newer release") == true)
    }

    @Test func `a database of another program is refused`() throws {
        let fixture = try StoreFixture()
        try make(fixture.folder, mode: 0o700)
        let queue = try DatabaseQueue(path: fixture.databasePath)
        try queue.write { try $0.execute(sql: "CREATE TABLE notes (text)") }
        try queue.close()
        let error = #expect(throws: StoreError.self) { try fixture.open() }
        #expect(error?.description.contains("another program") == true)
    }

    @Test(arguments: [
        ("UPDATE entries SET bytes = CAST(replace(bytes, 'done', 'gone') AS BLOB) WHERE idx = 4", "at index 4"),
        ("DELETE FROM entries WHERE idx = 6", "at index 6"),
        ("DELETE FROM entries WHERE idx >= 8", "at index 8"),
        ("UPDATE tiles SET hashes = zeroblob(length(hashes))", "at index 0"),
        ("DELETE FROM checkpoints WHERE size = 10", "at index 9"),
    ])
    func `a damaged log stops the start and the first bad index is named`(sql: String, place: String) async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.appendMany(9, start(fixture))
        _ = try await store.append(start(fixture))
        try store.close()
        try tamper(fixture.databasePath) { try $0.execute(sql: sql) }
        let error = #expect(throws: StoreError.self) { try fixture.open() }
        #expect(error?.description.contains(place) == true, "\(String(describing: error))")
        #expect(error?.description.contains("keep a copy of `\(fixture.folder)` as it is") == true)
    }

    @Test func `a file that is no database any more stops the start, and the error says which and what to do`() throws {
        let fixture = try StoreFixture()
        try fixture.open().close()
        let file = try FileHandle(forWritingTo: URL(filePath: fixture.databasePath))
        try file.write(contentsOf: Data("no SQLite format".utf8))
        try file.close()
        let error = #expect(throws: StoreError.self) { try fixture.open() }
        guard case .damaged(let detail) = error else { return #expect(error == .closed, "expected a damaged database") }
        #expect(detail.contains("file is not a database: keep a copy of `\(fixture.folder)` as it is"), "\(detail)")
    }

    @Test func `a closed store answers that it is closed`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try store.close()
        await #expect(throws: StoreError.closed) { try await store.append(AuditEntryDraft(.stop, .done, realm: .live)) }
    }
}
