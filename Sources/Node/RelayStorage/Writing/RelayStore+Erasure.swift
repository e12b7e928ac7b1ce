import CanonicalEncoding
import GRDB
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
    /// - Throws: ``StoreError/refused(_:)`` when it names a message that is still on its way or was not opened, or entries
    ///   whose details stay.
    package func erase(
        _ order: ErasureOrder,
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> Erasure? {
        let realm = node.realm
        let committed = try await writer.perform { transaction -> (UInt64, ErasureRecord)? in
            let targets = try ErasureTargets(order, at: transaction.time, in: transaction.database)
            guard !targets.entries.isEmpty || !targets.bodies.isEmpty else { return nil }
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

    /// Moves the write-ahead log into the database and empties it, on the writer's own connection.
    ///
    /// - Returns: false when a reader on an older state did not let it.
    package func truncateWriteAheadLog() async throws(StoreError) -> Bool {
        do {
            return try await pool.writeWithoutTransaction { database in
                try database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0
            }
        } catch {
            throw StoreError(error)
        }
    }
}

/// The rows that an order takes away.
private struct ErasureTargets {
    struct Body {
        let message: Int64
        let envelope: SHA256Digest
    }

    private(set) var entries = IndexRanges()
    private(set) var bodies: [Body] = []

    private static let erasable = AuditEntryKind.erasable.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")

    init(_ order: ErasureOrder, at time: Timestamp, in database: Database) throws {
        switch order.scope {
        case .message(let id): try take(id, includesUnread: order.includesUnread, at: time, in: database)
        case .entries(let ranges): try take(ranges, in: database)
        case .expired(let bodies, let details):
            try take(bodiesBefore: bodies, detailsBefore: details, time, in: database)
        }
    }

    func erase(from database: Database) throws {
        for body in bodies { try database.run("DELETE FROM bodies WHERE message = ?", body.message) }
        for range in entries.ranges {
            try database.run(
                "DELETE FROM entry_details WHERE idx BETWEEN ? AND ?",
                Int64(range.lowerBound),
                Int64(range.upperBound)
            )
        }
    }

    private mutating func take(
        _ id: MessageID,
        includesUnread: Bool,
        at time: Timestamp,
        in database: Database
    ) throws {
        let queued = try database.first(
            "SELECT o.destination FROM outbox o JOIN messages m ON m.row = o.message "
                + "WHERE m.id = ? AND o.state = 'queued' LIMIT 1",
            id.bytes.blob
        )
        if let queued {
            throw StoreError.refused(
                "message `\(id)` is still on its way to `\(try queued.text(0))`: wait until it is there, or void"
            )
        }
        let unread = try database.first(
            "SELECT i.mailbox FROM inbox i JOIN messages m ON m.row = i.message "
                + "WHERE m.id = ? AND i.receipt IS NULL AND m.expires > ? LIMIT 1",
            id.bytes.blob,
            time.millisecondsSinceEpoch
        )
        if let unread, !includesUnread {
            throw StoreError.refused(
                "message `\(id)` was not opened by mailbox `\(try unread.text(0))`: wait, or order that unread ones go too (`--unread`)"
            )
        }
        bodies = try Self.bodies(
            in: try database.all(
                "SELECT m.row, m.digest FROM messages m JOIN bodies b ON b.message = m.row WHERE m.id = ?",
                id.bytes.blob
            )
        )
        let found = try database.all(
            "SELECT e.idx FROM entries e JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.message = ? AND e.kind IN (\(Self.erasable)) ORDER BY e.idx",
            id.bytes.blob
        )
        entries = IndexRanges(try found.map { try $0.entryIndex(0) })
    }

    private mutating func take(_ ranges: IndexRanges, in database: Database) throws {
        guard ranges.count <= RelayStore.erasureLimit else {
            throw StoreError.refused("expected at most \(RelayStore.erasureLimit) entries at once, got \(ranges.count)")
        }
        for index in ranges.ranges.joined() {
            let row = try database.first(
                "SELECT e.kind, d.idx IS NOT NULL FROM entries e LEFT JOIN entry_details d ON d.idx = e.idx WHERE e.idx = ?",
                Int64(clamping: index)
            )
            guard let row else { throw StoreError.refused("there is no entry \(index)") }
            let kind = try row.text(0)
            guard AuditEntryKind(rawValue: kind).map(AuditEntryKind.erasable.contains) ?? false else {
                throw StoreError.refused("entry \(index) is of the kind `\(kind)`, whose details stay")
            }
            if try row.integer(1) == 1 { entries.insert(last: index) }
        }
    }

    private mutating func take(
        bodiesBefore: Timestamp?,
        detailsBefore: Timestamp?,
        _ now: Timestamp,
        in database: Database
    ) throws {
        if let bodiesBefore {
            bodies = try Self.bodies(
                in: try database.all(
                    """
                    SELECT m.row, m.digest FROM messages m JOIN bodies b ON b.message = m.row
                    WHERE m.accepted_at < ?1
                        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = m.row AND o.state = 'queued')
                        AND (m.expires <= ?2
                            OR NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message = m.row AND i.receipt IS NULL))
                    ORDER BY m.row LIMIT \(RelayStore.erasureLimit)
                    """,
                    bodiesBefore.millisecondsSinceEpoch,
                    now.millisecondsSinceEpoch
                )
            )
        }
        if let detailsBefore {
            let found = try database.all(
                """
                SELECT d.idx FROM entry_details d JOIN entries e ON e.idx = d.idx
                WHERE e.time < ? AND e.kind IN (\(Self.erasable)) ORDER BY d.idx LIMIT \(RelayStore.erasureLimit)
                """,
                detailsBefore.millisecondsSinceEpoch
            )
            entries = IndexRanges(try found.map { try $0.entryIndex(0) })
        }
    }

    private static func bodies(in rows: [Row]) throws -> [Body] {
        try rows.map { Body(message: try $0.integer(0), envelope: try $0.digest(1)) }
    }
}
