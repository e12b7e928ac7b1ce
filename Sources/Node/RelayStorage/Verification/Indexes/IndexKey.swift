import Foundation

/// The values of some columns in one row after another of an index, hashed anew only where they change.
struct IndexKey {
    /// Whether the values of a row come before those of the row before it.
    enum Order {
        case before
        case same
        case behind
    }

    /// What the row before had.
    fileprivate struct Kept {
        var rank = -1
        var number: Int64 = 0
        var bytes: [UInt8] = []
    }

    private var kept: [Kept]
    private(set) var hash: UInt64 = 0

    /// - Parameter count: how many columns, the first ones of the rows.
    init(count: Int) {
        kept = Array(repeating: Kept(), count: count)
    }

    /// Takes the values of the next row.
    mutating func read<Rows: StoredRows & ~Copyable>(_ row: borrowing Rows) -> Order {
        var order = Order.same
        for position in kept.indices {
            let change = kept[position].take(KeyValue(row, Int32(position)))
            if order == .same { order = change }
        }
        guard order != .same else { return .same }
        var hash = KeyHash()
        for value in kept {
            value.bytes.withUnsafeBytes { hash.add(rank: value.rank, number: value.number, $0) }
        }
        self.hash = hash.value
        return order
    }
}

extension IndexKey.Kept {
    @inline(__always)
    fileprivate mutating func take(_ next: KeyValue) -> IndexKey.Order {
        let order: IndexKey.Order
        if rank != next.rank || number != next.number {
            order = (rank, number) < (next.rank, next.number) ? .behind : .before
        } else {
            let common = min(bytes.count, next.bytes.count)
            let difference = bytes.withUnsafeBytes { kept -> Int32 in
                guard common > 0, let left = kept.baseAddress, let right = next.bytes.baseAddress else { return 0 }
                return memcmp(left, right, common)
            }
            guard difference != 0 || bytes.count != next.bytes.count else { return .same }
            order = (difference, bytes.count) < (0, next.bytes.count) ? .behind : .before
        }
        rank = next.rank
        number = next.number
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: next.bytes)
        return order
    }
}
