package import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying
import TransparencyLog

extension RelayStore {
    /// The hubs that messages were handed to, and how far the log of each was read for what became of them.
    package func custodyFeeds() async throws(StoreError) -> [SPIFFEID: UInt64] {
        try await read { database in
            let rows = try database.all("SELECT hub, position FROM custody_feeds")
            return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.spiffeID(0), try $0.entryIndex(1)) })
        }
    }

    /// What this node knows of the custody of messages that `peer` brought, by nodes behind this one.
    ///
    /// - Parameter index: an entry of this log; what it learned later is told.
    package func custodyPage(for peer: SPIFFEID, after index: UInt64) async throws(StoreError) -> CustodyPage {
        try await read { database in
            let last = UInt64(clamping: try database.integer("SELECT max(idx) FROM entries") ?? 0)
            let limit = CustodyPage.maximumLinks
            // All objects count for the limit, so that a page is a short read whoever asks, and from wherever.
            let found = try [Self.custodyOfNextHops, Self.custodyBehindThem].flatMap { query in
                try database.all(query, Int64(clamping: index), peer.description, limit)
            }
            let page = try found.map { (index: try $0.entryIndex(0), link: try $0.optionalBytes(1)) }
                .sorted { $0.index < $1.index }.prefix(limit)
            return CustodyPage(
                links: try page.compactMap { try $0.link.map { try TransferLink(stored: $0) } },
                next: page.count == limit ? page.last?.index ?? last : last,
                last: last
            )
        }
    }

    /// The message of another log's custody entry, as this node has handed it to `hub`; nil when it has not.
    package func handedOver(_ custody: AuditEntry, to hub: SPIFFEID) async throws(StoreError) -> HandedOver? {
        guard custody.object == .message, let message = custody.message, let envelope = custody.envelope,
            let destination = custody.destination ?? custody.log.node
        else { return nil }
        return try await read { database in
            let found = try database.first(
                """
                SELECT o.row, e.bytes, o.custody FROM outbox o
                JOIN messages m ON m.row = o.message JOIN entries e ON e.idx = o.entry_index
                WHERE m.id = ? AND m.digest = ? AND o.object = 'message' AND o.destination = ? AND o.next_hop = ?
                    AND o.state = 'transferred'
                """,
                message.bytes.blob,
                envelope.bytes.blob,
                destination.description,
                hub.description
            )
            guard let found else { return nil }
            let row = try found.integer(0)
            let later = try database.all("SELECT link FROM onward_custody WHERE transfer = ?", row)
            let links = try [found.bytes(2)] + later.map { try $0.bytes(0) }
            do {
                return HandedOver(
                    row: row,
                    sent: try AuditEntry(canonicalBytes: found.bytes(1)),
                    holders: Set(try links.map { try TransferLink(stored: $0).entry.log })
                )
            } catch let error as AuditEntryError {
                throw StoreError.damaged("\(error)")
            }
        }
    }

    private static let custodyOfNextHops = """
        SELECT o.closing_entry,
            CASE WHEN e.kind = 'relay' AND e.peer = ?2 AND o.object = 'message' THEN o.custody END
        FROM outbox o JOIN entries e ON e.idx = o.entry_index
        WHERE o.closing_entry > ?1 ORDER BY o.closing_entry LIMIT ?3
        """
    private static let custodyBehindThem = """
        SELECT c.entry_index, CASE WHEN e.kind = 'relay' AND e.peer = ?2 THEN c.link END
        FROM onward_custody c JOIN outbox o ON o.row = c.transfer JOIN entries e ON e.idx = o.entry_index
        WHERE c.entry_index > ?1 ORDER BY c.entry_index LIMIT ?3
        """
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
