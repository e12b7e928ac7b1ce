package import CanonicalEncoding
import GRDB
import GRDBSQLite
import MessageEnvelope
package import OpenSSLCrypto
package import Relaying

/// What an erasure took away.
package struct Erasure: Hashable, Sendable {
    /// The entry that records it.
    package let index: UInt64
    package let record: ErasureRecord
    /// Whether the write-ahead log is empty, so that no page of the database's files holds what was erased. It is not as
    /// long as a reader stands on an older state: ``RelayStore/truncateWriteAheadLog()`` tries again.
    package let isWriteAheadLogEmpty: Bool
}

extension RelayStore {
    /// The most bodies, and the most entries, that one entry of an erasure names.
    package static let erasureLimit = 2_000

    /// Erases what an order names, together with the salt of every detail, in one transaction with the entry that says so.
    ///
    /// Entries, headers, receipts and every proof stay. Pages that become free are overwritten (`secure_delete`), and the
    /// write-ahead log is emptied behind the commit.
    /// - Returns: nil when nothing is left of what the order names.
    /// - Throws: ``StoreError/orderRefused(_:)`` when it names a message that is still on its way or was not opened, entries
    ///   whose details stay, or what a legal hold keeps.
    package func erase(
        _ order: ErasureOrder,
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> Erasure? {
        let realm = node.realm
        let committed = try await writer.perform { transaction -> (UInt64, ErasureRecord)? in
            let targets = try ErasureTargets(order, at: transaction.time, in: transaction.database)
            guard !targets.isEmpty else { return nil }
            try targets.erase(from: transaction.database)
            let record = ErasureRecord(
                entries: targets.entries,
                bodies: Set(targets.bodies.map(\.envelope)),
                authority: order.authority,
                reason: order.reason,
                persons: order.persons
            )
            var draft = AuditEntryDraft(.erasure, .done, realm: realm, policy: policy, directory: directory)
            if case .message(let id) = order.scope { draft.message = id }
            draft.details = record.json
            return (try transaction.append(PreparedEntry(draft)), record)
        }
        guard let (index, record) = committed.value else { return nil }
        return Erasure(index: index, record: record, isWriteAheadLogEmpty: try await truncateWriteAheadLog())
    }

    /// How many bodies, and the details of how many entries, an order would erase at `time`; nothing is erased.
    ///
    /// - Throws: as ``erase(_:policy:directory:)``.
    package func wouldErase(
        _ order: ErasureOrder,
        at time: Timestamp
    ) async throws(StoreError) -> (bodies: Int, details: Int) {
        try await read { database in
            let targets = try ErasureTargets(order, at: time, in: database)
            return (targets.bodies.count, Int(clamping: targets.entries.count))
        }
    }

    /// Moves the write-ahead log into the database and empties it, on the writer's own connection.
    ///
    /// The writer never waits for a reader: one that is in the way gets some tenths of a second in which commits go on.
    /// - Returns: false when a reader on an older state did not let it.
    package func truncateWriteAheadLog() async throws(StoreError) -> Bool {
        do {
            for _ in 0..<3 {
                let isEmpty = try await pool.writeWithoutTransaction { database in
                    sqlite3_busy_timeout(database.sqliteConnection, 0)
                    defer { sqlite3_busy_timeout(database.sqliteConnection, StoreDatabase.busyMilliseconds) }
                    return try database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0
                }
                if isEmpty { return true }
                try await Task.sleep(for: .milliseconds(100))
            }
            return false
        } catch {
            throw StoreError(error)
        }
    }
}
