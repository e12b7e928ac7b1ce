import Foundation
import GRDB
import TestSupport
import Testing

@testable import RelayStorage

/// What is read from the pages of a file against what SQLite reads from it.
@Suite struct PageRowsTests {
    /// A table of all kinds of values, with an index over two columns; some rows deleted, some too large for a page.
    private static func makeDatabase(pageSize: Int, rows: Int, seed: UInt64) throws -> String {
        let path = NSTemporaryDirectory() + "entente-pages-\(UUID().uuidString).sqlite"
        var random = SeededGenerator(seed: seed)
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA page_size = \(pageSize)") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { database in
            try database.execute(sql: "CREATE TABLE things (a, id INTEGER PRIMARY KEY, b, c)")
            try database.execute(sql: "CREATE INDEX things_by_b ON things (b, a)")
            for number in 0..<rows {
                let id = Int64(number) * Int64.random(in: 1...3, using: &random) + Int64(number) * 3 - 200
                try database.execute(
                    sql: "INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)",
                    arguments: [value(&random), id, value(&random), value(&random)]
                )
            }
            try database.execute(sql: "DELETE FROM things WHERE id % 5 = 0")
        }
        try queue.close()
        return path
    }

    private static func value(_ random: inout SeededGenerator) -> DatabaseValue {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: .null
        case 1: Int64.random(in: 0...1, using: &random).databaseValue
        case 2:
            (Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random)).databaseValue
        case 3: Double.random(in: -1e9...1e9, using: &random).databaseValue
        case 4: "".databaseValue
        case 5: String(repeating: "é", count: Int.random(in: 1..<90, using: &random)).databaseValue
        case 6: Data().databaseValue
        case 7: Data(repeating: 7, count: Int.random(in: 1..<400, using: &random)).databaseValue
        default: Data(repeating: 9, count: Int.random(in: 0..<20_000, using: &random)).databaseValue
        }
    }

    private static func all<Rows: StoredRows & ~Copyable>(_ rows: consuming Rows, _ width: Int32) throws
        -> [[DatabaseValue]]
    {
        var rows = rows
        var all: [[DatabaseValue]] = []
        while try rows.next() {
            for column in 0..<width {
                // Each kind of look at a value says the same as the whole of it.
                let value = rows.value(column)
                #expect(rows.isNull(column) == value.isNull)
                #expect(
                    rows.integer(column) == { if case .int64(let number) = value.storage { number } else { nil } }()
                )
                #expect(rows.text(column).map { String(decoding: $0, as: UTF8.self) } == String.fromText(value))
                #expect(rows.blob(column).map { Data($0) } == Data.fromBlob(value))
            }
            all.append((0..<width).map { rows.value($0) })
        }
        return all
    }

    @Test(arguments: [512, 1024, 4096, 65_536]) func `pages give the rows that SQLite gives`(pageSize: Int) throws {
        for (seed, count) in [(1, 0), (2, 1), (3, 300), (4, 1500)] {
            let path = try Self.makeDatabase(pageSize: pageSize, rows: count, seed: UInt64(seed))
            defer { try? FileManager.default.removeItem(atPath: path) }
            try StoreDatabase.openReadOnly(path: path).read { database in
                let pages = try #require(try DatabasePages(of: database))
                for first in [Int64.min, -150, 0, 601, .max] {
                    let expected = try Self.all(
                        RowReader("SELECT id, c, a, b FROM things WHERE id >= ? ORDER BY id", [first], in: database),
                        4
                    )
                    let found = try Self.all(
                        pages.rows(of: "things", ["id", "c", "a", "b"], from: first, in: database),
                        4
                    )
                    #expect(found == expected)
                }
                let expected = try Self.all(
                    RowReader("SELECT b, a, id FROM things INDEXED BY things_by_b ORDER BY b, a, id", in: database),
                    3
                )
                #expect(try Self.all(pages.rows(ofIndex: "things_by_b", columns: 3, in: database), 3) == expected)
            }
        }
    }

    @Test func `a file whose commits stand in a write-ahead log beside it is left to SQLite`() throws {
        let path = try Self.makeDatabase(pageSize: 4096, rows: 10, seed: 1)
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let writer = try DatabasePool(path: path)
        try writer.write { try $0.execute(sql: "DELETE FROM things") }
        let reader = try StoreDatabase.openReadOnly(path: path)
        #expect(try reader.read { try DatabasePages(of: $0) } == nil)
        try writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let isRead = try reader.read { database in
            // The transaction begins with the first look.
            #expect(try database.integer("SELECT count(*) FROM things") == 0)
            return try DatabasePages(of: database) != nil
        }
        #expect(isRead)
    }

    @Test func `texts in another encoding are left to SQLite`() throws {
        let path = NSTemporaryDirectory() + "entente-pages-\(UUID().uuidString).sqlite"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x)") }
        #expect(try queue.read { try DatabasePages(of: $0) } == nil)
    }

    /// SQLite reads the rows of such a page and refuses to write to it.
    @Test func `a list of free blocks that is none is malformed, on whatever page`() throws {
        let path = try Self.makeDatabase(pageSize: 512, rows: 200, seed: 9)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let queue = try DatabaseQueue(path: path)
        // So that no page is free.
        try queue.vacuum()
        try queue.close()
        func read() throws {
            try StoreDatabase.openReadOnly(path: path).read { database in
                let pages = try #require(try DatabasePages(of: database))
                _ = try Self.all(pages.rows(of: "things", ["id", "c", "a", "b"], from: .min, in: database), 4)
                _ = try Self.all(pages.rows(ofIndex: "things_by_b", columns: 3, in: database), 3)
            }
        }
        try read()
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        var damaged = 0
        for page in 1..<sound.count / 512 where [0x02, 0x05, 0x0a, 0x0d].contains(sound[page * 512]) {
            damaged += 1
            for block in [0x0001, 0x01fe] {
                var bytes = sound
                bytes[page * 512 + 1] = UInt8(block >> 8)
                bytes[page * 512 + 2] = UInt8(block & 0xff)
                try bytes.write(to: URL(fileURLWithPath: path))
                #expect(throws: DatabaseError.self, "page \(page + 1), free block at \(block)") { try read() }
            }
        }
        #expect(damaged > 20)
    }

    /// Bytes changed at random: the pages may give other rows, or say that they are malformed, and nothing else.
    @Test func `damage never leads outside of a page`() throws {
        let path = try Self.makeDatabase(pageSize: 512, rows: 200, seed: 9)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        var random = SeededGenerator(seed: 10)
        var malformed = 0
        for _ in 0..<600 {
            var bytes = sound
            // Behind the first page, which SQLite itself reads; what says how a page is laid out stands at its start.
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let page = Int.random(in: 1..<bytes.count / 512, using: &random) * 512
                let byte = Int.random(in: 0..<(Bool.random(using: &random) ? 40 : 512), using: &random)
                bytes[page + byte] = .random(in: .min ... .max, using: &random)
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            try StoreDatabase.openReadOnly(path: path).read { database in
                let pages = try #require(try DatabasePages(of: database))
                do {
                    _ = try Self.all(pages.rows(of: "things", ["id", "c", "a", "b"], from: .min, in: database), 4)
                    _ = try Self.all(pages.rows(ofIndex: "things_by_b", columns: 3, in: database), 3)
                } catch let error as DatabaseError {
                    #expect(error.resultCode == .SQLITE_CORRUPT)
                    malformed += 1
                }
            }
        }
        #expect(malformed > 50)
    }
}

extension String {
    fileprivate static func fromText(_ value: DatabaseValue) -> String? {
        if case .string(let text) = value.storage { text } else { nil }
    }
}

extension Data {
    fileprivate static func fromBlob(_ value: DatabaseValue) -> Data? {
        if case .blob(let data) = value.storage { data } else { nil }
    }
}
