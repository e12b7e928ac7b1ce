import CanonicalEncoding
import GRDB
import TransparencyLog

/// The signed checkpoints, one for every commit that appended entries, and that of the empty log.
enum CheckpointTable {
    static func insert(_ signed: SignedCheckpoint, time: Timestamp, into database: Database) throws {
        try database.run(
            "INSERT INTO checkpoints (number, size, time, note) "
                + "VALUES ((SELECT coalesce(max(number) + 1, 0) FROM checkpoints), ?, ?, ?)",
            Int64(signed.checkpoint.head.size),
            time.millisecondsSinceEpoch,
            signed.bytes.blob
        )
    }

    static func latest(in database: Database) throws -> SignedCheckpoint {
        try parse(database.first("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1"))
    }

    /// The checkpoint of the commit that appended the entry.
    static func first(covering index: UInt64, in database: Database) throws -> SignedCheckpoint {
        try parse(
            database.first("SELECT note FROM checkpoints WHERE size > ? ORDER BY size LIMIT 1", Int64(index))
        )
    }

    private static func parse(_ row: Row?) throws -> SignedCheckpoint {
        guard let row else { throw StoreError.damaged("no checkpoint covers what was asked for") }
        do {
            return try SignedCheckpoint(parsing: row.bytes(0))
        } catch let error as CheckpointError {
            throw StoreError.damaged("\(error)")
        }
    }
}
