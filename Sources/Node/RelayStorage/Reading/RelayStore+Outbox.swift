package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import SecurityLabels
import TransparencyLog

/// The lanes to a next hop: what is urgent never queues behind what is not, nor what is small behind what is large.
package enum OutboxLane: Hashable, Sendable, CaseIterable {
    /// FLASH and above, of any size.
    case urgent
    /// Objects below ``RelayStore/bulkSize`` that are not urgent.
    case small
    /// The rest.
    case bulk

    /// The lane's part of the outbox for next hop `?1` at time `?2`, most urgent and oldest first.
    ///
    /// Each part reads the index `outbox_to_claim` in its order and stops where the caller does: what else is queued,
    /// however much, is never looked at. One condition over both sizes would have SQLite read and sort the whole queue.
    var query: String {
        let parts =
            switch self {
            case .urgent:
                [Self.part(bulk: 0, "o.precedence >= \(urgency)"), Self.part(bulk: 1, "o.precedence >= \(urgency)")]
            case .small: [Self.part(bulk: 0, "o.precedence < \(urgency)")]
            case .bulk: [Self.part(bulk: 1, "o.precedence < \(urgency)")]
            }
        // By the columns `precedence` and `row`: the parts of a union know them by their places only.
        return parts.joined(separator: " UNION ALL ") + " ORDER BY 7 DESC, 1"
    }

    private var urgency: Int { Precedence.flash.rawValue }

    private static func part(bulk: Int, _ condition: String) -> String {
        "SELECT \(OutboxItem.columns) FROM \(OutboxItem.source) "
            + "WHERE o.state = 'queued' AND o.next_hop = ?1 AND o.bulk = \(bulk) AND \(condition) AND o.due <= ?2"
    }
}

extension RelayStore {
    /// What to send to `nextHop` now: strictly by precedence, then by age.
    ///
    /// - Parameter excluding: the rows that are being sent already.
    package func dueOutbox(
        nextHop: SPIFFEID,
        lane: OutboxLane,
        now: Timestamp,
        limit: Int,
        excluding: Set<Int64> = []
    ) async throws(StoreError) -> [OutboxItem] {
        try await read { database in
            let rows = try database.each(
                lane.query,
                nextHop.description,
                now.millisecondsSinceEpoch
            )
            var items: [OutboxItem] = []
            while items.count < limit, let row = try rows.next() {
                if excluding.contains(try row.integer(0)) { continue }
                items.append(try OutboxItem(row))
            }
            return items
        }
    }

    /// Everything that is queued and has expired by `now`, oldest expiry first.
    package func expiredOutbox(now: Timestamp, limit: Int = 1000) async throws(StoreError) -> [OutboxItem] {
        try await read { database in
            try database.all(
                "SELECT \(OutboxItem.columns) FROM \(OutboxItem.source) "
                    + "WHERE o.state = 'queued' AND o.expires <= ? ORDER BY o.expires, o.row LIMIT ?",
                now.millisecondsSinceEpoch,
                limit
            ).map { try OutboxItem($0) }
        }
    }

    /// The earliest time after `now` at which something queued for `nextHop` becomes due; nil when nothing does.
    package func nextDue(nextHop: SPIFFEID, after now: Timestamp) async throws(StoreError) -> Timestamp? {
        try await read { database in
            try database.integer(
                "SELECT min(due) FROM outbox WHERE state = 'queued' AND next_hop = ? AND due > ?",
                nextHop.description,
                now.millisecondsSinceEpoch
            ).map { Timestamp(millisecondsSinceEpoch: $0) }
        }
    }

    /// The nodes that something is queued for.
    package func queuedNextHops() async throws(StoreError) -> [SPIFFEID] {
        try await read { database in
            // From one next hop to the following one in the index, past all that is queued for each.
            let hops = """
                WITH RECURSIVE hops (hop) AS (
                    SELECT min(next_hop) FROM outbox WHERE state = 'queued'
                    UNION ALL
                    SELECT (SELECT min(next_hop) FROM outbox WHERE state = 'queued' AND next_hop > hop)
                    FROM hops WHERE hop IS NOT NULL
                )
                SELECT hop FROM hops WHERE hop IS NOT NULL
                """
            return try database.all(hops).map { try $0.spiffeID(0) }
        }
    }

    /// The queued object in `row` with everything that travels with it; nil when it is no longer queued.
    package func outboxTransfer(row: Int64) async throws(StoreError) -> OutboxTransfer? {
        let found = try await read { database -> StoredTransfer? in
            guard
                let stored = try database.first(
                    "SELECT \(OutboxItem.columns), o.links, o.object_bytes, m.row, m.header "
                        + "FROM \(OutboxItem.source) WHERE o.row = ? AND o.state = 'queued'",
                    row
                )
            else { return nil }
            let item = try OutboxItem(stored)
            let own = OutboxItem.columnCount
            let entry = EntryRange(first: item.entryIndex, count: 1)
            let checkpoint = try CheckpointTable.first(covering: item.entryIndex, in: database)
            return StoredTransfer(
                item: item,
                received: try stored.bytes(own),
                entries: try committed(entry, under: checkpoint, in: database),
                objectBytes: try stored.optionalBytes(own + 1)
                    ?? stored.bytes(own + 3) + MessageBody.bytes(message: stored.integer(own + 2), in: database)
            )
        }
        guard let found else { return nil }
        return OutboxTransfer(
            item: found.item,
            links: try TransferLink.list(stored: found.received) + Committed(value: (), entries: found.entries).links(),
            objectBytes: found.objectBytes
        )
    }

    private struct StoredTransfer: Sendable {
        let item: OutboxItem
        let received: [UInt8]
        let entries: [CommittedEntry]
        let objectBytes: [UInt8]
    }
}

/// The encrypted body of a stored message.
enum MessageBody {
    static func bytes(message: Int64, in database: Database) throws -> [UInt8] {
        guard let row = try database.first("SELECT bytes FROM bodies WHERE message = ?", message) else {
            throw StoreError.damaged("the body of a message is missing")
        }
        return try row.bytes(0)
    }
}
