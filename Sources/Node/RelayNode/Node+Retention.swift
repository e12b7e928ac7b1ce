import CanonicalEncoding
import CoalitionDirectory
import Logging
import RelayStorage
import Relaying
import Synchronization

extension Node {
    /// Seconds between two looks at what is no longer to be kept.
    static let retentionInterval = 600

    /// Erases what the configuration's `retention` no longer keeps, and empties a write-ahead log that could not be before.
    func keepRetention() async {
        let retention = state.material.configuration.retention
        let now = clock()
        do {
            var isEmpty = true
            if retention.bodies != nil || retention.details != nil {
                let order = ErasureOrder(
                    .expired(
                        bodies: retention.bodies.map { now.adding(seconds: -$0) },
                        details: retention.details.map { now.adding(seconds: -$0) }
                    ),
                    authority: "the node's configuration",
                    reason: "retention"
                )
                while let erasure = try await erase(order), !Task.isCancelled { isEmpty = erasure.isWriteAheadLogEmpty }
            }
            if wipes.withLock({ $0 }) { isEmpty = try await store.truncateWriteAheadLog() }
            wipes.withLock { $0 = !isEmpty }
            if !isEmpty {
                logger.warning("what was erased is still in the write-ahead log: a reader holds it; tried again later")
            }
        } catch {
            logger.error("cannot erase what is no longer to be kept", metadata: [LogKey.error: "\(error)"])
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
        if let erasure {
            logger.notice(
                "erased",
                metadata: [
                    "entry": "\(erasure.index)", "bodies": "\(erasure.record.bodies.count)",
                    "details": "\(erasure.record.entries.count)",
                ]
            )
            if !erasure.isWriteAheadLogEmpty { wipes.withLock { $0 = true } }
        }
        return erasure
    }
}
