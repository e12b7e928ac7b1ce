/// What each index of the entries must hold, as the table says.
struct IndexSums {
    fileprivate struct Part {
        let index: EntryIndex
        /// The column that decides whether an entry is in the index, where it stands in the walk's rows; nil when all are.
        let condition: Int32?
        /// The text of that column with which it is not.
        let excluded: [UInt8]?
        var key: IndexKey
        var sum = RowSum()
    }

    private var parts: [Part]

    /// - Parameter columns: those of the rows that are added.
    init(_ columns: [String]) {
        func position(_ column: String) -> Int32 { Int32(columns.firstIndex(of: column) ?? 0) }
        parts = EntryIndex.all.map { index in
            let condition: (column: Int32?, excluded: [UInt8]?) =
                switch index.condition {
                case .every: (nil, nil)
                case .having(let column): (position(column), nil)
                case .other(let column, let text): (position(column), Array(text.utf8))
                }
            return Part(
                index: index,
                condition: condition.column,
                excluded: condition.excluded,
                key: IndexKey(columns: index.columns.map(position))
            )
        }
    }

    /// Adds an entry to the indexes that it must stand in.
    mutating func add<Rows: StoredRows & ~Copyable>(_ number: Int64, _ row: borrowing Rows) {
        for position in parts.indices { parts[position].add(number, row) }
    }

    /// The indexes with their sums.
    var all: [(index: EntryIndex, sum: RowSum)] { parts.map { ($0.index, $0.sum) } }
}

extension IndexSums.Part {
    @inline(__always)
    fileprivate mutating func add<Rows: StoredRows & ~Copyable>(_ number: Int64, _ row: borrowing Rows) {
        if let condition {
            if let excluded {
                guard let text = row.text(condition), !text.elementsEqual(excluded) else { return }
            } else if row.isNull(condition) {
                return
            }
        }
        _ = key.read(row)
        sum.add(number, key: key.hash)
    }
}
