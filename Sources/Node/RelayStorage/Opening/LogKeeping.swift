import CanonicalEncoding
import GRDB
import TransparencyLog

/// What binds a database to one log: its application id, the schema, the log's origin and key.
enum LogKeeping {
    static let originKey = "log-origin"
    static let verifierKey = "log-key"
    /// All that `meta` may hold.
    static let keys: Set = [originKey, verifierKey]

    /// Makes the database this log's, or proves that it is: a new file gets schema, origin, key and the signed
    /// checkpoint of the empty log; an old one must be of this program, of a schema known here, and of this log.
    static func prepare(
        _ pool: DatabasePool,
        origin: LogOrigin,
        signer: NoteSigner,
        now: Timestamp
    ) throws {
        guard signer.name.rawValue == origin.rawValue else {
            throw StoreError.otherLog(
                name: "the name of the log key",
                expected: origin.rawValue,
                got: signer.name.rawValue
            )
        }
        try pool.writeWithoutTransaction { database in
            try checkProgram(database)
            guard try !Schema.migrator.hasBeenSuperseded(database) else {
                throw StoreError.unknownSchema(
                    "a newer release made it; run that release, or restore a copy from before"
                )
            }
        }
        try Schema.migrator.migrate(pool)
        try pool.write { database in
            if try database.integer("SELECT count(*) FROM meta") == 0 {
                try found(database, origin: origin, signer: signer, now: now)
            }
            let keptOrigin = try value(originKey, in: database)
            guard keptOrigin == origin.rawValue else {
                throw StoreError.otherLog(name: "log origin", expected: origin.rawValue, got: keptOrigin ?? "none")
            }
            let key = try value(verifierKey, in: database)
            guard key == signer.verifier.verifierKey else {
                throw StoreError.otherLog(
                    name: "log key",
                    expected: signer.verifier.verifierKey,
                    got: key ?? "none"
                )
            }
        }
    }

    static func value(_ key: String, in database: Database) throws -> String? {
        try database.first("SELECT value FROM meta WHERE key = ?", key)?.text(0)
    }

    /// Refuses a database that another program made. One that was a node's and says otherwise now is for the verification
    /// to find.
    static func checkHoldsLog(_ database: Database, path: String) throws {
        guard try Int64.fetchOne(database, sql: "PRAGMA application_id") != StoreDatabase.applicationID else { return }
        let names = ["meta", "entries", "checkpoints"]
        for name in names where try !database.tableExists(name) {
            throw StoreError.noDatabase("`\(path)` is not the database of a node")
        }
    }

    private static func checkProgram(_ database: Database) throws {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id")
        if application == StoreDatabase.applicationID { return }
        let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
        guard application == 0, isEmpty else {
            throw StoreError.unknownSchema("another program made it; name a folder of this node's own")
        }
        try database.execute(sql: "PRAGMA application_id = \(StoreDatabase.applicationID)")
    }

    private static func found(_ database: Database, origin: LogOrigin, signer: NoteSigner, now: Timestamp) throws {
        try database.run("INSERT INTO meta (key, value) VALUES (?, ?)", originKey, origin.rawValue)
        try database.run("INSERT INTO meta (key, value) VALUES (?, ?)", verifierKey, signer.verifier.verifierKey)
        let signed = try SignedCheckpoint(signing: Checkpoint(origin: origin, head: .empty), by: signer)
        try CheckpointTable.insert(signed, time: now, into: database)
    }
}
