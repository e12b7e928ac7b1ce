import Foundation
import GRDB

/// One record as it stands on its page (SQLite file format section 2.1): which value begins where.
struct PageRecord {
    private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    /// By position in the table; columns that the record does not reach are null.
    private var columns: [(type: UInt64, start: Int)]

    /// - Parameter columns: how many are looked at.
    init(columns: Int) {
        self.columns = Array(repeating: (0, 0), count: columns)
    }

    /// Finds the values; false when the bytes are no record.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.bytes = bytes
        var header = VarintReader(bytes, at: 0)
        guard let size = header.next(), size <= bytes.count, size >= header.position else { return false }
        var start = Int(size)
        for column in columns.indices {
            guard header.position < Int(size) else {
                columns[column] = (0, start)
                continue
            }
            guard let type = header.next(), header.position <= Int(size), let count = Self.size(of: type),
                start + count <= bytes.count
            else { return false }
            columns[column] = (type, start)
            start += count
        }
        return true
    }

    /// How many bytes a value of the type has; nil for a type that is not in use.
    private static func size(of type: UInt64) -> Int? {
        switch type {
        case 0, 8, 9: 0
        case 1...4: Int(type)
        case 5: 6
        case 6, 7: 8
        case 10, 11: nil
        default: type <= 1 << 31 ? Int((type - 12) / 2) : nil
        }
    }

    func isNull(_ position: Int) -> Bool { columns[position].type == 0 }

    func integer(_ position: Int) -> Int64? {
        let (type, start) = columns[position]
        switch type {
        case 8: return 0
        case 9: return 1
        case 1...6:
            var number = Int64(Int8(bitPattern: bytes[start]))
            for byte in bytes[start..<start + (Self.size(of: type) ?? 1)].dropFirst() {
                number = number << 8 | Int64(byte)
            }
            return number
        default: return nil
        }
    }

    func blob(_ position: Int) -> UnsafeRawBufferPointer? {
        let (type, start) = columns[position]
        guard type >= 12, type & 1 == 0 else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(type - 12) / 2])
    }

    func text(_ position: Int) -> UnsafeRawBufferPointer? {
        let (type, start) = columns[position]
        guard type >= 13, type & 1 == 1 else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(type - 13) / 2])
    }

    func value(_ position: Int) -> DatabaseValue {
        if let number = integer(position) { return number.databaseValue }
        if let text = text(position) { return String(decoding: text, as: UTF8.self).databaseValue }
        if let blob = blob(position) { return Data(blob).databaseValue }
        guard columns[position].type == 7 else { return .null }
        let bits = bytes.loadUnaligned(fromByteOffset: columns[position].start, as: UInt64.self)
        return Double(bitPattern: UInt64(bigEndian: bits)).databaseValue
    }
}

/// Reads SQLite's numbers of one to nine bytes (file format section 1.6).
struct VarintReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// The next number; nil where the bytes end within it.
    @inline(__always)
    mutating func next() -> UInt64? {
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        position += 1
        guard first >= 0x80 else { return UInt64(first) }
        var value = UInt64(first & 0x7f)
        for _ in 0..<7 {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value = value << 7 | UInt64(byte & 0x7f)
            if byte < 0x80 { return value }
        }
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return value << 8 | UInt64(bytes[position])
    }
}
