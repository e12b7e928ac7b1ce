import GRDB
import GRDBSQLite

/// The rows of one query, read where SQLite holds them: nothing is copied, and nothing outlives the row.
///
/// For walks over millions of rows; GRDB's rows make a value of each column.
struct RowReader: ~Copyable {
    private let statement: Statement
    private let rows: SQLiteStatement

    init(_ sql: String, _ arguments: StatementArguments = StatementArguments(), in database: Database) throws {
        let prepared = try database.makeStatement(sql: sql)
        try prepared.setArguments(arguments)
        statement = prepared
        rows = prepared.sqliteStatement
    }

    deinit {
        sqlite3_reset(rows)
    }

    /// Steps to the next row; false behind the last one.
    mutating func next() throws -> Bool {
        switch sqlite3_step(rows) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(sqlite3_db_handle(rows)))
            )
        }
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_value_type(stored(column)) == SQLITE_NULL }

    /// The integer; nil for a value of another type.
    func integer(_ column: Int32) -> Int64? {
        let value = stored(column)
        return sqlite3_value_type(value) == SQLITE_INTEGER ? sqlite3_value_int64(value) : nil
    }

    /// The bytes of a blob; nil for a value of another type.
    func blob(_ column: Int32) -> UnsafeRawBufferPointer? {
        let value = stored(column)
        guard sqlite3_value_type(value) == SQLITE_BLOB else { return nil }
        let start = sqlite3_value_blob(value)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
    }

    /// The UTF-8 of a text; nil for a value of another type.
    func text(_ column: Int32) -> UnsafeRawBufferPointer? {
        let value = stored(column)
        guard sqlite3_value_type(value) == SQLITE_TEXT else { return nil }
        let start = sqlite3_value_text(value)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
    }

    /// The value where SQLite holds it: found once, and then asked for its type, place and size.
    ///
    /// SQLite calls it unprotected, which makes no difference to a connection without a mutex of its own, and GRDB opens
    /// every connection so (`SQLITE_OPEN_NOMUTEX`).
    private func stored(_ column: Int32) -> OpaquePointer? { sqlite3_column_value(rows, column) }

    /// The value as GRDB has it, copied.
    func value(_ column: Int32) -> DatabaseValue {
        switch sqlite3_column_type(rows, column) {
        case SQLITE_INTEGER: sqlite3_column_int64(rows, column).databaseValue
        case SQLITE_FLOAT: sqlite3_column_double(rows, column).databaseValue
        case SQLITE_TEXT: (text(column).map { String(decoding: $0, as: UTF8.self) }).databaseValue
        case SQLITE_BLOB: (blob(column).map { Array($0).blob }).databaseValue
        default: .null
        }
    }
}
