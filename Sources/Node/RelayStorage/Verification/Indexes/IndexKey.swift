import Foundation

/// The values of some columns in one row after another, hashed anew only where they change.
struct IndexKey {
    /// A value as an index orders it (SQLite: nulls, then numbers, then texts, then blobs, these two byte by byte).
    fileprivate struct Value {
        var rank = 0
        var number: Int64 = 0
        var bytes: [UInt8] = []
    }

    /// Whether the values of a row come before those of the row before it.
    enum Order {
        case before
        case same
        case behind
    }

    private let columns: [Int32]
    private var values: [Value]
    /// SipHash of the values under the secret of this process.
    private(set) var hash: UInt64 = 0

    init(columns: [Int32]) {
        self.columns = columns
        values = Array(repeating: Value(rank: -1), count: columns.count)
    }

    /// Takes the values of the next row.
    mutating func read<Rows: StoredRows & ~Copyable>(_ row: borrowing Rows) -> Order {
        var order = Order.same
        for (position, column) in columns.enumerated() {
            let change = values[position].take(row, column)
            if order == .same { order = change }
        }
        guard order != .same else { return .same }
        var hasher = Hasher()
        for value in values {
            hasher.combine(value.number)
            // Says where the bytes end, too.
            hasher.combine(value.bytes.count << 3 | value.rank)
            value.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        hash = UInt64(bitPattern: Int64(hasher.finalize()))
        return order
    }
}

extension IndexKey.Value {
    fileprivate mutating func take<Rows: StoredRows & ~Copyable>(_ row: borrowing Rows, _ column: Int32)
        -> IndexKey.Order
    {
        if let text = row.text(column) { return take(2, 0, text) }
        if let number = row.integer(column) { return take(1, number, UnsafeRawBufferPointer(start: nil, count: 0)) }
        if let blob = row.blob(column) { return take(3, 0, blob) }
        return take(row.isNull(column) ? 0 : 4, 0, UnsafeRawBufferPointer(start: nil, count: 0))
    }

    private mutating func take(_ rank: Int, _ number: Int64, _ stored: UnsafeRawBufferPointer) -> IndexKey.Order {
        let order: IndexKey.Order
        if (self.rank, self.number) != (rank, number) {
            order = (self.rank, self.number) < (rank, number) ? .behind : .before
        } else {
            let common = min(bytes.count, stored.count)
            let difference = bytes.withUnsafeBytes { kept -> Int32 in
                guard common > 0, let left = kept.baseAddress, let right = stored.baseAddress else { return 0 }
                return memcmp(left, right, common)
            }
            guard difference != 0 || bytes.count != stored.count else { return .same }
            order = (difference, bytes.count) < (0, stored.count) ? .behind : .before
        }
        self.rank = rank
        self.number = number
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: stored)
        return order
    }
}
