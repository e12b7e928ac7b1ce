package import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying
import TransparencyLog

/// A message that another log's custody entry names, as this node's outbox has it.
package enum CustodySubject: Sendable {
    /// This node has not sent it to the hub.
    case unknown
    /// It waits for the hub's own answer.
    case waiting
    /// The hub has answered, or this node has given up waiting for it.
    case handedOver(HandedOver)
}

extension RelayStore {
    /// How far the logs of hubs that messages were handed to were read for what became of them.
    package func custodyFeeds() async throws(StoreError) -> [CustodyFeed] {
        try await read { database in
            try database.all(
                "SELECT hub, log_key, position, unproven_position, unproven_directory FROM custody_feeds ORDER BY hub"
            ).map { row in
                let unproven = try row.optionalInteger(3).map { _ in
                    CustodyFeed.Unproven(position: try row.entryIndex(3), directory: try row.digest(4))
                }
                return CustodyFeed(
                    hub: try row.spiffeID(0),
                    key: try row.text(1),
                    position: try row.entryIndex(2),
                    unproven: unproven
                )
            }
        }
    }

    /// What this node knows of the custody of messages that `peer` brought, by nodes behind this one.
    ///
    /// What is behind the page depends on the index asked for and on what `peer` itself brought alone, so that it tells
    /// nobody what others do.
    ///
    /// - Parameter index: an entry of this log; what it learned later is told.
    package func custodyPage(for peer: SPIFFEID, after index: UInt64) async throws(StoreError) -> CustodyPage {
        try await read { database in
            let last = UInt64(clamping: try database.integer("SELECT max(idx) FROM entries") ?? 0)
            guard index < last else { return CustodyPage(custody: [], next: last, last: last) }
            let end = min(index + Self.custodyWindow, last)
            let limit = CustodyPage.maximumItems
            let found = try [CustodySource.nextHops, .behindThem].flatMap { source in
                let rows = try database.all(
                    source.query,
                    Int64(clamping: index),
                    Int64(clamping: end),
                    peer.description,
                    limit
                )
                return try rows.map { (index: try $0.entryIndex(0), size: try $0.integer(1), source: source) }
            }.sorted { $0.index < $1.index }
            var custody: [CustodyPage.Item] = []
            var size: Int64 = 0
            for place in found.prefix(limit) {
                size += place.size
                // One is shorter than that.
                guard size <= Self.custodyPageSize else { break }
                let link = try database.first(place.source.linkQuery, Int64(clamping: place.index))?.bytes(0)
                custody.append(.init(index: place.index, link: try TransferLink(stored: link ?? [])))
            }
            let isCut = custody.count < found.count || custody.count == limit
            return CustodyPage(custody: custody, next: isCut ? custody.last?.index ?? end : end, last: last)
        }
    }

    /// The message of another log's custody entry, as this node has sent it to `hub`.
    package func custodySubject(_ custody: AuditEntry, at hub: SPIFFEID) async throws(StoreError) -> CustodySubject {
        guard custody.object == .message, let message = custody.message, let envelope = custody.envelope,
            let destination = custody.destination ?? custody.log.node
        else { return .unknown }
        return try await read { database in
            let found = try database.first(
                """
                SELECT o.row, e.bytes, o.state, o.custody, o.links FROM outbox o
                JOIN messages m ON m.row = o.message JOIN entries e ON e.idx = o.entry_index
                WHERE m.id = ? AND m.digest = ? AND o.object = 'message' AND o.destination = ? AND o.next_hop = ?
                """,
                message.bytes.blob,
                envelope.bytes.blob,
                destination.description,
                hub.description
            )
            guard let found else { return .unknown }
            guard try found.text(2) != "queued" else { return .waiting }
            let row = try found.integer(0)
            let later = try database.all("SELECT link FROM onward_custody WHERE transfer = ?", row)
            // A hub whose answer never came may have taken over what was given up here.
            let own = try found.optionalBytes(3).map { [$0] } ?? []
            let links = try (own + later.map { try $0.bytes(0) }).map { try TransferLink(stored: $0) }
            do {
                return .handedOver(
                    HandedOver(
                        row: row,
                        sent: try AuditEntry(canonicalBytes: found.bytes(1)),
                        links: try TransferLink.list(stored: found.bytes(4)) + links
                    )
                )
            } catch let error as AuditEntryError {
                throw StoreError.damaged("\(error)")
            }
        }
    }

    /// The entries of this log that one page looks at.
    private static let custodyWindow: UInt64 = 4096
    /// The most that the links of a page take, in bytes.
    private static let custodyPageSize: Int64 = 1 << 20
}

/// Where this node has the custody of messages by other nodes, by the entries of its log that say so.
private enum CustodySource {
    case nextHops
    case behindThem

    /// The entries between two indices about what a node has brought, with the size of the link of each.
    ///
    /// The order of the tables is fixed: what is looked at is bounded by the indices, whoever asks.
    var query: String {
        switch self {
        case .nextHops:
            """
            SELECT o.closing_entry, length(o.custody) FROM outbox o CROSS JOIN entries e ON e.idx = o.entry_index
            WHERE o.closing_entry > ?1 AND o.closing_entry <= ?2 AND o.state = 'transferred' AND o.object = 'message'
                AND e.kind = 'relay' AND e.peer = ?3
            ORDER BY o.closing_entry LIMIT ?4
            """
        case .behindThem:
            """
            SELECT c.entry_index, length(c.link) FROM onward_custody c
            CROSS JOIN outbox o ON o.row = c.transfer CROSS JOIN entries e ON e.idx = o.entry_index
            WHERE c.entry_index > ?1 AND c.entry_index <= ?2 AND e.kind = 'relay' AND e.peer = ?3
            ORDER BY c.entry_index LIMIT ?4
            """
        }
    }

    var linkQuery: String {
        switch self {
        case .nextHops: "SELECT custody FROM outbox WHERE closing_entry = ?"
        case .behindThem: "SELECT link FROM onward_custody WHERE entry_index = ?"
        }
    }
}

extension LogOrigin {
    /// The node whose log it is; nil for a name that is no node's.
    var node: SPIFFEID? {
        do {
            return try SPIFFEID("spiffe://\(rawValue)")
        } catch {
            return nil
        }
    }
}
