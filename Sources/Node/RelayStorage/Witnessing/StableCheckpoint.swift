package import CanonicalEncoding
import GRDB
package import TransparencyLog

/// A checkpoint of this node's log that was given out, with the cosignatures that have come in.
package struct StableCheckpoint: Hashable, Sendable {
    package let signed: SignedCheckpoint
    /// When it was made.
    package let time: Timestamp
    /// The witnesses whose cosignatures it bears, by the names of their keys.
    package let cosigners: [String]
    /// When it had the cosignatures of a quorum; nil before.
    package let witnessed: Timestamp?

    package var head: TreeHead { signed.checkpoint.head }
}

extension StableCheckpoint {
    static let columns = "time, note, cosigners, witnessed"

    init(_ row: Row) throws {
        self.init(
            signed: try CheckpointTable.parse(row.bytes(1)),
            time: try row.time(0),
            cosigners: try CosignerList.names(in: row.text(2)),
            witnessed: try row.optionalInteger(3).map { Timestamp(millisecondsSinceEpoch: $0) }
        )
    }

    static func latest(in database: Database) throws -> StableCheckpoint? {
        try database.first("SELECT \(columns) FROM stable_checkpoints ORDER BY size DESC LIMIT 1")
            .map { try StableCheckpoint($0) }
    }

    /// The first that covers the entry with the cosignatures of a quorum.
    static func firstWitnessed(covering index: UInt64, in database: Database) throws -> StableCheckpoint? {
        try database.first(
            "SELECT \(columns) FROM stable_checkpoints WHERE size > ? AND witnessed IS NOT NULL ORDER BY size LIMIT 1",
            Int64(clamping: index)
        ).map { try StableCheckpoint($0) }
    }

    /// The first that covers the entry.
    static func first(covering index: UInt64, in database: Database) throws -> StableCheckpoint? {
        try database.first(
            "SELECT \(columns) FROM stable_checkpoints WHERE size > ? ORDER BY size LIMIT 1",
            Int64(clamping: index)
        ).map { try StableCheckpoint($0) }
    }
}

/// Names of witnesses as a column holds them.
enum CosignerList {
    static func text(_ names: [String]) -> String { JSONValue.array(names.map { .string($0) }).canonicalText }

    static func names(in text: String) throws -> [String] {
        do {
            return try JSONValue.parse(Array(text.utf8)).arrayValue?.compactMap(\.stringValue) ?? []
        } catch {
            throw StoreError.damaged("a list of witnesses: \(error)")
        }
    }
}

extension RelayStore {
    /// Makes the last checkpoint of the log the one that is given out, unless it is already. INVARIANT: what is given out
    /// is a checkpoint of the log, and everybody gets the same one: whoever asks later gets it or a larger one.
    @discardableResult
    package func makeStableCheckpoint() async throws(StoreError) -> StableCheckpoint? {
        let size = try await read { try CheckpointTable.latest(in: $0).checkpoint.head.size }
        if let stable = try await stableCheckpoint(), stable.head.size >= size { return stable }
        return try await writer.perform { transaction in
            let database = transaction.database
            let signed = try CheckpointTable.latest(in: database)
            let latest = try StableCheckpoint.latest(in: database)
            let size = signed.checkpoint.head.size
            guard size > latest?.head.size ?? 0 else { return latest }
            try database.run(
                "INSERT INTO stable_checkpoints (size, time, note, cosigners) VALUES (?, ?, ?, '[]')",
                Int64(size),
                transaction.time.millisecondsSinceEpoch,
                signed.bytes.blob
            )
            return try StableCheckpoint.latest(in: database)
        }.value
    }

    /// The checkpoint that is given out; nil before the first.
    package func stableCheckpoint() async throws(StoreError) -> StableCheckpoint? {
        try await read { try StableCheckpoint.latest(in: $0) }
    }

    /// The first stable checkpoint that covers the entry, one with the cosignatures of a quorum if there is one.
    package func stableCheckpoint(covering index: UInt64) async throws(StoreError) -> StableCheckpoint? {
        try await read { database in
            try StableCheckpoint.firstWitnessed(covering: index, in: database)
                ?? StableCheckpoint.first(covering: index, in: database)
        }
    }

    /// Whether the time of a cosignature, in seconds since 1970, is less than an hour away.
    private static func isNear(_ time: UInt64, _ now: Timestamp) -> Bool {
        let now = UInt64(clamping: now.secondsSinceEpoch)
        return (now > time ? now - time : time - now) < 3600
    }

    /// Adds the cosignatures of a witness to the stable checkpoint of that size. INVARIANT: only lines that verify under
    /// the witness's key are added, at a time that is not far from this node's, and nothing that was added goes.
    ///
    /// A tree is dated by what its witnesses say: one of them, with a wrong clock or a lie, must not spoil it as evidence.
    ///
    /// - Parameter isQuorum: whether the checkpoint, with what it bears then, is witnessed.
    /// - Returns: whether a cosignature was added.
    @discardableResult
    package func add(
        _ response: AddCheckpointResponse,
        by witness: CosignatureVerifier,
        toStableCheckpointOf size: UInt64,
        isQuorum: @escaping @Sendable (SignedCheckpoint) -> Bool
    ) async throws(StoreError) -> Bool {
        try await writer.perform { transaction in
            let database = transaction.database
            guard
                let row = try database.first(
                    "SELECT \(StableCheckpoint.columns) FROM stable_checkpoints WHERE size = ?",
                    Int64(size)
                )
            else { throw StoreError.refused("no stable checkpoint has the size \(size)") }
            let stable = try StableCheckpoint(row)
            let name = witness.name.rawValue
            guard !stable.cosigners.contains(name) else { return false }
            let signed: SignedCheckpoint
            do {
                for line in response.signatures where line.name == witness.name {
                    let (time, now) = (try witness.time(of: line, over: stable.signed.checkpoint), transaction.time)
                    guard Self.isNear(time, now) else {
                        throw StoreError.refused(
                            "it says that it was made at second \(time) of 1970, an hour or more from \(now): compare the clocks"
                        )
                    }
                }
                signed = try response.added(to: stable.signed, by: [witness])
            } catch {
                throw StoreError.refused("the cosignature of `\(name)`: \(error)")
            }
            let witnessed = isQuorum(signed) ? transaction.time.millisecondsSinceEpoch : nil
            try database.run(
                "UPDATE stable_checkpoints SET note = ?, cosigners = ?, witnessed = coalesce(witnessed, ?) WHERE size = ?",
                signed.bytes.blob,
                CosignerList.text((stable.cosigners + [name]).sorted()),
                witnessed,
                Int64(size)
            )
            return true
        }.value
    }

    /// The size of the last stable checkpoint that the witness has cosigned; 0 when there is none.
    package func lastSize(cosignedBy witness: CosignatureVerifier) async throws(StoreError) -> UInt64 {
        let name = witness.name.rawValue
        return try await read { database in
            let size = try database.integer(
                "SELECT size FROM stable_checkpoints WHERE EXISTS "
                    + "(SELECT 1 FROM json_each(cosigners) WHERE value = ?) ORDER BY size DESC LIMIT 1",
                name
            )
            return UInt64(clamping: size ?? 0)
        }
    }
}

extension RelayStore {
    /// The size of the last stable checkpoint that a quorum has cosigned; 0 when there is none.
    package func lastWitnessedSize() async throws(StoreError) -> UInt64 {
        let size = try await read { database in
            try database.integer("SELECT max(size) FROM stable_checkpoints WHERE witnessed IS NOT NULL")
        }
        return UInt64(clamping: size ?? 0)
    }
}
