/// Why the store refuses to open, or did not do what it was asked.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The disk, or the room that the database may take, is used up. Nothing was stored; it may work later.
    case storageFull(String)
    /// The database did not take or give the data. Nothing was stored; it may work later.
    case unavailable(String)
    /// Whoever asked was cancelled before the database answered.
    case cancelled
    /// A rule of the schema or of the log forbids what was asked. Nothing was stored; asking again will not help.
    case refused(String)
    /// What an operator asks for does not go with what is there: the order is to be changed. Nothing was stored.
    case orderRefused(String)
    /// The store has been closed.
    case closed
    /// Another process, or another store of this one, holds the data folder.
    case folderInUse(folder: String, process: Int32?)
    /// The data folder cannot be used.
    case unusableFolder(String)
    /// SQLite did not accept a setting that durability or erasure rest on.
    case unsafeSetting(name: String, expected: String, got: String)
    /// What is to be read is no file that can hold a log.
    case noDatabase(String)
    /// A newer release, or another program, made the database.
    case unknownSchema(String)
    /// The database holds the log of another node, or one that another key signs.
    case otherLog(name: String, expected: String, got: String)
    /// What is stored contradicts itself or the signed log.
    case damaged(String)

    /// What an error means to whoever asked for something. Raw values are reason codes of the interfaces and never change.
    package enum Problem: String, Sendable, CaseIterable {
        /// There may be room later.
        case full = "storage-full"
        /// It may work later.
        case unavailable = "storage-unavailable"
        /// It will never work, however often it is asked.
        case refused = "storage-refused"
        /// Whoever gave the order must change it.
        case order = "order-refused"
        /// Somebody must look into the database.
        case damaged = "storage-damaged"
        /// A store that is open does not come to say so.
        case unexpected = "internal-error"
    }

    package var problem: Problem {
        switch self {
        case .storageFull: .full
        case .unavailable, .cancelled, .closed: .unavailable
        case .refused: .refused
        case .orderRefused: .order
        case .damaged: .damaged
        case .folderInUse, .unusableFolder, .unsafeSetting, .noDatabase, .unknownSchema, .otherLog: .unexpected
        }
    }

    package var description: String {
        switch self {
        case .storageFull(let detail): "storage full: \(detail)"
        case .unavailable(let detail): "storage unavailable: \(detail)"
        case .cancelled: "storage not asked any more: the request was cancelled"
        case .refused(let detail): "storage refused: \(detail)"
        case .orderRefused(let detail): detail
        case .closed: "storage closed"
        case .folderInUse(let folder, let process):
            "data folder `\(folder)` in use by "
                + (process.map { "process \($0)" } ?? "another process")
                + ": stop that one first, or give this node a folder of its own"
        case .unusableFolder(let detail): "data folder unusable: \(detail)"
        case .unsafeSetting(let name, let expected, let got):
            "unsafe database: expected `\(name)` to be `\(expected)`, got `\(got)`"
        case .noDatabase(let detail): detail
        case .unknownSchema(let detail): "database refused: \(detail)"
        case .otherLog(let name, let expected, let got):
            "database of another log: expected \(name) `\(expected)`, got `\(got)`: a log keeps its origin and its key "
                + "for life; give the node the data folder and log key that belong together, or begin a new log under "
                + "another node name with a data folder of its own"
        case .damaged(let detail): "database damaged: \(detail)"
        }
    }
}
