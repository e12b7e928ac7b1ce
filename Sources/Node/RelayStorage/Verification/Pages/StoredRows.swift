import GRDB

/// The rows of one walk, lent one at a time: nothing is copied, and nothing outlives the row.
protocol StoredRows: ~Copyable {
    /// Steps to the next row; false behind the last one.
    mutating func next() throws -> Bool

    /// Whether the column is null.
    func isNull(_ column: Int32) -> Bool

    /// The integer; nil for a value of another type.
    func integer(_ column: Int32) -> Int64?

    /// The bytes of a blob; nil for a value of another type.
    func blob(_ column: Int32) -> UnsafeRawBufferPointer?

    /// The UTF-8 of a text; nil for a value of another type.
    func text(_ column: Int32) -> UnsafeRawBufferPointer?

    /// The value as GRDB has it, copied.
    func value(_ column: Int32) -> DatabaseValue
}

extension RowReader: StoredRows {}
