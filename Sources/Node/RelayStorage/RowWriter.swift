import GRDB
import GRDBSQLite

/// One statement that is run once for each row, its values handed to SQLite as they are.
///
/// For what every commit does hundreds of times; GRDB's arguments make a value of each column. SQLite copies what is bound.
struct RowWriter {
    private let statement: Statement
    private let row: SQLiteStatement

    /// - Parameter sql: a statement that returns no rows; compiled once for the connection and kept.
    init(_ sql: String, in database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
        row = statement.sqliteStatement
    }

    func bind(_ value: Int64?, _ position: Int32) {
        check(value.map { sqlite3_bind_int64(row, position, $0) } ?? sqlite3_bind_null(row, position))
    }

    func bind(_ value: String?, _ position: Int32) {
        guard let value else { return check(sqlite3_bind_null(row, position)) }
        check(sqlite3_bind_text(row, position, value, Int32(value.utf8.count), Self.copied))
    }

    func bind(_ value: [UInt8]?, _ position: Int32) {
        guard let value else { return check(sqlite3_bind_null(row, position)) }
        // A null pointer would bind NULL.
        guard !value.isEmpty else { return check(sqlite3_bind_zeroblob(row, position, 0)) }
        check(sqlite3_bind_blob(row, position, value, Int32(value.count), Self.copied))
    }

    /// Runs the statement with what is bound.
    func run() throws {
        let code = sqlite3_step(row)
        let message = code == SQLITE_DONE ? nil : String(cString: sqlite3_errmsg(sqlite3_db_handle(row)))
        sqlite3_reset(row)
        guard let message else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    /// SQLITE_TRANSIENT, a macro that Swift does not see.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// INVARIANT: positions are those of the statement, and values far below SQLite's limit.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "SQLite does not take the value: \(code)")
    }
}
