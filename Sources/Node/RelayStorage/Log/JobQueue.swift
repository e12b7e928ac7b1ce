import Foundation

/// One write: what to do in the transaction, and how to answer.
struct Job: Sendable {
    /// Answers after the commit, with the entries that the job appended.
    typealias Answer = @Sendable ([CommittedEntry]) -> Void

    let run: @Sendable (LogTransaction) throws -> Answer
    let fail: @Sendable (StoreError) -> Void
}

/// Jobs waiting for the writer's thread, first come first served.
///
/// `@unchecked Sendable`: every access to the mutable state holds the condition's lock.
final class JobQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Job] = []
    private var isClosed = false

    /// False when the queue is closed; the job then stays with the caller.
    func enqueue(_ job: Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return false }
        waiting.append(job)
        condition.signal()
        return true
    }

    /// How many jobs wait.
    var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return waiting.count
    }

    /// Waits until there is something to do; takes all of it up to `limit`. Empty once closed and drained.
    func next(limit: Int) -> [Job] {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed { condition.wait() }
        let batch = Array(waiting.prefix(limit))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// Takes no more jobs; those that wait are still done.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }
}
