/// One value of a row as an index orders it (SQLite: nulls, then numbers, then texts, then blobs, these two byte by byte);
/// lent, as the row is.
struct KeyValue {
    let rank: Int
    let number: Int64
    let bytes: UnsafeRawBufferPointer

    @inline(__always)
    init<Rows: StoredRows & ~Copyable>(_ row: borrowing Rows, _ column: Int32) {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        if let text = row.text(column) {
            (rank, number, bytes) = (2, 0, text)
        } else if let number = row.integer(column) {
            (rank, self.number, bytes) = (1, number, none)
        } else if let blob = row.blob(column) {
            (rank, number, bytes) = (3, 0, blob)
        } else {
            (rank, number, bytes) = (row.isNull(column) ? 0 : 4, 0, none)
        }
    }
}

/// A hash of the values of a row, one after the other, under secrets that this process drew when it began: nobody can
/// prepare rows that share one.
///
/// Each word of eight bytes is mixed in by a product of which the two halves are folded; lengths and types are words too,
/// so that no two lists of values are one row of words.
struct KeyHash {
    private(set) var value: UInt64
    private let factor: UInt64

    private static let secrets = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max) | 1)

    @inline(__always)
    init() {
        (value, factor) = Self.secrets
    }

    @inline(__always)
    private mutating func mix(_ word: UInt64) {
        let product = (value ^ word).multipliedFullWidth(by: factor)
        value = product.high ^ product.low
    }

    @inline(__always)
    mutating func add(_ key: KeyValue) {
        add(rank: key.rank, number: key.number, key.bytes)
    }

    @inline(__always)
    mutating func add(rank: Int, number: Int64, _ bytes: UnsafeRawBufferPointer) {
        mix(UInt64(truncatingIfNeeded: bytes.count << 3 | rank))
        if rank == 1 { return mix(UInt64(bitPattern: number)) }
        var offset = 0
        while offset + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        guard offset < bytes.count else { return }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        mix(rest)
    }
}
