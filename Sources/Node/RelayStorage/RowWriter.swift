import GRDB
import GRDBSQLite

/// One statement that is run once for each row, its values handed to SQLite as they are.
///
/// For what every commit does hundreds of times; GRDB's arguments make a value of each column. Bound values are kept here until
/// the statement has run: SQLite would take memory for each of them, and give it back.
struct RowWriter {
    private let statement: Statement
    private let row: SQLiteStatement
    private let values = BoundValues()

    /// - Parameter sql: a statement that returns no rows; compiled once for the connection and kept.
    init(_ sql: String, in database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
        row = statement.sqliteStatement
    }

    func bind(_ value: Int64?, _ position: Int32) {
        check(value.map { sqlite3_bind_int64(row, position, $0) } ?? sqlite3_bind_null(row, position))
    }

    func bind(_ value: String?, _ position: Int32) {
        guard var value else { return check(sqlite3_bind_null(row, position)) }
        value.withUTF8 { text in
            let (start, keeping) = keep(UnsafeRawBufferPointer(text))
            let characters = start.assumingMemoryBound(to: CChar.self)
            check(sqlite3_bind_text(row, position, characters, Int32(text.count), keeping))
        }
    }

    func bind(_ value: [UInt8]?, _ position: Int32) {
        guard let value else { return check(sqlite3_bind_null(row, position)) }
        value.withUnsafeBytes { bytes in
            let (start, keeping) = keep(bytes)
            check(sqlite3_bind_blob(row, position, start, Int32(bytes.count), keeping))
        }
    }

    /// Where SQLite finds the bytes, and whether it has to copy them.
    private func keep(_ bytes: UnsafeRawBufferPointer) -> (start: UnsafeRawPointer, sqlite3_destructor_type?) {
        if let start = values.keep(bytes) { return (start, Self.kept) }
        // INVARIANT: what there is no room for is not empty.
        guard let start = bytes.baseAddress else { preconditionFailure("no bytes to bind") }
        return (start, Self.copied)
    }

    /// Runs the statement with what is bound.
    func run() throws {
        let code = sqlite3_step(row)
        let message = code == SQLITE_DONE ? nil : String(cString: sqlite3_errmsg(sqlite3_db_handle(row)))
        sqlite3_reset(row)
        // The kept values end here, and nothing may point to them.
        sqlite3_clear_bindings(row)
        values.forget()
        guard let message else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    /// SQLITE_STATIC, a macro that Swift does not see.
    private static var kept: sqlite3_destructor_type? { nil }

    /// SQLITE_TRANSIENT, another.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// INVARIANT: positions are those of the statement, and values far below SQLite's limit.
    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "SQLite does not take the value: \(code)")
    }
}

/// The bytes of one row's values, one behind the other.
private final class BoundValues {
    /// Room for the largest entry with all its columns; longer details are left to SQLite.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 8)
    private var count = 0

    deinit {
        buffer.deallocate()
    }

    /// Copies the bytes; nil when there is no room for them. The place is theirs until ``forget()``.
    func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard bytes.count < buffer.count - count, let start = buffer.baseAddress else { return nil }
        let place = start + count
        if let first = bytes.baseAddress { place.copyMemory(from: first, byteCount: bytes.count) }
        count += bytes.count
        return UnsafeRawPointer(place)
    }

    func forget() { count = 0 }
}
