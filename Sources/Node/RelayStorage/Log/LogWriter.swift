import CanonicalEncoding
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Synchronization
import TransparencyLog

/// The one writer of the store: a thread of its own that commits whatever waits in one transaction, signs one
/// checkpoint over it, and only then answers.
///
/// There is no timer: a lone job is committed at once, and while a commit waits for the disk the next batch gathers.
///
/// It fails closed: behind a commit that failed nothing is written before all of the write-ahead log is on the disk.
///
/// `@unchecked Sendable`: `state` and `isInDoubt` belong to the thread, all else is immutable or locked.
final class LogWriter: @unchecked Sendable {
    /// The most jobs in one transaction.
    static let batchLimit = 1024

    private let pool: DatabasePool
    private let log: LogOrigin
    private let signer: NoteSigner
    private let clock: @Sendable () -> Timestamp
    private let queue = JobQueue()
    private let ended = DispatchSemaphore(value: 0)
    private let troubles = Mutex(CommitTroubles())
    private var state: State
    /// Whether it is unknown what of the last commit the disk holds.
    private var isInDoubt = false

    private struct State {
        var tree: AppendableTree
        /// Tiles that proofs of new entries need: those at the right edge.
        var edge: [TileCoordinate: [SHA256Digest]] = [:]
        var lastTime: Timestamp
    }

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - tree: the tree of all entries in the database, with no changed tiles left to take.
    ///   - lastTime: the time of the last entry.
    init(
        pool: DatabasePool,
        log: LogOrigin,
        signer: NoteSigner,
        tree: AppendableTree,
        lastTime: Timestamp,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.pool = pool
        self.log = log
        self.signer = signer
        self.clock = clock
        state = State(tree: tree, lastTime: lastTime)
        let thread = Thread { [self] in work() }
        thread.name = "entente.writer"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// How many jobs wait for the next commit.
    var waitingCount: Int { queue.count }

    /// Commits that the disk or the database did not take.
    var commitTroubles: CommitTroubles { troubles.withLock { $0 } }

    /// Does `body` in a transaction of its own or shared with others; returns once it is durable.
    ///
    /// A body that throws is rolled back alone, its entries and sequence numbers with it. It may be run twice, so it
    /// changes nothing but the transaction. Cancelling the waiting task
    /// does not undo anything: the answer is what happened.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable (LogTransaction) throws -> Value
    ) async throws(StoreError) -> Committed<Value> {
        let result: Result<Committed<Value>, StoreError> = await withCheckedContinuation { continuation in
            let job = Job(
                run: { transaction in
                    let value = try body(transaction)
                    return { continuation.resume(returning: .success(Committed(value: value, entries: $0))) }
                },
                fail: { continuation.resume(returning: .failure($0)) }
            )
            if !queue.enqueue(job) { job.fail(.closed) }
        }
        return try result.get()
    }

    /// Finishes what waits and ends the thread; returns when it has ended.
    func stop() {
        queue.close()
        ended.wait()
        ended.signal()
    }

    private func work() {
        while true {
            let jobs = queue.next(limit: Self.batchLimit)
            if jobs.isEmpty { break }
            commit(jobs)
        }
        ended.signal()
    }

    private func commit(_ jobs: [Job]) {
        do {
            // The pool's queue runs this on the thread that calls.
            let (answers, next, hasWritten) = try pool.writeWithoutTransaction { database in
                try settleDoubt()
                let before = database.totalChangesCount
                let (answers, next) = try write(jobs, database)
                return (answers, next, database.totalChangesCount > before)
            }
            state = next
            // Whoever writes nothing learns nothing of the disk.
            if hasWritten { troubles.withLock { $0.end() } }
            for answer in answers { answer() }
        } catch {
            // The in-memory tree was not touched, and nothing was answered.
            let error = StoreError(error)
            troubles.withLock { $0.add(error, at: clock()) }
            for job in jobs { job.fail(error) }
        }
    }

    /// After a sync that failed, the system may call durable what is not, the next time that it is asked.
    private func settleDoubt() throws {
        guard isInDoubt else { return }
        try WriteAheadLog(database: pool.path).makeDurable()
        isInDoubt = false
    }

    private typealias Outcome = Result<(Range<Int>, Job.Answer), StoreError>

    /// Runs the jobs in one transaction and commits it; returns the answers to give and the state behind the commit.
    ///
    /// Jobs seldom throw, and a savepoint for each costs a copy of every page that it touches: only when one has thrown
    /// are all of them run once more, each within its own.
    private func write(_ jobs: [Job], _ database: Database) throws -> (answers: [() -> Void], next: State) {
        do {
            return try commit(jobs, database) { job, transaction in
                let start = transaction.pending.count
                let answer: Job.Answer
                do {
                    answer = try job.run(transaction)
                } catch {
                    throw Thrown(cause: error)
                }
                return .success((start..<transaction.pending.count, answer))
            }
        } catch let thrown as Thrown {
            // Of one job all is rolled back already.
            guard jobs.count > 1 else { throw thrown.cause }
            return try commit(jobs, database, Self.runWithinSavepoint)
        }
    }

    /// A job threw.
    private struct Thrown: Error {
        let cause: any Error
    }

    private func commit(
        _ jobs: [Job],
        _ database: Database,
        _ run: (Job, LogTransaction) throws -> Outcome
    ) throws -> (answers: [() -> Void], next: State) {
        try database.run("BEGIN IMMEDIATE")
        do {
            var next = state
            next.lastTime = max(clock(), state.lastTime)
            let transaction = LogTransaction(
                database: database,
                time: next.lastTime,
                log: log,
                firstIndex: next.tree.size
            )
            let done = try jobs.map { try run($0, transaction) }
            let entries = try append(transaction, to: &next)
            isInDoubt = true
            try database.run("COMMIT")
            isInDoubt = false
            let answers = zip(jobs, done).map { job, outcome in
                switch outcome {
                case .success(let (range, answer)): { answer(Array(entries[range])) }
                case .failure(let error): { job.fail(error) }
                }
            }
            return (answers, next)
        } catch {
            try database.rollback()
            throw error
        }
    }

    /// Runs one job within a savepoint; its own failure is an outcome, the loss of the whole transaction is an error.
    private static func runWithinSavepoint(_ job: Job, in transaction: LogTransaction) throws -> Outcome {
        let database = transaction.database
        let start = transaction.pending.count
        try database.run("SAVEPOINT job")
        do {
            let answer = try job.run(transaction)
            try database.run("RELEASE job")
            return .success((start..<transaction.pending.count, answer))
        } catch {
            // A full disk or an I/O error may have rolled back everything, the jobs before included.
            guard database.isInsideTransaction else { throw error }
            try database.run("ROLLBACK TO job")
            try database.run("RELEASE job")
            transaction.truncate(to: start)
            return .failure(StoreError(error))
        }
    }

    /// Appends the batch's entries to the tree; stores tiles and the signed checkpoint; makes the proofs.
    private func append(_ transaction: LogTransaction, to next: inout State) throws -> [CommittedEntry] {
        guard !transaction.pending.isEmpty else { return [] }
        let database = transaction.database
        next.tree.append(transaction.pending.map(\.leafHash))
        let changed = next.tree.takeChangedTiles()
        for (coordinate, hashes) in changed {
            try TileTable.upsert(hashes, at: coordinate, in: database)
            next.edge[coordinate] = hashes
        }
        let head = next.tree.head
        let signed = try SignedCheckpoint(signing: Checkpoint(origin: log, head: head), by: signer)
        try CheckpointTable.insert(signed, time: transaction.time, into: database)

        var edge = next.edge
        let indices = transaction.firstIndex..<head.size
        let proofs = try TileReader { coordinate in
            if let hashes = edge[coordinate] { return hashes }
            let hashes = try TileTable.hashes(at: coordinate, in: database)
            edge[coordinate] = hashes
            return hashes
        }.inclusionProofs(indices: indices, size: head.size)
        next.edge = edge.filter { $0.key.index == head.size >> (8 * (UInt64($0.key.level) + 1)) }
        return zip(transaction.pending, proofs).map { pending, proof in
            CommittedEntry(
                content: .appended(pending.entry, bytes: pending.bytes),
                index: proof.index,
                path: proof.path,
                checkpoint: signed
            )
        }
    }
}
