import CanonicalEncoding
import GRDB
import OpenSSLCrypto
package import TransparencyLog

/// How a witness decided, and what it knew of the log then.
package struct WitnessOutcome: Sendable {
    package let decision: WitnessDecision
    /// The checkpoint that it had cosigned last; nil before the first.
    package let latest: SignedCheckpoint?
}

extension RelayStore {
    /// Decides on a checkpoint that a log brings, and keeps it when this node cosigns it. INVARIANT: a cosignature that is
    /// answered is of the checkpoint that is stored, and what is stored never goes back: the size that was cosigned last is
    /// compared and set in one transaction of the one writer, and committed before this returns.
    ///
    /// - Parameters:
    ///   - bytes: the body of an `add-checkpoint` request.
    ///   - signer: this node's key as a witness.
    ///   - key: the key of a log, by its origin; nil for one that is not witnessed here.
    /// - Throws: `StoreError`, and `NoteError` when the cosignature cannot be made; nothing is kept then.
    package func witness(
        addCheckpoint bytes: [UInt8],
        signer: CosignatureSigner,
        key: @escaping @Sendable (LogOrigin) -> NoteVerifier?
    ) async throws -> WitnessOutcome {
        // What is refused anyhow does not come before the writer: anybody may ask.
        let first = try await read { database in
            try WitnessDeciding(signer: signer, key: key, database: database).decide(bytes, at: 0)
        }
        guard case .cosigned = first.decision else { return first }
        return try await writer.perform { transaction in
            let time = UInt64(clamping: transaction.time.secondsSinceEpoch)
            let outcome = try WitnessDeciding(signer: signer, key: key, database: transaction.database)
                .decide(bytes, at: time)
            guard case .cosigned(let latest, _) = outcome.decision else { return outcome }
            guard let log = key(latest.checkpoint.origin) else { throw StoreError.refused("a log without key") }
            try transaction.database.run(
                """
                INSERT INTO witnessed_logs (log, origin, size, root, time, note) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (log) DO UPDATE SET size = excluded.size, root = excluded.root, time = excluded.time,
                    note = excluded.note
                """,
                log.verifierKey,
                latest.checkpoint.origin.rawValue,
                Int64(latest.checkpoint.head.size),
                latest.checkpoint.head.root.bytes.blob,
                transaction.time.millisecondsSinceEpoch,
                latest.bytes.blob
            )
            return outcome
        }.value
    }

    /// The checkpoint of the log with that key which this node has cosigned last, as the log signed it.
    package func witnessed(log: NoteVerifier) async throws(StoreError) -> SignedCheckpoint? {
        try await read { try WitnessedLog.latest(of: log, in: $0) }
    }
}

/// The rows of `witnessed_logs`.
enum WitnessedLog {
    static func latest(of log: NoteVerifier, in database: Database) throws -> SignedCheckpoint? {
        let row = try database.first("SELECT note FROM witnessed_logs WHERE log = ?", log.verifierKey)
        return try row.map { try CheckpointTable.parse($0.bytes(0)) }
    }
}

/// A decision over what the database holds now.
private struct WitnessDeciding {
    let signer: CosignatureSigner
    let key: @Sendable (LogOrigin) -> NoteVerifier?
    let database: Database

    func decide(_ bytes: [UInt8], at time: UInt64) throws -> WitnessOutcome {
        var latest: SignedCheckpoint?
        var log: NoteVerifier?
        var evidence: Fork?
        do {
            let origin = try AddCheckpointRequest(parsing: bytes).signedCheckpoint.checkpoint.origin
            log = key(origin)
            latest = try log.flatMap { try WitnessedLog.latest(of: $0, in: database) }
            evidence = try log.flatMap { try ForkRecord.evidence(against: $0, in: database) }
        } catch is WitnessFormError {
            // The witness says itself what is wrong with the form.
        }
        let known = log.map { Witness.Log(keys: [$0], latest: latest, evidence: evidence) }
        let decision = try Witness(signer: signer) { _ in known }.decide(addCheckpoint: bytes, at: time)
        return WitnessOutcome(decision: decision, latest: latest)
    }
}
