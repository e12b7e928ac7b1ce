import GRDB

/// The tables of an archive: those of the log, of which it holds a part, under the same names.
enum ArchiveSchema {
    /// `ENTA`: what `file` and other tools read in the database's header.
    static let applicationID: Int64 = 0x454e_5441
    /// The version of this schema, in `meta`.
    static let format = "1"
    static let formatKey = "archive-format"
    /// The first entry, and the one behind the last.
    static let firstKey = "archive-first"
    static let endKey = "archive-end"
    /// How many checkpoints it holds, and the size of the one that witnesses have cosigned; 0 for none.
    static let checkpointsKey = "archive-checkpoints"
    static let witnessedKey = "archive-witnessed"

    static let tables = """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE entries (
            idx INTEGER PRIMARY KEY CHECK (idx >= 0),
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            outcome TEXT NOT NULL,
            peer TEXT,
            message BLOB CHECK (length(message) = 16),
            reasons TEXT NOT NULL,
            sequence INTEGER CHECK (sequence >= 1),
            destination TEXT,
            policy BLOB CHECK (length(policy) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE INDEX entries_by_message ON entries (message) WHERE message IS NOT NULL;
        CREATE INDEX entries_by_kind ON entries (kind);
        CREATE TABLE entry_details (
            idx INTEGER PRIMARY KEY REFERENCES entries (idx),
            salt BLOB NOT NULL CHECK (length(salt) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE tiles (
            level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
            idx INTEGER NOT NULL CHECK (idx >= 0),
            hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
            PRIMARY KEY (level, idx)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE checkpoints (
            number INTEGER PRIMARY KEY CHECK (number >= 0),
            size INTEGER NOT NULL UNIQUE CHECK (size >= 0),
            time INTEGER NOT NULL,
            note BLOB NOT NULL
        ) STRICT;
        CREATE TABLE stable_checkpoints (
            size INTEGER PRIMARY KEY CHECK (size >= 1),
            time INTEGER NOT NULL,
            note BLOB NOT NULL,
            cosigners TEXT NOT NULL,
            witnessed INTEGER
        ) STRICT;
        CREATE TABLE later_erasures (
            idx INTEGER PRIMARY KEY CHECK (idx >= 0),
            bytes BLOB NOT NULL,
            proof BLOB NOT NULL,
            salt BLOB NOT NULL CHECK (length(salt) = 32),
            details BLOB NOT NULL
        ) STRICT;
        """

    /// Makes the tables in an empty database.
    static func make(in database: Database) throws {
        try database.execute(sql: tables)
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }

    /// Whether a database holds an archive.
    static func isArchive(_ database: Database) throws -> Bool {
        try Int64.fetchOne(database, sql: "PRAGMA application_id") == applicationID
    }
}
