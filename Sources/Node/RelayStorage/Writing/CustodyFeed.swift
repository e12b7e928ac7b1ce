package import CoalitionDirectory
import GRDB

/// How far a hub's log was read for the custody of what was handed to it.
package struct CustodyFeed: Hashable, Sendable {
    package let hub: SPIFFEID
    /// The key of the log that was read.
    package let key: String
    /// The entry up to which it was.
    package let position: UInt64

    package init(hub: SPIFFEID, key: String, position: UInt64) {
        self.hub = hub
        self.key = key
        self.position = position
    }
}

extension CustodyFeed {
    /// Has a hub's word read behind the entry by which it took a message over, if that was read past or never reached.
    ///
    /// Answers to two transfers may come in another order than the hub's log has them.
    static func begin(_ hub: SPIFFEID, behind index: UInt64, in database: Database) throws {
        let key = try database.first("SELECT key FROM known_logs WHERE origin = ?", hub.description)?.text(0) ?? ""
        try database.run(
            """
            INSERT INTO custody_feeds (hub, log_key, position) VALUES (?1, ?2, ?3)
            ON CONFLICT (hub) DO UPDATE SET log_key = ?2,
                position = CASE log_key WHEN ?2 THEN min(position, ?3) ELSE ?3 END
            """,
            hub.description,
            key,
            Int64(clamping: index)
        )
    }

    /// Moves on, unless something has moved it since this was read.
    func move(to next: CustodyFeed, in database: Database) throws {
        try database.run(
            "UPDATE custody_feeds SET log_key = ?, position = ? WHERE hub = ? AND log_key = ? AND position = ?",
            next.key,
            Int64(clamping: next.position),
            hub.description,
            key,
            Int64(clamping: position)
        )
    }
}
