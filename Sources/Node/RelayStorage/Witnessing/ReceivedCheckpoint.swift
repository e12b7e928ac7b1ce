package import CanonicalEncoding
import GRDB
package import OpenSSLCrypto
import Relaying
package import TransparencyLog

/// The tree of another log as a receipt of that log has shown it, to be compared with what the log's witnesses saw.
package struct ReceivedCheckpoint: Hashable, Sendable {
    /// How far the tree is known to be the one that everybody else sees.
    package enum State: Hashable, Sendable {
        /// Only the log's own word.
        case provisional
        /// Proven to be part of a larger tree that these witnesses have cosigned.
        case witnessed(size: UInt64, by: [String])
        /// The log has signed another history: there is evidence.
        case forked
        /// The log that showed it has ended before it was witnessed: another key has taken its place.
        case ended
    }

    package let leaf: SHA256Digest
    package let proof: LogProof
    package let received: Timestamp
    package let state: State

    package var origin: LogOrigin { proof.signedCheckpoint.checkpoint.origin }
    package var head: TreeHead { proof.signedCheckpoint.checkpoint.head }
}

extension ReceivedCheckpoint {
    fileprivate static let columns = "leaf, proof, received, state, witnessed_size, cosigners"

    fileprivate init(_ row: Row) throws {
        let state: State
        switch try row.text(3) {
        case "provisional": state = .provisional
        case "witnessed":
            state = .witnessed(
                size: UInt64(clamping: try row.integer(4)),
                by: try CosignerList.names(in: row.text(5))
            )
        case "forked": state = .forked
        case "ended": state = .ended
        case let other: throw StoreError.damaged("expected the state of a received checkpoint, got `\(other)`")
        }
        let proof: LogProof
        do {
            proof = try LogProof(parsing: row.bytes(1))
        } catch let error as ProofError {
            throw StoreError.damaged("a received proof: \(error)")
        }
        self.init(leaf: try row.digest(0), proof: proof, received: try row.time(2), state: state)
    }

    static func find(_ checkpoint: Checkpoint, in database: Database) throws -> ReceivedCheckpoint? {
        try database.first(
            "SELECT \(columns) FROM received_checkpoints WHERE origin = ? AND size = ? AND root = ?",
            checkpoint.origin.rawValue,
            Int64(clamping: checkpoint.head.size),
            checkpoint.head.root.bytes.blob
        ).map { try ReceivedCheckpoint($0) }
    }

    /// Keeps the trees of links that came from other logs, each once.
    static func keep(_ links: [TransferLink], in transaction: LogTransaction) throws {
        for link in links {
            let checkpoint = link.proof.signedCheckpoint.checkpoint
            try transaction.database.run(
                "INSERT INTO received_checkpoints (origin, size, root, leaf, proof, received, state) "
                    + "VALUES (?, ?, ?, ?, ?, ?, 'provisional') ON CONFLICT DO NOTHING",
                checkpoint.origin.rawValue,
                Int64(clamping: checkpoint.head.size),
                checkpoint.head.root.bytes.blob,
                MerkleTree.leafHash(link.entryBytes).bytes.blob,
                link.proof.bytes.blob,
                transaction.time.millisecondsSinceEpoch
            )
        }
    }
}

/// How many receipts of one log wait for their tree to be witnessed.
package struct ProvisionalReceipts: Hashable, Sendable {
    package let origin: LogOrigin
    package let count: Int
    package let oldest: Timestamp
}

extension RelayStore {
    /// The logs whose receipts wait for their tree to be witnessed.
    package func provisionalReceipts() async throws(StoreError) -> [ProvisionalReceipts] {
        try await read { database in
            try database.all(
                "SELECT origin, count(*), min(received) FROM received_checkpoints WHERE state = 'provisional' "
                    + "GROUP BY origin ORDER BY origin"
            ).map { row in
                ProvisionalReceipts(
                    origin: try row.origin(0),
                    count: Int(try row.integer(1)),
                    oldest: try row.time(2)
                )
            }
        }
    }

    /// The oldest receipts of a log that wait.
    package func provisionalReceipts(of origin: LogOrigin, limit: Int) async throws(StoreError) -> [ReceivedCheckpoint]
    {
        try await read { database in
            try database.all(
                "SELECT \(ReceivedCheckpoint.columns) FROM received_checkpoints "
                    + "WHERE state = 'provisional' AND origin = ? ORDER BY received LIMIT ?",
                origin.rawValue,
                limit
            ).map { try ReceivedCheckpoint($0) }
        }
    }

    /// What is known of the tree that a receipt of another log has shown; nil when it was never received.
    package func received(_ checkpoint: Checkpoint) async throws(StoreError) -> ReceivedCheckpoint? {
        try await read { try ReceivedCheckpoint.find(checkpoint, in: $0) }
    }

    /// Notes that trees are part of a larger one that witnesses have cosigned, as the caller has proven.
    package func markWitnessed(
        _ received: [ReceivedCheckpoint],
        by cosigners: [String],
        under checkpoint: Checkpoint
    ) async throws(StoreError) {
        try await settle(received) { database, key in
            try database.run(
                "UPDATE received_checkpoints SET state = 'witnessed', witnessed_size = ?, cosigners = ? "
                    + "WHERE origin = ? AND size = ? AND root = ? AND state = 'provisional'",
                Int64(clamping: checkpoint.head.size),
                CosignerList.text(cosigners),
                key.origin.rawValue,
                Int64(clamping: key.head.size),
                key.head.root.bytes.blob
            )
        }
    }

    /// Notes that trees are not what the log shows others.
    package func markForked(_ received: [ReceivedCheckpoint]) async throws(StoreError) {
        try await settle(received, as: "forked")
    }

    /// Notes that trees are of a log that has ended.
    package func markEnded(_ received: [ReceivedCheckpoint]) async throws(StoreError) {
        try await settle(received, as: "ended")
    }

    private func settle(_ received: [ReceivedCheckpoint], as state: String) async throws(StoreError) {
        try await settle(received) { database, key in
            try database.run(
                "UPDATE received_checkpoints SET state = ? WHERE origin = ? AND size = ? AND root = ? "
                    + "AND state = 'provisional'",
                state,
                key.origin.rawValue,
                Int64(clamping: key.head.size),
                key.head.root.bytes.blob
            )
        }
    }

    private func settle(
        _ received: [ReceivedCheckpoint],
        _ settle: @escaping @Sendable (Database, Checkpoint) throws -> Void
    ) async throws(StoreError) {
        guard !received.isEmpty else { return }
        let keys = received.map(\.proof.signedCheckpoint.checkpoint)
        _ = try await writer.perform { transaction in
            for key in keys { try settle(transaction.database, key) }
        }
    }
}
