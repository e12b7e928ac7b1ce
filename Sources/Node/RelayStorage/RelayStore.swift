package import CanonicalEncoding
import GRDB
package import Relaying
import Synchronization
package import TransparencyLog

/// A node's store: its audit log, the messages under way, and its mailboxes, in one SQLite database.
///
/// Every write is one job of the ``LogWriter``: one transaction that keeps one invariant, durable before the call
/// returns. Reads see the last commit and never wait for writes.
package final class RelayStore: Sendable {
    /// Objects from this size on, in bytes, are bulk: they travel on a connection of their own.
    package static let bulkSize = 256 * 1024
    /// The most that the texts of one policy may take, in bytes, with the statements about them.
    package static let policyTextsLimit = 32 << 20

    package let node: NodeIdentity
    /// The key that verifies the log's checkpoints.
    package let verifier: NoteVerifier
    let writer: LogWriter
    let pool: DatabasePool
    /// The index up to which retention has looked at the details: what is kept there stays, see ``keep(_:policy:directory:)``.
    let retained = Mutex<UInt64>(0)
    /// Whether the process that had the store before has left a write-ahead log behind, as one does that is killed.
    package let hasFoundWriteAheadLog: Bool
    private let folder: DataFolder
    private let isClosed = Mutex(false)
    private let troubles = Mutex(ReadTroubles())
    private let clock: @Sendable () -> Timestamp

    /// Opens the store of `node` in `folder`, making it when there is none, and proves that it is whole.
    ///
    /// - Parameters:
    ///   - folder: the path of the node's data folder; its parent exists.
    ///   - signer: the log's key, which bears the name of the node's log.
    ///   - clock: the time of entries; read once per commit.
    /// - Throws: ``StoreError`` when the folder is in use, the database is of another log or a newer release, SQLite
    ///   refuses a setting that durability rests on, or what is stored differs from the last signed checkpoint.
    package init(
        folder path: String,
        node: NodeIdentity,
        signer: NoteSigner,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreError) {
        self.node = node
        self.clock = clock
        verifier = signer.verifier
        do {
            folder = try DataFolder(path: path)
            hasFoundWriteAheadLog = !DatabaseFile.hasEmptyWriteAheadLog(folder.databasePath)
            // Whoever wrote it last may have been killed, or failed, before it was on the disk. From now on it is relied on.
            try WriteAheadLog(database: folder.databasePath).makeDurable()
            let pool = try StoreDatabase.open(path: folder.databasePath)
            try LogKeeping.prepare(pool, origin: node.log, signer: signer, now: clock())
            let verifier = signer.verifier
            let rebuilt = try pool.read { try TreeRebuild.run($0, origin: node.log, verifier: verifier) }
            writer = LogWriter(
                pool: pool,
                log: node.log,
                signer: signer,
                tree: rebuilt.tree,
                lastTime: rebuilt.lastTime,
                clock: clock
            )
            self.pool = pool
        } catch {
            switch StoreError(error) {
            case .storageFull(let detail): throw .storageFull("\(detail): make room in `\(path)`, and start again")
            case .damaged(let detail):
                throw .damaged(
                    "\(detail): keep a copy of `\(path)` as it is; `entente audit verify` says of the database in it how "
                        + "far its log is proven, and Docs/operating.md, under `Backup and restore`, how to go on"
                )
            case let error: throw error
            }
        }
    }

    deinit {
        writer.stop()
    }

    /// The path of the data folder.
    var folderPath: String { folder.path }

    /// Finishes the writes that wait, closes the database and lets go of the folder; later calls fail, a second one of
    /// this does nothing.
    package func close() throws(StoreError) {
        writer.stop()
        guard
            isClosed.withLock({ wasClosed in
                defer { wasClosed = true }
                return !wasClosed
            })
        else { return }
        do {
            // The pool closes its readers last, and those cannot move the write-ahead log into the database.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
            try pool.close()
        } catch {
            throw StoreError(error)
        }
        folder.release()
    }

    /// Runs a read on a connection of its own, over the state of the last commit.
    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            let error = StoreError(error)
            if !isClosed.withLock({ $0 }) { troubles.withLock { $0.add(error, at: clock()) } }
            throw error
        }
    }

    /// The reads that have failed since the store was opened.
    package var readTroubles: ReadTroubles { troubles.withLock { $0 } }
}
