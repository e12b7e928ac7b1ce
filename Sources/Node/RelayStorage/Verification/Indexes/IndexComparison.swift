import GRDB

/// The indexes against the tables that they are of: a search reads them in place of the tables, and so does much of
/// what is verified.
struct IndexComparison {
    let database: Database
    /// The first entry that is looked at.
    let start: UInt64

    /// - Parameters:
    ///   - sums: what the entries say that their indexes hold.
    ///   - pages: the pages that the entries were read from; nil when SQLite read them.
    func run(_ sums: IndexSums, _ pages: DatabasePages?, _ report: inout LogReport) throws {
        let present = try Set(
            database.all("SELECT name FROM sqlite_schema WHERE type = 'index'").map { try $0.text(0) }
        )
        let differing = try sums.all.filter { present.contains($0.index.name) }
            .filter { try !matches($0.index, $0.sum, pages) }
            .map(\.index.name)
        for name in differing {
            report.add(
                .index,
                nil,
                "`\(name)` does not hold what the entries say, in its order: a search by it can miss entries"
            )
        }
        // What holds the tables together is looked at by reading their pages; where SQLite read them, it says.
        if pages == nil || !differing.isEmpty { try check("quick_check", "entries", &report) }
        if pages == nil { try check("quick_check", "entry_details", &report) }
        for row in try database.all(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
        ) {
            let table = try row.text(0)
            if table != "entries", table != "entry_details" { try check("integrity_check", table, &report) }
        }
    }

    private func matches(_ index: EntryIndex, _ sum: RowSum, _ pages: DatabasePages?) throws -> Bool {
        do {
            guard let pages else { return try self.sum(RowReader(index.query, in: database), index) == sum }
            let rows = try pages.rows(ofIndex: index.name, columns: index.columns.count + 1, in: database)
            return try self.sum(rows, index) == sum
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return false
        }
    }

    /// The sum of the rows from the first entry on that is looked at; nil when they are out of order.
    private func sum<Rows: StoredRows & ~Copyable>(_ rows: consuming Rows, _ index: EntryIndex) throws -> RowSum? {
        var rows = rows
        var sum = RowSum()
        let last = Int32(index.columns.count)
        var key = IndexKey(count: index.columns.count)
        var before = Int64.min
        while try rows.next() {
            guard let number = rows.integer(last) else { return nil }
            switch key.read(rows) {
            case .before: return nil
            case .same: guard number > before else { return nil }
            case .behind: break
            }
            before = number
            if number >= Int64(clamping: start) { sum.add(number, key: key.hash) }
        }
        return sum
    }

    /// What SQLite finds about a table and its indexes.
    private func check(_ pragma: String, _ table: String, _ report: inout LogReport) throws {
        for row in try Row.fetchAll(database, sql: "PRAGMA \(pragma)(\(table.quotedDatabaseIdentifier))") {
            let detail = try row.text(0)
            if detail != "ok" { report.add(.index, nil, "`\(table)`: \(detail)") }
        }
    }
}
