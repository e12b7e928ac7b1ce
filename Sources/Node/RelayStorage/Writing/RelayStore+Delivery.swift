package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying
import TransparencyLog

extension RelayStore {
    /// Records that the next hop has taken the object in `outboxRow`. INVARIANT: an item is transferred exactly when its
    /// `transfer` entry is in the log, with the next hop's custody link beside it.
    ///
    /// - Parameter custody: the next hop's answer, verified by the caller.
    /// - Returns: whether this call did it; false when the item was closed before.
    @discardableResult
    package func recordTransferred(
        outboxRow: Int64,
        custody: TransferLink,
        peer: SPIFFEID
    ) async throws(StoreError) -> Bool {
        let proof = custody.json.canonicalBytes
        let details = OutboxRecord.details(of: custody)
        return try await writer.perform { transaction in
            guard let queued = try QueuedObject.find(outboxRow, in: transaction.database) else { return false }
            let entry = PreparedEntry(queued.draft(.transfer, .done, peer: peer, details: details))
            try queued.close("transferred", entry: transaction.append(entry), custody: proof, in: transaction.database)
            try ReceivedCheckpoint.keep([custody], in: transaction)
            if custody.entry.kind == .relay, queued.entry.object == .message {
                try CustodyFeed.begin(peer, behind: custody.entry.index, in: transaction.database)
            }
            if let destination = queued.entry.destination {
                try OutboundNumber.voidIfReported(message: queued.message, to: destination, in: transaction)
            }
            return true
        }.value
    }

    /// Records proofs that nodes behind a hub have custody of what was handed to it, and how far its word was read.
    ///
    /// - Parameters:
    ///   - custody: of messages in rows of the outbox that are closed, verified by the caller, each new.
    ///   - feed: as it was when the hub was asked; where it has been moved since, it stays.
    package func recordOnwardCustody(
        _ custody: [OnwardCustody],
        from feed: CustodyFeed,
        to next: CustodyFeed
    ) async throws(StoreError) {
        _ = try await writer.perform { transaction in
            for later in custody {
                let (row, link) = (later.row, later.link)
                let object = try QueuedObject.find(row, isClosed: true, in: transaction.database)
                guard let object, let node = link.entry.log.node else {
                    throw StoreError.refused("custody of what was not handed over")
                }
                let details = OutboxRecord.details(of: link)
                let draft = object.draft(.custody, .done, peer: node, details: details)
                try transaction.database.run(
                    "INSERT INTO onward_custody (entry_index, transfer, link) VALUES (?, ?, ?)",
                    Int64(try transaction.append(PreparedEntry(draft))),
                    row,
                    link.json.canonicalBytes.blob
                )
                try ReceivedCheckpoint.keep([link], in: transaction)
            }
            try feed.move(to: next, in: transaction.database)
        }
    }

    /// Notes a failed attempt and when to try again. INVARIANT: only what is queued is ever rescheduled.
    ///
    /// - Parameter unsettled: the time of an answer that the next hop cannot judge the object yet; the first one counts.
    package func recordRetry(
        outboxRow: Int64,
        attempts: Int,
        due: Timestamp,
        error: String,
        unsettled: Timestamp? = nil
    ) async throws(StoreError) {
        _ = try await writer.perform { transaction in
            try transaction.database.run(
                "UPDATE outbox SET attempts = ?, due = ?, last_error = ?, "
                    + "unsettled_since = coalesce(unsettled_since, ?) WHERE row = ? AND state = 'queued'",
                attempts,
                due.millisecondsSinceEpoch,
                String(error.prefix(1000)),
                unsettled?.millisecondsSinceEpoch,
                outboxRow
            )
        }
    }

    /// Gives up on the object in `outboxRow`. INVARIANT: an item is void exactly when a `void` entry closes its sequence
    /// number, and the report to the originator's node is queued, or known here, with it.
    ///
    /// - Parameters:
    ///   - reason: a code of the wire API.
    ///   - refusal: the next hop's signed word that it will not take the object, verified by the caller.
    ///   - nonDelivery: the report onward, or its denial; nil at the originator's own node, for what is not a message, and
    ///     where no report can be made.
    /// - Returns: whether this call did it; false when the item was closed before.
    @discardableResult
    package func recordVoid(
        outboxRow: Int64,
        reason: String,
        refusal: TransferLink? = nil,
        nonDelivery: AnswerVerdict?
    ) async throws(StoreError) -> Bool {
        var report: AnswerRecord?
        var denial: PreparedEntry?
        switch nonDelivery {
        case .admitted(let admission): report = AnswerRecord(admission)
        case .denied(let denied): denial = PreparedEntry(denied.entry)
        case nil: break
        }
        let (onward, denied) = (report, denial)
        return try await writer.perform { transaction in
            guard let queued = try QueuedObject.find(outboxRow, in: transaction.database) else { return false }
            let draft = queued.draft(
                .void,
                .failed,
                peer: queued.entry.nextHop,
                reasons: [reason],
                details: .object(refusal.map { RefusalRow.members(of: $0) } ?? [:])
            )
            let index = try transaction.append(PreparedEntry(draft), sequence: queued.entry.sequence)
            if let refusal { try RefusalRow.insert(refusal, entry: index, in: transaction) }
            try queued.close("void", entry: index, error: reason, in: transaction.database)
            if queued.entry.object == .message, let hub = queued.entry.nextHop, hub != queued.entry.destination {
                // It may have it all the same, with its answer lost on the way.
                try CustodyFeed.begin(hub, in: transaction.database)
            }
            if let denied { try transaction.append(denied) }
            if let onward {
                _ = try onward.store(in: transaction)
            } else if queued.entry.object == .message, let destination = queued.entry.destination {
                try NonDeliveryRow.insert(
                    message: queued.message,
                    destination: destination,
                    reason: reason,
                    entry: index,
                    in: transaction
                )
            }
            return true
        }.value
    }
}

/// An item of the outbox within a transaction, with the entry that queued it.
private struct QueuedObject {
    let row: Int64
    let message: Int64
    /// The release or relay, read back from the log: what closes it says the same of it.
    let entry: AuditEntry

    /// Nil when there is no such item, or it is closed where it should not be, or the other way round.
    static func find(_ row: Int64, isClosed: Bool = false, in database: Database) throws -> QueuedObject? {
        let found = try database.first(
            "SELECT o.message, e.bytes FROM outbox o JOIN entries e ON e.idx = o.entry_index "
                + "WHERE o.row = ? AND (o.closing_entry IS NOT NULL) = ?",
            row,
            isClosed ? 1 : 0
        )
        guard let found else { return nil }
        do {
            let entry = try AuditEntry(canonicalBytes: found.bytes(1))
            return QueuedObject(row: row, message: try found.integer(0), entry: entry)
        } catch let error as AuditEntryError {
            throw StoreError.damaged("\(error)")
        }
    }

    func draft(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        peer: SPIFFEID?,
        reasons: [String] = [],
        details: JSONValue = [:]
    ) -> AuditEntryDraft {
        AuditEntryDraft(
            kind,
            outcome,
            realm: entry.realm,
            peer: peer,
            message: entry.message,
            object: entry.object,
            digest: entry.digest,
            envelope: entry.envelope,
            destination: entry.destination,
            nextHop: entry.nextHop,
            reasons: reasons,
            policy: entry.policy,
            directory: entry.directory,
            details: details
        )
    }

    func close(
        _ state: String,
        entry: UInt64,
        custody: [UInt8]? = nil,
        error: String? = nil,
        in database: Database
    ) throws {
        try database.run(
            "UPDATE outbox SET state = ?, closing_entry = ?, custody = ?, last_error = coalesce(?, last_error) "
                + "WHERE row = ?",
            state,
            Int64(entry),
            custody?.blob,
            error,
            row
        )
    }
}
