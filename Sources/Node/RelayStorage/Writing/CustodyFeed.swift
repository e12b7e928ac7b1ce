package import CoalitionDirectory
import GRDB
package import OpenSSLCrypto

/// How far a hub's log was read for the custody of what was handed to it.
package struct CustodyFeed: Hashable, Sendable {
    /// Where something stands that could not be proven, and by which directory.
    package struct Unproven: Hashable, Sendable {
        /// The entry in front of the first such.
        package let position: UInt64
        package let directory: SHA256Digest

        package init(position: UInt64, directory: SHA256Digest) {
            self.position = position
            self.directory = directory
        }
    }

    package let hub: SPIFFEID
    /// The key of the log that was read.
    package let key: String
    /// The entry up to which it was.
    package let position: UInt64
    package let unproven: Unproven?

    package init(hub: SPIFFEID, key: String, position: UInt64, unproven: Unproven? = nil) {
        self.hub = hub
        self.key = key
        self.position = position
        self.unproven = unproven
    }
}

extension CustodyFeed {
    /// Has a hub's word read behind the entry by which it took a message over, if that was read past or never reached.
    ///
    /// Answers to two transfers may come in another order than the hub's log has them.
    static func begin(_ hub: SPIFFEID, behind index: UInt64, in database: Database) throws {
        let key = try key(of: hub, in: database)
        try database.run(
            """
            INSERT INTO custody_feeds (hub, log_key, position) VALUES (?1, ?2, ?3)
            ON CONFLICT (hub) DO UPDATE SET log_key = ?2,
                position = CASE log_key WHEN ?2 THEN min(position, ?3) ELSE ?3 END,
                unproven_position = CASE log_key WHEN ?2 THEN unproven_position END,
                unproven_directory = CASE log_key WHEN ?2 THEN unproven_directory END
            """,
            hub.description,
            key,
            Int64(clamping: index)
        )
    }

    /// Has a hub's word read from its log's beginning, unless it is read already.
    static func begin(_ hub: SPIFFEID, in database: Database) throws {
        try database.run(
            "INSERT INTO custody_feeds (hub, log_key, position) VALUES (?, ?, 0) ON CONFLICT (hub) DO NOTHING",
            hub.description,
            try key(of: hub, in: database)
        )
    }

    private static func key(of hub: SPIFFEID, in database: Database) throws -> String {
        try database.first("SELECT key FROM known_logs WHERE origin = ?", hub.description)?.text(0) ?? ""
    }

    /// Moves on, unless something has moved it since this was read.
    func move(to next: CustodyFeed, in database: Database) throws {
        try database.run(
            """
            UPDATE custody_feeds SET log_key = ?, position = ?, unproven_position = ?, unproven_directory = ?
            WHERE hub = ? AND log_key = ? AND position = ?
            """,
            next.key,
            Int64(clamping: next.position),
            next.unproven.map { Int64(clamping: $0.position) },
            next.unproven?.directory.bytes.blob,
            hub.description,
            key,
            Int64(clamping: position)
        )
    }
}
