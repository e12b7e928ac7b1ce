/// What each index of the entries must hold, as the table says.
struct IndexSums {
    fileprivate struct Part {
        let index: EntryIndex
        /// The column that decides whether an entry is in the index, where it stands in the walk's rows; nil when all are.
        let condition: Int32?
        /// The text of that column with which it is not.
        let excluded: [UInt8]?
        /// The indexed columns, where they stand in the walk's rows.
        let columns: [Int32]
    }

    private let parts: [Part]
    private var sums: [RowSum]

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
                columns: index.columns.map(position)
            )
        }
        sums = Array(repeating: RowSum(), count: parts.count)
    }

    /// Adds an entry to the indexes that it must stand in.
    mutating func add<Rows: StoredRows & ~Copyable>(_ number: Int64, _ row: borrowing Rows) {
        for position in parts.indices where parts[position].holds(row) {
            var hash = KeyHash()
            for column in parts[position].columns { hash.add(KeyValue(row, column)) }
            sums[position].add(number, key: hash.value)
        }
    }

    /// The indexes with their sums.
    var all: [(index: EntryIndex, sum: RowSum)] { zip(parts, sums).map { ($0.index, $1) } }
}

extension IndexSums.Part {
    /// Whether the entry is in the index.
    @inline(__always)
    fileprivate func holds<Rows: StoredRows & ~Copyable>(_ row: borrowing Rows) -> Bool {
        guard let condition else { return true }
        guard let excluded else { return !row.isNull(condition) }
        guard let text = row.text(condition) else { return false }
        return !text.elementsEqual(excluded)
    }
}
