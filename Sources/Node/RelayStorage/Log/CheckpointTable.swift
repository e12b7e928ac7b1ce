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

    /// The checkpoint to prove the entry under: the first that a quorum of witnesses has cosigned, else the first that any
    /// has, else the latest.
    static func best(covering index: UInt64, in database: Database) throws -> SignedCheckpoint {
        // The database may be a copy of an older release.
        guard try database.tableExists("stable_checkpoints") else { return try latest(in: database) }
        if let witnessed = try StableCheckpoint.firstWitnessed(covering: index, in: database) {
            return witnessed.signed
        }
        guard let stable = try StableCheckpoint.first(covering: index, in: database), !stable.cosigners.isEmpty else {
            return try latest(in: database)
        }
        return stable.signed
    }

    /// The checkpoint of the commit that appended the entry.
    static func first(covering index: UInt64, in database: Database) throws -> SignedCheckpoint {
        try parse(
            database.first("SELECT note FROM checkpoints WHERE size > ? ORDER BY size LIMIT 1", Int64(index))
        )
    }

    private static func parse(_ row: Row?) throws -> SignedCheckpoint {
        guard let row else { throw StoreError.damaged("no checkpoint covers what was asked for") }
        return try parse(row.bytes(0))
    }

    /// A checkpoint as the store keeps it.
    static func parse(_ note: [UInt8]) throws -> SignedCheckpoint {
        do {
            return try SignedCheckpoint(parsing: note)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }
}
