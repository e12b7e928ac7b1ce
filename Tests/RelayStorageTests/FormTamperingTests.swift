import CanonicalEncoding
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// Values that no node writes: what comparisons count with must neither hide a row from them nor end the program.
@Suite struct FormTamperingTests {
    private static func columns(_ type: String, _ database: Database) throws -> [(table: String, column: String)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'grdb_migrations' AND c.type = ?
                ORDER BY m.name, c.cid
                """,
            arguments: [type]
        ).map { (try $0.text(0), try $0.text(1)) }
    }

    private static func copy(_ path: String) throws -> String {
        let copy = NSTemporaryDirectory() + "entente-form-\(UUID().uuidString).sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        return copy
    }

    @Test(arguments: [Int64.max, .max - 1, -1, .min])
    func `a number that no node writes is found in every column`(number: Int64) async throws {
        let full = try await FullStore.make().fixture
        let columns = try await StoreDatabase.openReadOnly(path: full.databasePath).read {
            try Self.columns("INTEGER", $0)
        }
        for (table, column) in columns {
            let path = try Self.copy(full.databasePath)
            defer { try? FileManager.default.removeItem(atPath: path) }
            var isChanged = false
            try tamper(path) { database in
                let last = try database.integer("SELECT max(\(column)) FROM \(table)")
                try database.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE \(column) IS ?",
                    arguments: [number, last]
                )
                isChanged = database.changesCount > 0
            }
            let isSound = try full.verify(path).isSound
            #expect(!isSound == isChanged, "\(table).\(column)")
        }
        #expect(columns.count > 50)
    }

    @Test func `a text that goes on behind a zero byte is found in every column`() async throws {
        let full = try await FullStore.make().fixture
        let columns = try await StoreDatabase.openReadOnly(path: full.databasePath).read {
            try Self.columns("TEXT", $0)
        }
        for (table, column) in columns {
            let path = try Self.copy(full.databasePath)
            defer { try? FileManager.default.removeItem(atPath: path) }
            var isChanged = false
            try tamper(path) { database in
                try database.execute(sql: "UPDATE \(table) SET \(column) = \(column) || char(0) || 'z'")
                isChanged = try database.integer("SELECT count(*) FROM \(table) WHERE \(column) IS NOT NULL") != 0
            }
            let report = try full.verify(path)
            #expect(!report.isSound == isChanged, "\(table).\(column)")
        }
        #expect(columns.count > 20)
    }

    @Test func `an entry before the first one is found`() async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { database in
            try database.execute(
                sql: """
                    INSERT INTO entries SELECT -1, time, kind, outcome, peer, message, reasons, sequence, destination,
                        policy, bytes FROM entries WHERE idx = 300
                    """
            )
        }
        let report = try fixture.verify()
        #expect(report.findings.contains { $0.subject == .entry && $0.detail.contains("`idx`") })
        #expect(report.proven?.size == 600)
    }

    @Test(arguments: ["receipts", "entries", "checkpoints", "tiles", "outbox", "forks"])
    func `a table that is gone is a broken log, not a failure to read one`(table: String) async throws {
        let fixture = try await SoundLog.make()
        let queue = try DatabaseQueue(path: fixture.databasePath)
        try await queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA foreign_keys = OFF; DROP TABLE \(table)")
        }
        try queue.close()
        let report = try fixture.verify()
        #expect(report.findings.contains { $0.subject == .schema && $0.detail.contains("`\(table)`") })
    }

    /// Another node's proof is no row of this log, and proves itself: its entry, its place, and who signed the tree.
    @Test(arguments: ["nonce", "outcome", "policy", "root", "key", "index"])
    func `another node's proof that was altered is found`(part: String) async throws {
        let full = try await FullStore.make().fixture
        try tamper(full.databasePath) { database in
            let row = try #require(try database.first("SELECT row, release FROM inbound_numbers ORDER BY row LIMIT 1"))
            let link = try TransferLink(stored: row.bytes(1))
            var entry = String(decoding: link.entryBytes, as: UTF8.self)
            var lines = String(decoding: link.proof.bytes, as: UTF8.self).components(separatedBy: "\n")
            let blank = try #require(lines.firstIndex(of: ""))
            switch part {
            case "nonce":
                entry = entry.replacing(try Regex("\"nonce\":\"...."), with: "\"nonce\":\"0000", maxReplacements: 1)
            case "outcome": entry = entry.replacing("\"allowed\"", with: "\"denied\"")
            case "policy":
                entry = entry.replacing(try Regex("\"policy\":\"...."), with: "\"policy\":\"0000", maxReplacements: 1)
            case "index": lines[1] = "index 77"
            case "root": lines[blank + 3] = Data(repeating: 3, count: 32).base64EncodedString()
            default:
                // The log is known under another key than the one that signed.
                let name = try NoteKeyName(link.entry.log)
                try database.execute(
                    sql: "INSERT OR REPLACE INTO known_logs SELECT origin, ? FROM inbound_streams",
                    arguments: [try NoteSigner(name: name, key: .generate(.ed25519)).verifier.verifierKey]
                )
                return
            }
            let altered = JSONValue.object([
                "entry": .string(Data(entry.utf8).base64EncodedString()),
                "proof": .string(lines.joined(separator: "\n")),
            ])
            #expect(altered.canonicalText != String(decoding: try row.bytes(1), as: UTF8.self))
            try database.execute(
                sql: "UPDATE inbound_numbers SET release = CAST(? AS BLOB) WHERE row = ?",
                arguments: [altered.canonicalText, try row.integer(0)]
            )
        }
        let report = try full.verify()
        #expect(report.findings.contains { $0.subject == .stream }, "\(report.findings)")
    }
}
