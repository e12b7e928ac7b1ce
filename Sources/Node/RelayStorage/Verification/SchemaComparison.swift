import GRDB
import Synchronization

/// The schema itself, and what SQLite and the migrations keep about it: a table, trigger or index that nobody made here.
enum SchemaComparison {
    static func run(_ database: Database, _ report: inout LogReport) throws {
        let applied = try appliedMigrations(in: database)
        let known = Schema.migrator.migrations
        guard applied.elementsEqual(known.prefix(applied.count)), !applied.isEmpty else {
            return report.add(
                .schema,
                nil,
                "expected the versions \(known.joined(separator: ", ")), got \(applied.joined(separator: ", "))"
            )
        }
        let expected = try pristine(applied)
        let stored = try objects(in: database)
        for name in Set(expected.keys).union(stored.keys).sorted() where expected[name] != stored[name] {
            let want = expected[name] ?? "nothing of the name"
            report.add(.schema, nil, "`\(name)`: expected \(want), got \(stored[name] ?? "nothing of the name")")
        }
        try checkRoots(database, &report)
        try checkHeader(database, &report)
        try checkMeta(database, &report)
        try checkLastRows(database, &report)
    }

    /// Two tables on the same pages would each be what the other makes of them.
    static func checkRoots(_ database: Database, _ report: inout LogReport) throws {
        let shared = try database.all(
            "SELECT group_concat(name, ', '), rootpage FROM sqlite_schema WHERE type IN ('table', 'index') "
                + "GROUP BY rootpage HAVING count(*) > 1 OR rootpage < 1"
        )
        for row in shared {
            report.add(
                .schema,
                nil,
                "the root page \(try row.integer(1)) is that of \(try row.text(0)): expected one each"
            )
        }
    }

    /// The one number of the file's header that programs may set at will, and that no node sets.
    static func checkHeader(_ database: Database, _ report: inout LogReport) throws {
        let version = try database.integer("PRAGMA user_version") ?? 0
        if version != 0 { report.add(.schema, nil, "`user_version`: expected 0, got \(version)") }
    }

    /// What the migrations make.
    private static func pristine(_ migrations: [String]) throws -> [String: String] {
        try made.withLock { made throws -> [String: String] in
            if let objects = made[migrations] { return objects }
            let queue = try DatabaseQueue()
            try Schema.migrator.migrate(queue, upTo: migrations[migrations.count - 1])
            let objects = try queue.read { try Self.objects(in: $0) }
            made[migrations] = objects
            return objects
        }
    }

    /// By the migrations: they never change.
    private static let made = Mutex<[[String]: [String: String]]>([:])

    private static func appliedMigrations(in database: Database) throws -> [String] {
        guard try database.tableExists("grdb_migrations") else { return [] }
        return try database.all("SELECT identifier FROM grdb_migrations ORDER BY rowid").map { try $0.text(0) }
    }

    /// By name; the tables that SQLite's `ANALYZE` fills for planning are left out, and nothing else that is called like them.
    static func objects(in database: Database) throws -> [String: String] {
        let rows = try database.all(
            """
            SELECT type, name, tbl_name, sql FROM sqlite_schema
            WHERE NOT (type = 'table' AND name = tbl_name AND (name, sql) IN (VALUES
                ('sqlite_stat1', 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'),
                ('sqlite_stat4', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')))
            """
        )
        return try Dictionary(
            rows.map { row in
                let text = try row.optionalText(3).map { " `\($0)`" } ?? ""
                return (try row.text(1), "\(try row.text(0)) of `\(try row.text(2))`\(text)")
            }
        ) { first, second in "\(first), and again \(second)" }
    }

    private static func checkMeta(_ database: Database, _ report: inout LogReport) throws {
        for row in try database.all("SELECT key FROM meta ORDER BY key") {
            let key = try row.text(0)
            if !LogKeeping.keys.contains(key) { report.add(.log, nil, "`meta` has the unknown key `\(key)`") }
        }
    }

    /// The numbers that SQLite will not give again: those of the last rows, for no row of these tables is ever deleted.
    private static func checkLastRows(_ database: Database, _ report: inout LogReport) throws {
        let rows = try database.all("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        var kept: [String: Int64] = [:]
        for row in rows {
            guard let name = try row.optionalText(0), kept[name] == nil, let number = try row.optionalInteger(1) else {
                report.add(.schema, nil, "`sqlite_sequence` has a row too many")
                continue
            }
            kept[name] = number
        }
        for table in ["inbox", "outbox"] {
            let last = try database.integer("SELECT max(rowid) FROM \(table)")
            let number = kept.removeValue(forKey: table)
            if last ?? 0 != number ?? 0 {
                let detail = "`sqlite_sequence` of `\(table)`: expected \(last ?? 0), got \(number ?? 0)"
                report.add(.schema, nil, detail)
            }
        }
        for name in kept.keys.sorted() { report.add(.schema, nil, "`sqlite_sequence` knows no `\(name)`") }
    }
}
