import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying

/// What the rows beside the log are held against: entries, read back by their indices, and their details.
///
/// The walk has compared both with the hashed bytes before; what is malformed in them, it has named.
struct LoggedRows {
    let database: Database
    let sheets: KeptSheets
    /// Rows of earlier entries are left alone.
    let start: UInt64

    init(database: Database, start: UInt64) {
        self.database = database
        self.start = start
        sheets = KeptSheets(database)
    }

    /// The entry; nil when there is none or it is malformed.
    func entry(_ index: Int64) throws -> AuditEntry? {
        guard let row = try database.first("SELECT bytes FROM entries WHERE idx = ?", index) else { return nil }
        do {
            return try AuditEntry(canonicalBytes: try row.bytes(0))
        } catch {
            return nil
        }
    }

    /// The details of the entry; nil when they are erased or not readable.
    func details(_ index: Int64) throws -> [String: JSONValue]? {
        guard let row = try database.first("SELECT bytes FROM entry_details WHERE idx = ?", index) else { return nil }
        do {
            return try JSONValue.parseCanonical(try row.bytes(0), maximumSize: 64 << 20).objectValue
        } catch {
            return nil
        }
    }

    /// The indices of the entries of a kind, from ``start`` on, in order.
    func indices(of kind: AuditEntryKind) throws -> [Int64] {
        try database.all(
            "SELECT idx FROM entries WHERE kind = ? AND idx >= ? ORDER BY idx",
            kind.rawValue,
            Int64(clamping: start)
        ).map { try $0.integer(0) }
    }

    /// The first row of a table whose rows go up with their entries that ``start`` does not leave alone.
    ///
    /// - Parameter index: the entry of a row; nil where there is no such row.
    func firstRow(of table: String, entry index: (Int64) throws -> Int64?) throws -> Int64 {
        guard start > 0 else { return .min }
        var low: Int64 = 1
        var high = (try database.integer("SELECT max(rowid) FROM \(table)") ?? 0) + 1
        while low < high {
            let middle = low + (high - low) / 2
            if let found = try index(middle), found < Int64(clamping: start) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A row that is not what the log says.
struct RowDifference: Error {
    let detail: String

    init(_ detail: String) {
        self.detail = detail
    }

    /// Throws unless both are the same.
    static func check<Value: Equatable>(_ name: String, _ got: Value, _ expected: Value) throws {
        guard got != expected else { return }
        throw RowDifference("column `\(name)`: expected `\(shown(expected))`, got `\(shown(got))`")
    }

    private static func shown(_ value: some Any) -> String {
        let value: Any =
            if case let optional as (any OptionalValue) = value { optional.wrapped ?? "none" } else { value }
        return switch value {
        case let bytes as [UInt8]: Hex.encode(bytes.prefix(32)) + (bytes.count > 32 ? "..." : "")
        default: String("\(value)".prefix(200))
        }
    }
}

private protocol OptionalValue {
    var wrapped: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate var wrapped: Any? { self }
}

extension LogReport {
    /// Compares one row; what it throws is a finding.
    mutating func compare(
        _ subject: LogFinding.Subject,
        _ index: Int64?,
        _ name: String,
        _ body: () throws -> Void
    ) throws {
        rowCount += 1
        do {
            try body()
        } catch let difference as RowDifference {
            add(subject, index.flatMap { UInt64(exactly: $0) }, "\(name): \(difference.detail)")
        } catch let error as StoreError {
            add(subject, index.flatMap { UInt64(exactly: $0) }, "\(name): \(error)")
        }
    }
}
