import CanonicalEncoding
import CoalitionDirectory
import Logging
import RelayStorage
import Relaying
import TransparencyLog

/// Keeps evidence that a log has forked or gone back, and raises the alarm: in the audit log, on the daemon's log, and in
/// the node's standing when it is the node's own log.
struct ForkKeeper: Sendable {
    let state: NodeState
    let store: RelayStore
    let standing: LogStanding
    let logger: Logger

    /// - Parameter cause: how it came to light.
    func keep(_ fork: Fork, cause: String) async {
        let view = state.view
        let isOwn = fork.isSigned(by: store.verifier)
        if isOwn { _ = standing.breaks(by: fork) }
        let code = isOwn ? LogStanding.reasonCode : fork.reasonCode
        do {
            let isNew = try await store.record(
                fork,
                AuditEntryDraft(
                    .fork,
                    .refused,
                    realm: view.node.realm,
                    peer: view.directory.node(logOrigin: fork.origin.rawValue)?.id,
                    reasons: [code],
                    policy: view.policy.hash,
                    directory: view.directory.stateHash,
                    details: ["cause": .string(cause), "detail": .string(fork.description)]
                )
            )
            guard isNew else { return }
        } catch {
            logger.error("cannot keep the evidence of a fork", metadata: [LogKey.error: "\(error)"])
        }
        logger.critical(
            "a log is not what it was",
            metadata: [LogKey.code: "\(code)", LogKey.detail: "\(fork)", LogKey.error: "\(cause)"]
        )
    }
}

extension Fork {
    /// The reason code of entries and alarms.
    var reasonCode: String {
        switch claim {
        case .rollback: "log-rolled-back"
        case .sameSize, .leaf, .failedProof: "log-forked"
        }
    }
}
