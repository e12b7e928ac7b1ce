import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// Changes to every column and every row of every table, made from the schema as it is: a table or column that nobody
/// thought of when verification was written is changed too, and not found.
@Suite struct EveryColumnTests {
    private struct Column {
        let name: String
        let isKey: Bool
    }

    /// One change, in SQL.
    private struct Change {
        let name: String
        let sql: String
    }

    private static func tables(_ database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
        ).filter { name in !UnprotectedColumns.tables.contains { $0.table == name } }
    }

    private static func columns(of table: String, _ database: Database) throws -> [Column] {
        try Row.fetchAll(database, sql: "SELECT name, pk FROM pragma_table_info(?)", arguments: [table])
            .map { Column(name: try $0.text(0), isKey: try $0.integer(1) > 0) }
    }

    private static func isUnprotected(_ table: String, _ column: String) -> Bool {
        UnprotectedColumns.all.contains { $0.table == table && $0.column == column }
    }

    /// Rows of a table by a condition that names each.
    private static func rows(of table: String, _ database: Database) throws -> [String] {
        let keys = try columns(of: table, database).filter(\.isKey).map(\.name)
        let hasRowID = try Row.fetchAll(database, sql: "SELECT * FROM pragma_index_info('\(table)')").isEmpty
        let names = hasRowID ? ["rowid"] : keys
        let all = try Row.fetchAll(database, sql: "SELECT \(names.joined(separator: ", ")) FROM \(table)")
        // Of a large table the first rows, the last, and some between: each change is verified against all of it.
        let step = max(1, all.count / 3)
        let chosen = all.indices.filter { $0 < 2 || $0 == all.count - 1 || $0.isMultiple(of: step) }
        return chosen.map { place in
            let row = all[place]
            return names.enumerated().map { "\($0.element) = \(literal(row[$0.offset]))" }.joined(separator: " AND ")
        }
    }

    private static func literal(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "NULL"
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): "'\(text.replacingOccurrences(of: "'", with: "''"))'"
        case .blob(let data): "x'\(data.map { String(format: "%02x", $0) }.joined())'"
        }
    }

    /// Other values of the same type, near and far, and none.
    private static func others(than value: DatabaseValue) -> [String] {
        switch value.storage {
        case .null: ["1", "'x'", "x'01'"]
        case .int64(let number): ["\(number + 1)", "\(number + 1_000_000)", "NULL"]
        case .double(let number): ["\(number + 1)"]
        case .string(let text):
            [literal("\(text)x".databaseValue), "NULL"]
        case .blob(let data):
            [literal((data.dropLast() + [(data.last ?? 0) ^ 1]).databaseValue), "NULL"]
        }
    }

    private static func edits(of table: String, _ database: Database) throws -> [Change] {
        var changes: [Change] = []
        let rows = try rows(of: table, database)
        for column in try columns(of: table, database) {
            for (place, row) in rows.enumerated() {
                if isUnprotected(table, column.name), !(table == "checkpoints" && place > 0) { continue }
                let value = try #require(
                    try DatabaseValue.fetchOne(database, sql: "SELECT \(column.name) FROM \(table) WHERE \(row)")
                )
                for other in others(than: value) {
                    let sql = "UPDATE \(table) SET \(column.name) = \(other) WHERE \(row)"
                    changes.append(Change(name: "\(table).\(column.name)", sql: sql))
                }
            }
        }
        return changes
    }

    private static func removals(of table: String, _ database: Database) throws -> [Change] {
        try rows(of: table, database).map {
            Change(name: "\(table), a row gone", sql: "DELETE FROM \(table) WHERE \($0)")
        }
            + [Change(name: "\(table), all rows gone", sql: "DELETE FROM \(table)")]
    }

    /// Each row once more, under other keys.
    private static func additions(to table: String, _ database: Database) throws -> [Change] {
        let columns = try columns(of: table, database)
        let unique = try Set(
            Row.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT c.name FROM pragma_index_list(?) l JOIN pragma_index_info(l.name) c WHERE l."unique"
                    """,
                arguments: [table]
            ).map { try $0.text(0) }
        )
        return try rows(of: table, database).map { row in
            let values = columns.map { column in
                guard column.isKey || unique.contains(column.name) else { return column.name }
                let name = column.name
                return "CASE typeof(\(name)) WHEN 'integer' THEN \(name) + 1000000 WHEN 'text' THEN \(name) || 'x' "
                    + "WHEN 'blob' THEN CAST(substr(\(name), 1, length(\(name)) - 1) || x'00' AS BLOB) END"
            }
            let names = columns.map(\.name).joined(separator: ", ")
            let sql =
                "INSERT INTO \(table) (\(names)) SELECT \(values.joined(separator: ", ")) FROM \(table) WHERE \(row)"
            return Change(name: "\(table), a row more", sql: sql)
        }
    }

    /// What two neighbouring rows hold beside their keys, exchanged: whole rows, and column by column.
    private static func swaps(in table: String, _ database: Database) throws -> [Change] {
        let rows = try rows(of: table, database)
        let all = try columns(of: table, database)
        // Whole rows of a table without a key are the same rows in another order.
        let hasKey = all.contains(where: \.isKey)
        let columns = all.filter { !$0.isKey }.map(\.name)
        let protected = columns.filter { !isUnprotected(table, $0) }
        var changes: [Change] = []
        for (first, second) in zip(rows, rows.dropFirst()) {
            for names in (hasKey ? [columns] : []) + protected.map({ [$0] }) {
                let compared = names.filter(protected.contains)
                guard !compared.isEmpty else { continue }
                let list = names.joined(separator: ", ")
                let differ = try Row.fetchAll(
                    database,
                    sql: "SELECT DISTINCT \(compared.joined(separator: ", ")) FROM \(table) "
                        + "WHERE (\(first)) OR (\(second))"
                )
                guard differ.count == 2 else { continue }
                let values = try [first, second].map { row in
                    let stored = try #require(
                        try Row.fetchOne(database, sql: "SELECT \(list) FROM \(table) WHERE \(row)")
                    )
                    return names.indices.map { literal(stored[$0]) }
                }
                func setting(_ values: [String]) -> String {
                    zip(names, values).map { "\($0) = \($1)" }.joined(separator: ", ")
                }
                let sql =
                    "UPDATE \(table) SET \(setting(values[1])) WHERE \(first); "
                    + "UPDATE \(table) SET \(setting(values[0])) WHERE \(second)"
                changes.append(Change(name: "\(table), \(list) swapped", sql: sql))
            }
        }
        return changes
    }

    /// Makes each change in turn on the one copy, within a transaction that is taken back.
    ///
    /// - Returns: the names of the changes that verification did not find, and how many were made.
    private func unfound(_ store: FullStore, _ changes: [Change]) throws -> (missed: [String], made: Int) {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: store.fixture.databasePath, configuration: configuration)
        let verification = LogVerification(origin: store.fixture.node.log, verifier: store.fixture.signer.verifier)
        var missed: [String] = []
        var made = 0
        try queue.inDatabase { database in
            try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
            let triggers = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(try trigger.text(0))") }
            for change in changes {
                try database.execute(sql: "BEGIN")
                defer { if database.isInsideTransaction { _ = try? database.execute(sql: "ROLLBACK") } }
                do {
                    try database.execute(sql: change.sql)
                } catch let error as DatabaseError
                    where [.SQLITE_CONSTRAINT, .SQLITE_MISMATCH].contains(error.resultCode)
                {
                    continue
                }
                for trigger in triggers { try database.execute(sql: try trigger.text(1)) }
                made += 1
                do {
                    if try verification.run(database).isSound {
                        missed.append("\(change.name): \(change.sql.prefix(300))")
                    }
                } catch is StoreError {
                    // Damage that stops the verification is found too.
                }
            }
        }
        return (missed, made)
    }

    @Test func `the whole store is sound, and has rows in every table`() async throws {
        let store = try await FullStore.make()
        let report = try store.fixture.verify()
        #expect(report.findings == [])
        #expect(report.proven == report.head)
        let queue = try DatabaseQueue(path: store.fixture.databasePath)
        try await queue.read { database in
            for table in try Self.tables(database) {
                let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
                // A second tile takes more than 256 entries; `LogVerificationTests` changes such.
                #expect(
                    count >= (table == "tiles" ? 1 : 2),
                    "\(table) has \(count) rows: let the store of these tests write more"
                )
            }
        }
    }

    @Test(arguments: ["edits", "removals", "additions", "swaps"])
    func `a change to any column or row of any table is found`(kind: String) async throws {
        let store = try await FullStore.make()
        let queue = try DatabaseQueue(path: store.fixture.databasePath)
        let changes = try await queue.read { database in
            try Self.tables(database).flatMap { table in
                switch kind {
                case "edits": try Self.edits(of: table, database)
                case "removals": Self.isUnprotected(table, "*") ? [] : try Self.removals(of: table, database)
                case "additions": try Self.additions(to: table, database)
                default: try Self.swaps(in: table, database)
                }
            }
        }
        try queue.close()
        let (missed, made) = try unfound(store, changes)
        #expect(missed == [])
        #expect(made > 50)
    }

    @Test func `the reference lists the columns that nothing protects, and no others`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Docs/storage.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let listed = text.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("| not protected |") }
        let expected = UnprotectedColumns.all.map { "| `\($0.table).\($0.column)` | not protected | \($0.reason) |" }
        #expect(listed.map(String.init) == expected)
        for (table, reason) in UnprotectedColumns.tables {
            #expect(text.contains("\n| `\(table)` | not held against entries | \(reason) |\n"))
        }
    }

    @Test func `the columns that nothing protects are in the schema, and a change to them is not found`() async throws {
        let store = try await FullStore.make()
        #expect(UnprotectedColumns.all.count <= 17)
        let texts = ["last_error": "'another'", "state": "'forked'", "cosigners": "'[\"w\"]'"]
        // Rows go last: what is changed before must be there.
        for (table, column, _) in UnprotectedColumns.all.sorted(by: { $0.column > $1.column }) {
            let condition = ["checkpoints": "number = 0", "outbox": "state = 'queued'"][table] ?? "true"
            let value = texts[column] ?? "coalesce(\(column), 7) + 1"
            let sql =
                column == "*"
                ? "DELETE FROM \(table) WHERE \(condition)"
                : "UPDATE \(table) SET \(column) = \(value) WHERE \(condition)"
            try tamper(store.fixture.databasePath) {
                try $0.execute(sql: sql)
                #expect($0.changesCount > 0, "\(sql)")
            }
            #expect(try store.fixture.verify().findings == [], "\(table).\(column)")
        }
    }
}
