import GRDB

/// How the store opens SQLite.
enum StoreDatabase {
    /// `ENTE`: what `file` and other tools read in the database's header.
    static let applicationID: Int64 = 0x454e_5445

    /// The pages of the write-ahead log after which a commit moves them into the database: 32 MiB. A batch of a thousand
    /// messages is some megabytes; moving after each would double the syncs.
    private static let checkpointPages = 8192

    /// How long a connection waits for a lock.
    static let busyMilliseconds: Int32 = 5_000

    /// A pool over the file, whose one writer connection does every commit and every checkpoint of the write-ahead log.
    ///
    /// Readers are opened read-only, so that they can do neither: SQLite before 3.51.3 can lose commits when two
    /// connections checkpoint.
    ///
    /// - Throws: ``StoreError/unsafeSetting(name:expected:got:)`` when SQLite does not confirm a setting.
    static func open(path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "entente"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(busyMilliseconds) / 1000)
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { database in
            if database.configuration.readonly {
                try database.execute(sql: "PRAGMA query_only = ON")
            } else {
                // What a savepoint keeps of pages stays in memory: in a file it would cost a tenth of the time, and contents would
                // outlive their erasure there.
                try database.execute(
                    sql: """
                        PRAGMA secure_delete = ON;
                        PRAGMA recursive_triggers = ON;
                        PRAGMA temp_store = MEMORY;
                        PRAGMA cache_size = -65536;
                        PRAGMA wal_autocheckpoint = \(checkpointPages);
                        PRAGMA journal_size_limit = 67108864;
                        """
                )
            }
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL when it switches to the write-ahead log, and NORMAL loses commits with the power.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try expect("synchronous", "2", in: database)
            try expect("journal_mode", "wal", in: database)
            try expect("secure_delete", "1", in: database)
            try expect("foreign_keys", "1", in: database)
            try expect("recursive_triggers", "1", in: database)
        }
        return pool
    }

    /// A reader over a file that nobody here writes: a copy, or the database of a running node.
    ///
    /// A copy that stands alone is opened as one that cannot change, so that it may lie on read-only media, and nothing
    /// is made beside it.
    static func openReadOnly(path: String) throws -> DatabaseQueue {
        try DatabaseFile.check(path)
        var configuration = Configuration()
        configuration.label = "entente.audit"
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA query_only = ON") }
        return try DatabaseQueue(path: try location(of: path), configuration: configuration)
    }

    private static func location(of path: String) throws -> String {
        guard DatabaseFile.standsAlone(path) else { return path }
        let knowsLocations = try DatabaseQueue().read { database in
            try Bool.fetchOne(database, sql: "SELECT sqlite_compileoption_used('USE_URI')")
        }
        return knowsLocations == true ? DatabaseFile.unchangingLocation(of: path) : path
    }

    private static func expect(_ name: String, _ expected: String, in database: Database) throws {
        let value = try DatabaseValue.fetchOne(database, sql: "PRAGMA \(name)")
        let got =
            value.flatMap { String.fromDatabaseValue($0) ?? Int64.fromDatabaseValue($0).map(String.init) } ?? "none"
        guard got == expected else { throw StoreError.unsafeSetting(name: name, expected: expected, got: got) }
    }
}
