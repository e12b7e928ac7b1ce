import Foundation
import GRDB

/// The one way in which the store runs SQL that it runs often: statements are compiled once and kept.
extension Database {
    /// Runs a statement that returns no rows.
    func run(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments))
    }

    /// The first row, or nil.
    func first(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// All rows.
    func all(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// The rows one by one; a row is valid until the next.
    func each(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: StatementArguments(arguments))
    }

    /// The integer in the only column of the first row; nil when there is no row or it is null.
    func integer(_ sql: String, _ arguments: (any DatabaseValueConvertible)?...) throws -> Int64? {
        guard let row = try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(arguments)) else {
            return nil
        }
        return try row.optionalInteger(0)
    }
}

/// Columns as the store reads them: a value of another type is damage and an error, never a trap.
extension Row {
    func integer(_ index: Int) throws -> Int64 {
        guard let value = try optionalInteger(index) else { throw unexpected(index, "an integer") }
        return value
    }

    func optionalInteger(_ index: Int) throws -> Int64? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .null: return nil
        case .int64(let integer): return integer
        case .double, .string, .blob: throw unexpected(index, "an integer")
        }
    }

    func text(_ index: Int) throws -> String {
        guard let value = try optionalText(index) else { throw unexpected(index, "text") }
        return value
    }

    func optionalText(_ index: Int) throws -> String? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .null: return nil
        case .string(let text): return text
        case .double, .int64, .blob: throw unexpected(index, "text")
        }
    }

    func bytes(_ index: Int) throws -> [UInt8] {
        guard let value = try optionalBytes(index) else { throw unexpected(index, "a blob") }
        return value
    }

    func optionalBytes(_ index: Int) throws -> [UInt8]? {
        let value: DatabaseValue = self[index]
        switch value.storage {
        case .null: return nil
        case .blob(let data): return [UInt8](data)
        case .double, .int64, .string: throw unexpected(index, "a blob")
        }
    }

    private func unexpected(_ index: Int, _ expected: String) -> StoreError {
        let name = index < count ? Array(columnNames)[index] : "\(index)"
        return .damaged("expected column `\(name)` to hold \(expected)")
    }
}

/// Bytes as SQLite takes them.
extension [UInt8] {
    var blob: Data { Data(self) }
}
