import CanonicalEncoding
import CoalitionDirectory
import Logging
import RelayStorage
import Relaying
import Synchronization

extension Node {
    /// The time between two looks at what is no longer to be kept.
    static let retentionInterval = Duration.seconds(600)

    /// Looks at what is no longer to be kept, at the start and then again and again, until the task is cancelled.
    ///
    /// Apart from the watch over files and trust, which must not wait while much is erased.
    func runRetention() async {
        while !Task.isCancelled {
            await keepRetention()
            do {
                try await Task.sleep(for: Self.retentionInterval)
            } catch {
                return
            }
        }
    }

    /// Erases what the configuration's `retention` no longer keeps.
    func keepRetention() async {
        let retention = state.material.configuration.retention
        let now = clock()
        do {
            if retention.bodies != nil || retention.details != nil {
                let view = state.view
                let run = try await store.keep(
                    RetentionRule(
                        bodiesBefore: retention.bodies.map { now.adding(seconds: -$0) },
                        detailsBefore: retention.details.map { now.adding(seconds: -$0) }
                    ),
                    policy: view.policy.hash,
                    directory: view.directory.stateHash
                )
                for erasure in run.erasures { note(erasure) }
                noteHolds(run.held)
            }
        } catch {
            logger.error("cannot erase what is no longer to be kept", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Empties at the start a write-ahead log that was left behind: a process that was killed may have erased what still
    /// stands in it.
    func wipeAtStart() async {
        guard store.hasFoundWriteAheadLog else { return }
        addWipe()
        await wipe()
    }

    /// Empties a write-ahead log that could not be emptied when something was erased.
    func wipe() async {
        guard let wipe = wipes.withLock({ $0 }) else { return }
        do {
            guard try await store.truncateWriteAheadLog() else { return }
            // What was erased meanwhile, and found the log held again, is not forgotten.
            wipes.withLock { if $0 == wipe { $0 = nil } }
        } catch {
            logger.error("cannot empty the write-ahead log", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Erases what an order names, under the policy and directory in force.
    func erase(_ order: ErasureOrder) async throws(StoreError) -> Erasure? {
        let view = state.view
        let erasure = try await store.erase(
            order,
            policy: view.policy.hash,
            directory: view.directory.stateHash
        )
        if let erasure { note(erasure) }
        return erasure
    }

    private func addWipe() {
        let now = clock()
        wipes.withLock { wipe in
            wipe = UnfinishedWipe(since: wipe?.since ?? now, erasures: (wipe?.erasures ?? 0) + 1)
        }
    }

    private func note(_ erasure: Erasure) {
        if !erasure.isWriteAheadLogEmpty { addWipe() }
        logger.notice(
            "erased",
            metadata: [
                "entry": "\(erasure.index)", "bodies": "\(erasure.record.bodies.count)",
                "details": "\(erasure.record.entries.count)",
            ]
        )
    }

    /// Says what is kept beyond its time for which legal hold, of each body once.
    private func noteHolds(_ held: [UInt64: KeptBeyondTime]) {
        let news = heldBodies.withLock { $0.news(of: held) }
        for (hold, count) in news.sorted(by: { $0.key < $1.key }) {
            logger.notice(
                "kept beyond its time for a legal hold",
                metadata: ["bodies": "\(count.bodies)", "details": "\(count.details)", "hold": "\(hold)"]
            )
        }
    }
}
