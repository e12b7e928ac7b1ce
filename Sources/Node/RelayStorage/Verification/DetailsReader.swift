import GRDB
import OpenSSLCrypto

/// Whether an entry's details are stored.
enum DetailsStanding {
    case there
    case gone
}

/// The details in the order of their entries, beside a walk over these.
struct DetailsReader<Rows: StoredRows & ~Copyable>: ~Copyable {
    private var rows: Rows
    /// The index of the details that the reader stands on; nil behind the last.
    private var current: UInt64?
    /// Whether it belongs to an entry.
    private var isTaken = false
    private var hasBegun = false

    /// - Parameter rows: those of `entry_details`: number, salt and bytes.
    init(_ rows: consuming Rows) {
        self.rows = rows
        current = nil
    }

    /// Steps to the details of the entry at `index`; what stands before them belongs to no entry.
    mutating func seek(_ index: UInt64, stray: (UInt64) -> Void) throws -> DetailsStanding {
        if !hasBegun { try advance() }
        while let current, current < index {
            if !isTaken { stray(current) }
            try advance()
        }
        guard current == index else { return .gone }
        isTaken = true
        return .there
    }

    /// Names what is left behind the last entry.
    mutating func finish(stray: (UInt64) -> Void) throws {
        if !hasBegun { try advance() }
        while let current {
            if !isTaken { stray(current) }
            try advance()
        }
    }

    /// SHA-256 of salt and bytes where the reader stands; nil when they are not of the right form.
    func commitment() -> SHA256Digest? {
        guard let salt = rows.blob(1), salt.count == 32, let bytes = rows.blob(2) else { return nil }
        return SHA256Digest.hash(salt, bytes)
    }

    /// The bytes where the reader stands; none when they are not of the right form.
    var bytes: [UInt8] { rows.blob(2).map { Array($0) } ?? [] }

    /// What is wrong with the form; nil when that is right.
    var problem: String? {
        guard let salt = rows.blob(1) else { return "`salt` is not a blob" }
        guard salt.count == 32 else { return "expected a salt of 32 bytes, got \(salt.count)" }
        return rows.blob(2) == nil ? "`bytes` is not a blob" : nil
    }

    private mutating func advance() throws {
        hasBegun = true
        isTaken = false
        current = try rows.next() ? UInt64(clamping: rows.integer(0) ?? -1) : nil
    }
}
