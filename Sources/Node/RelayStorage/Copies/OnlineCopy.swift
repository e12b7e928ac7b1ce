import GRDB
import GRDBSQLite

/// SQLite's online backup of the store's database, page by page, between the commits of the writer's own connection.
///
/// A copy through another connection would begin anew at each commit, or hold a read transaction for its whole length and
/// the write-ahead log with it. Through the one connection that writes, SQLite carries each commit over into what is copied
/// already, and no lock outlasts a step.
///
/// `@unchecked Sendable`: whoever calls ``step()`` and ``end()`` holds the writer's connection, which is never two at a time.
final class OnlineCopy: @unchecked Sendable {
    /// The pages of one step: 2 MiB.
    static let pages: Int32 = 512

    private let target: SQLiteConnection
    private var backup: OpaquePointer?
    /// How many steps were made.
    private(set) var stepCount = 0

    /// Begins to copy the database of `source` to an empty file at `path`.
    init(of source: Database, to path: String) throws {
        var connection: SQLiteConnection?
        let code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK, let connection else {
            sqlite3_close(connection)
            throw StoreError.unavailable("cannot open `\(path)`: \(String(cString: sqlite3_errstr(code)))")
        }
        // Until it is whole the file counts for nothing: it is synced once, at the end, and not by the writer.
        sqlite3_exec(connection, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nil, nil, nil)
        backup = sqlite3_backup_init(connection, "main", source.sqliteConnection, "main")
        guard backup != nil else {
            let words = String(cString: sqlite3_errmsg(connection))
            sqlite3_close(connection)
            throw StoreError.unavailable("cannot copy to `\(path)`: \(words)")
        }
        target = connection
    }

    deinit {
        sqlite3_close(target)
    }

    /// Copies some pages; true behind the last one.
    func step() throws -> Bool {
        stepCount += 1
        switch sqlite3_backup_step(backup, Self.pages) {
        case SQLITE_DONE: return true
        case SQLITE_OK:
            let all = Int(sqlite3_backup_pagecount(backup))
            // Somebody else writes to the database, which nobody may.
            guard stepCount < 4 * (all / Int(Self.pages) + 16) else {
                throw StoreError.unavailable("the copy does not come to an end: another process writes to the database")
            }
            return false
        case SQLITE_BUSY, SQLITE_LOCKED: return false
        case SQLITE_FULL: throw StoreError.storageFull("no room for the copy")
        case let code:
            throw StoreError.unavailable("cannot copy: \(String(cString: sqlite3_errstr(code)))")
        }
    }

    /// Ends the copying, whether it came to its end or not.
    func end() {
        sqlite3_backup_finish(backup)
        backup = nil
    }
}
