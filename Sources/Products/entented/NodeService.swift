import Logging
import RelayNode
import ServiceLifecycle
import UnixSignals

/// The node as a service: it reloads on SIGHUP and ends on a graceful shutdown.
struct NodeService: Service {
    let node: Node

    func run() async throws {
        // Before the node says that it listens: until then the signal would end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    for await _ in hangups {
                        _ = await node.reload(cause: "SIGHUP")
                    }
                }
                tasks.addTask { try await node.run() }
                // Not `waitForAll`, which would wait for the signals of a node that has failed.
                for try await _ in tasks {}
            }
        }
    }
}
