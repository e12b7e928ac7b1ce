import Logging
import RelayNode
import ServiceLifecycle
import UnixSignals

/// The node as a service: it reloads on SIGHUP and ends on a graceful shutdown.
struct NodeService: Service {
    let node: Node

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) {
                        _ = await node.reload(cause: "SIGHUP")
                    }
                }
                tasks.addTask { try await node.run() }
                try await tasks.waitForAll()
            }
        }
    }
}
