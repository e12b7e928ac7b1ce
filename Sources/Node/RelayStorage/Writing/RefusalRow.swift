import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Another node's signed word that it has refused an object, beside the entry here that rests on it: a void, or a report
/// of non-delivery that arrived.
enum RefusalRow {
    /// The member of the entry's details that holds the digest of the link.
    static let digestMember = "refusal-digest"

    /// What the entry commits to: which entry of which log it is, and its bytes with their proof.
    static func members(of refusal: TransferLink) -> [String: JSONValue] {
        [
            digestMember: .string(SHA256Digest.hash(refusal.json.canonicalBytes).hex),
            "refusal-index": .integer(Int64(clamping: refusal.entry.index)),
            "refusal-log": .string(refusal.entry.log.rawValue),
        ]
    }

    /// INVARIANT: within the transaction that appends the entry, whose details hold ``members(of:)``.
    static func insert(_ refusal: TransferLink, entry: UInt64, in transaction: LogTransaction) throws {
        try transaction.database.run(
            "INSERT INTO refusals (entry_index, link) VALUES (?, ?)",
            Int64(entry),
            refusal.json.canonicalBytes.blob
        )
        try ReceivedCheckpoint.keep([refusal], in: transaction)
    }

    /// The refusal that an entry rests on; nil where it has none.
    static func find(_ entry: UInt64, in database: Database) throws -> TransferLink? {
        // A copy of an older release has no such table.
        guard try database.tableExists("refusals") else { return nil }
        let row = try database.first("SELECT link FROM refusals WHERE entry_index = ?", Int64(clamping: entry))
        return try row.map { try TransferLink(stored: $0.bytes(0)) }
    }
}
