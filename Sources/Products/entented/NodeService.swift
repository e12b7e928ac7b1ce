import RelayNode
import UnixSignals

/// The node as a service: it reloads on SIGHUP and ends in order on SIGTERM and SIGINT.
struct NodeService {
    let node: Node
    /// Trapped since before the node was made: what came since then is worked off first.
    let signals: UnixSignalsSequence

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await node.run() }
            tasks.addTask {
                for await signal in signals {
                    // Not waited for, so that a signal to end is heard meanwhile.
                    guard signal == .sighup else { return }
                    node.requestReload(cause: "SIGHUP")
                }
            }
            // The first to end ends the other: the node with its reason, or the signal.
            _ = try await tasks.next()
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}
