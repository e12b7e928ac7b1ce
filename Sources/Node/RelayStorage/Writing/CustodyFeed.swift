import CoalitionDirectory
import GRDB

/// How far a hub's log was read for the custody of what was handed to it.
enum CustodyFeed {
    /// Begins to read a hub's word behind the entry by which it took the first message over; later ones change nothing.
    static func begin(_ hub: SPIFFEID, behind index: UInt64, in database: Database) throws {
        try database.run(
            "INSERT INTO custody_feeds (hub, position) VALUES (?, ?) ON CONFLICT (hub) DO NOTHING",
            hub.description,
            Int64(clamping: index)
        )
    }

    static func move(_ hub: SPIFFEID, to position: UInt64, in database: Database) throws {
        try database.run(
            "UPDATE custody_feeds SET position = ? WHERE hub = ?",
            Int64(clamping: position),
            hub.description
        )
    }
}
