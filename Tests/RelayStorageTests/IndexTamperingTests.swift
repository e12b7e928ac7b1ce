import Foundation
import GRDB
import Testing
import TransparencyLog

@testable import RelayStorage

/// Indexes that do not hold what their tables do: a search by them misses entries, or shows others, while each row and
/// each hash is as it should be.
@Suite struct IndexTamperingTests {
    /// Makes an index hold something else, and leaves the schema as it was.
    private static func rebuild(_ name: String, as definition: (String) -> String, _ database: Database) throws {
        let sql = try #require(
            try String.fetchOne(database, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: [name])
        )
        try database.execute(sql: "DROP INDEX \(name)")
        try database.execute(sql: definition(sql))
        try database.execute(sql: "PRAGMA writable_schema = ON")
        try database.execute(sql: "UPDATE sqlite_schema SET sql = ? WHERE name = ?", arguments: [sql, name])
        try database.execute(sql: "PRAGMA writable_schema = RESET")
    }

    private static func indexes(_ path: String) throws -> [(name: String, table: String)] {
        try StoreDatabase.openReadOnly(path: path).read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
            ).map { (try $0.text(0), try $0.text(1)) }
        }
    }

    private static func copy(_ path: String) throws -> String {
        let copy = NSTemporaryDirectory() + "entente-index-\(UUID().uuidString).sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        return copy
    }

    @Test func `what is only called like the tables of SQLite is found, and those are not`() async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { try $0.execute(sql: "ANALYZE") }
        #expect(try fixture.verify().findings.isEmpty)
        try tamper(fixture.databasePath) { database in
            try database.execute(sql: "CREATE TABLE hidden (a, b)")
            try database.execute(sql: "PRAGMA writable_schema = ON")
            try database.execute(
                sql: """
                    UPDATE sqlite_schema SET name = 'sqlite_stat_h', tbl_name = 'sqlite_stat_h',
                        sql = 'CREATE TABLE sqlite_stat_h (a, b)' WHERE name = 'hidden';
                    INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('trigger', 'sqlite_stat1',
                        'entry_details', 0, 'CREATE TRIGGER sqlite_stat1 BEFORE DELETE ON entry_details
                            BEGIN INSERT INTO sqlite_stat_h VALUES (OLD.idx, OLD.bytes); END');
                    """
            )
            try database.execute(sql: "PRAGMA writable_schema = OFF")
        }
        let findings = try fixture.verify().findings.map(\.detail)
        #expect(findings.contains { $0.contains("sqlite_stat_h") }, "\(findings)")
        #expect(findings.contains { $0.contains("sqlite_stat1") }, "\(findings)")
    }

    @Test func `a table that stands on the pages of another is found`() async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { database in
            try database.execute(sql: "PRAGMA writable_schema = ON")
            try database.execute(
                sql: """
                    INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', 'sqlite_stat1',
                        'sqlite_stat1', (SELECT rootpage FROM sqlite_schema WHERE name = 'checkpoints'),
                        'CREATE TABLE sqlite_stat1(tbl,idx,stat)')
                    """
            )
            try database.execute(sql: "PRAGMA writable_schema = OFF")
        }
        let findings = try fixture.verify().findings
        #expect(
            findings.contains { $0.subject == .schema && $0.detail.contains("is that of checkpoints, sqlite_stat1") },
            "\(findings)"
        )
    }

    /// SQLite writes what comes next to a page of the list of free ones (file format section 1.5).
    @Test func `a page of entries on the list of free ones is found, and a list that is none`() async throws {
        let fixture = try await SoundLog.make()
        let sound = try Data(contentsOf: URL(filePath: fixture.databasePath))
        let roots = try await StoreDatabase.openReadOnly(path: fixture.databasePath).read { database in
            try ["entries", "entry_details", "entries_by_kind"].map { name in
                try #require(
                    try UInt32.fetchOne(
                        database,
                        sql: "SELECT rootpage FROM sqlite_schema WHERE name = ?",
                        arguments: [name]
                    )
                )
            }
        }
        func bytes(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        let size = Int(sound[16]) << 8 | Int(sound[17])
        let count = UInt32(sound.count / size)
        func verify(listing page: UInt32, of claimed: UInt32) throws -> [LogFinding] {
            var changed = sound
            changed.replaceSubrange(28..<40, with: bytes(count + 1) + bytes(count + 1) + bytes(claimed))
            let trunk = bytes(0) + bytes(1) + bytes(page)
            changed.append(contentsOf: trunk + [UInt8](repeating: 0, count: size - trunk.count))
            let path = NSTemporaryDirectory() + "entente-free-\(UUID().uuidString).sqlite"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try changed.write(to: URL(filePath: path))
            return try fixture.verify(path).findings
        }
        for root in roots {
            let findings = try verify(listing: root, of: 2)
            #expect(
                findings.contains { $0.detail.contains("page \(root) holds rows, and stands on the list") },
                "\(findings)"
            )
        }
        for (page, claimed, words) in [
            (count + 9, 2, "names page \(count + 9), which is none"), (count + 1, 2, "or twice"),
            (1, 2, "names page 1"), (roots[0], 3, "holds rows"),
        ] as [(UInt32, UInt32, String)] {
            let findings = try verify(listing: page, of: claimed)
            #expect(findings.contains { $0.subject == .schema && $0.detail.contains(words) }, "\(page): \(findings)")
        }
    }

    @Test func `every index of the entries is known to the verification`() async throws {
        let fixture = try await SoundLog.make()
        let stored = try Self.indexes(fixture.databasePath).filter { $0.table == "entries" }.map(\.name)
        #expect(EntryIndex.all.map(\.name).sorted() == stored)
    }

    /// Of an index that holds anything, one row is left out, wherever it stands.
    @Test func `an index with a row too few is found, whatever table it is of`() async throws {
        let full = try await FullStore.make()
        var tried: Set<String> = []
        for (index, table) in try Self.indexes(full.fixture.databasePath) {
            let path = try Self.copy(full.fixture.databasePath)
            defer { try? FileManager.default.removeItem(atPath: path) }
            var isChanged = false
            try tamper(path) { database in
                let condition = try Row.fetchOne(
                    database,
                    sql: "SELECT sql FROM sqlite_schema WHERE name = ?",
                    arguments: [index]
                )?
                .text(0).components(separatedBy: " WHERE ").dropFirst().first
                let key = try Self.key(of: table, database)
                let clause = condition.map { "WHERE \($0)" } ?? ""
                guard let row = try Row.fetchOne(database, sql: "SELECT \(key) FROM \(table) \(clause) LIMIT 1") else {
                    return
                }
                let value: DatabaseValue = row[0]
                let literal = try #require(try String.fetchOne(database, sql: "SELECT quote(?)", arguments: [value]))
                try Self.rebuild(
                    index,
                    as: { sql in
                        sql + (condition == nil ? " WHERE " : " AND ") + "\(key) IS NOT \(literal)"
                    },
                    database
                )
                isChanged = true
            }
            guard isChanged else { continue }
            tried.insert(table)
            let report = try full.fixture.verify(path)
            #expect(
                report.findings.contains { $0.subject == .index && $0.detail.contains(index) },
                "\(index): \(report.findings)"
            )
        }
        #expect(tried.isSuperset(of: ["entries", "outbox", "inbox"]))
    }

    private static func key(of table: String, _ database: Database) throws -> String {
        try #require(
            try String.fetchOne(
                database,
                sql: "SELECT name FROM pragma_table_info(?) ORDER BY pk = 0, cid",
                arguments: [table]
            )
        )
    }

    @Test(arguments: [
        ("entries_by_kind", "CREATE INDEX entries_by_kind ON entries (kind DESC)"),
        ("entries_by_kind", "CREATE INDEX entries_by_kind ON entries (outcome)"),
        ("entries_by_outcome", "CREATE INDEX entries_by_outcome ON entries (lower(kind))"),
        ("entries_by_peer", "CREATE INDEX entries_by_peer ON entries (kind) WHERE peer IS NOT NULL"),
        ("entries_by_reasons", "CREATE INDEX entries_by_reasons ON entries (reasons)"),
        (
            "entries_by_message",
            "CREATE INDEX entries_by_message ON entries (message) WHERE message IS NOT NULL AND idx > 2"
        ),
    ])
    func `rows in another order, of other values or too many are found, with and without a write-ahead log`(
        name: String,
        definition: String
    ) async throws {
        let fixture = try await SoundLog.make()
        try tamper(fixture.databasePath) { try Self.rebuild(name, as: { _ in definition }, $0) }
        let report = try fixture.verify()
        #expect(
            report.findings.contains { $0.subject == .index && $0.detail.contains("`\(name)`") },
            "\(report.findings)"
        )
        // The entries themselves are proven all the same.
        #expect(report.proven?.size == 600)

        let path = fixture.databasePath
        let writer = try DatabasePool(path: path)
        try await writer.write { try $0.execute(sql: "PRAGMA user_version = 1; PRAGMA user_version = 0") }
        #expect(!DatabaseFile.hasEmptyWriteAheadLog(path))
        let live = try fixture.verify()
        #expect(live.findings.contains { $0.subject == .index && $0.detail.contains("`\(name)`") }, "\(live.findings)")
        try writer.close()
    }

    /// A search by number goes from page to page by such numbers; reading all rows in turn never looks at them.
    @Test func `a page that leads a search by number astray is found`() async throws {
        let fixture = try await SoundLog.make()
        let (root, size) = try await StoreDatabase.openReadOnly(path: fixture.databasePath).read { database in
            (
                Int(try #require(try database.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'entries'"))),
                Int(try #require(try database.integer("PRAGMA page_size")))
            )
        }
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.databasePath))
        let start = (root - 1) * size
        try file.seek(toOffset: UInt64(start))
        var page = [UInt8](try #require(try file.read(upToCount: size)))
        #expect(page[0] == 5)
        // The first cell: a page and the highest number on it, here of one byte.
        let cell = Int(page[12]) << 8 | Int(page[13])
        #expect(page[cell + 4] > 1 && page[cell + 4] < 0x80)
        page[cell + 4] -= 1
        try file.seek(toOffset: UInt64(start))
        try file.write(contentsOf: Data(page))
        try file.close()
        let report = try fixture.verify()
        #expect(
            report.findings.contains { $0.subject == .index && $0.detail.contains("`entries`") },
            "\(report.findings)"
        )
    }
}
