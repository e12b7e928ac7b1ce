package import CanonicalEncoding
import GRDB
import OpenSSLCrypto
package import Relaying
package import TransparencyLog

/// Evidence of a fork that this node keeps, with the entry that says so.
package struct ForkRecord: Hashable, Sendable {
    /// Counted from 1, in the order of finding.
    package let number: Int64
    package let fork: Fork
    package let entryIndex: UInt64
    package let found: Timestamp
    /// Nil as long as no operator has said that the matter is dealt with.
    package let acknowledgement: AcknowledgedFork?
}

extension ForkRecord {
    /// The member of a fork's details that names the checkpoint which it contradicts: SHA-256 of its text.
    static let knownMember = "known-digest"

    static func all(in database: Database) throws -> [ForkRecord] {
        let acknowledged = try AcknowledgedFork.all(in: database)
        return try database.all(
            "SELECT f.number, f.evidence, f.entry_index, e.time FROM forks f JOIN entries e ON e.idx = f.entry_index "
                + "ORDER BY f.number"
        ).map { row in
            let index = try row.entryIndex(2)
            return ForkRecord(
                number: try row.integer(0),
                fork: try fork(row.bytes(1), number: row.integer(0)),
                entryIndex: index,
                found: try row.time(3),
                acknowledgement: acknowledged[index]
            )
        }
    }

    /// Evidence that the log with this key has forked or gone back; nil when this node has none.
    static func evidence(against log: NoteVerifier, in database: Database) throws -> Fork? {
        let rows = try database.all(
            "SELECT number, evidence FROM forks WHERE origin = ? ORDER BY number",
            log.name.rawValue
        )
        for row in rows {
            let fork = try fork(row.bytes(1), number: row.integer(0))
            if fork.isSigned(by: log) { return fork }
        }
        return nil
    }

    private static func fork(_ bytes: [UInt8], number: Int64) throws -> Fork {
        do {
            return try Fork(parsing: bytes)
        } catch {
            throw StoreError.damaged("the evidence of fork \(number): \(error)")
        }
    }
}

extension RelayStore {
    /// Keeps evidence that a log has forked or gone back. INVARIANT: the evidence and the entry that names its digest are
    /// committed together, once for each known checkpoint that is contradicted.
    ///
    /// - Parameter draft: an entry of kind `fork`; its digest is set here.
    /// - Returns: whether it was new.
    @discardableResult
    package func record(_ fork: Fork, _ draft: AuditEntryDraft) async throws(StoreError)
        -> Bool
    {
        guard draft.kind == .fork else {
            throw .refused("a fork is kept with a `fork` entry, got `\(draft.kind.rawValue)`")
        }
        var draft = draft
        let evidence = fork.bytes
        draft.digest = .hash(evidence)
        let key = SHA256Digest.hash(fork.known.checkpoint.text)
        let entry = PreparedEntry(draft.adding([ForkRecord.knownMember: .string(key.hex)]))
        return try await writer.perform { transaction in
            let database = transaction.database
            let isKnown = try database.integer(
                "SELECT 1 FROM forks WHERE origin = ? AND claim = ? AND known = ?",
                fork.origin.rawValue,
                fork.claimName,
                key.bytes.blob
            )
            guard isKnown == nil else { return false }
            let index = try transaction.append(entry)
            try database.run(
                "INSERT INTO forks (number, origin, claim, known, evidence, entry_index) "
                    + "VALUES ((SELECT coalesce(max(number), 0) + 1 FROM forks), ?, ?, ?, ?, ?)",
                fork.origin.rawValue,
                fork.claimName,
                key.bytes.blob,
                evidence.blob,
                Int64(index)
            )
            return true
        }.value
    }

    /// The evidence that this node keeps, in the order of finding.
    package func forks() async throws(StoreError) -> [ForkRecord] {
        try await read { try ForkRecord.all(in: $0) }
    }
}

extension LogCopy {
    /// The evidence that the copy holds, in the order of finding; none in one of an older release.
    package func forks() throws(StoreError) -> [ForkRecord] {
        try read { try $0.tableExists("forks") ? ForkRecord.all(in: $0) : [] }
    }
}
