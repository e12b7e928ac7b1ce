import CanonicalEncoding
import OpenSSLCrypto
import Relaying

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The columns that repeat an entry's bytes, compared where SQLite holds them.
///
/// Only says whether all is as it should be; what differs is put into words by deriving the columns in full.
struct EntryColumns {
    /// What ``EntryWalk`` selects: the columns of ``EntryTable/columnNames`` from `first` on.
    let first: Int32

    func match<Rows: StoredRows & ~Copyable>(_ spans: AuditEntrySpans, _ row: borrowing Rows) -> Bool {
        row.integer(first) == spans.time.millisecondsSinceEpoch
            && Self.isSame(row.text(first + 1), spans.kindText)
            && Self.isSame(row.text(first + 2), spans.outcomeText)
            && matches(spans.peer, first + 3, row)
            && matches(spans.message, row)
            && matches(reasons: spans.reasons, row)
            && matches(spans.sequence, row)
            && matches(spans.destination, first + 7, row)
            && matches(spans.policy, row)
    }

    private func matches<Rows: StoredRows & ~Copyable>(
        _ text: UnsafeRawBufferPointer?,
        _ column: Int32,
        _ row: borrowing Rows
    ) -> Bool {
        guard let text else { return row.isNull(column) }
        return Self.isSame(row.text(column), text)
    }

    private func matches<Rows: StoredRows & ~Copyable>(_ message: (UInt64, UInt64)?, _ row: borrowing Rows) -> Bool {
        guard let message else { return row.isNull(first + 4) }
        guard let blob = row.blob(first + 4), blob.count == 16 else { return false }
        return UInt64(bigEndian: blob.loadUnaligned(as: UInt64.self)) == message.0
            && UInt64(bigEndian: blob.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) == message.1
    }

    private func matches<Rows: StoredRows & ~Copyable>(reasons: UnsafeRawBufferPointer?, _ row: borrowing Rows) -> Bool
    {
        guard let reasons else { return row.text(first + 5)?.elementsEqual("[]".utf8) == true }
        return Self.isSame(row.text(first + 5), reasons)
    }

    private func matches<Rows: StoredRows & ~Copyable>(_ sequence: UInt64?, _ row: borrowing Rows) -> Bool {
        guard let sequence else { return row.isNull(first + 6) }
        return row.integer(first + 6) == Int64(exactly: sequence)
    }

    private func matches<Rows: StoredRows & ~Copyable>(_ policy: SHA256Digest?, _ row: borrowing Rows) -> Bool {
        guard let policy else { return row.isNull(first + 8) }
        return row.blob(first + 8).flatMap { SHA256Digest($0) } == policy
    }

    static func isSame(_ stored: UnsafeRawBufferPointer?, _ expected: UnsafeRawBufferPointer) -> Bool {
        guard let stored, let left = stored.baseAddress, let right = expected.baseAddress,
            stored.count == expected.count
        else { return stored != nil && stored?.count == expected.count }
        return memcmp(left, right, expected.count) == 0
    }
}
