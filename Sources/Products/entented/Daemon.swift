import ArgumentParser
import CanonicalEncoding
import Foundation
import Logging
import NIOPosix
import OperatorInterface
import RelayNode
import RelayStorage
import Relaying
import ServiceLifecycle
import StrictYAML
import UnixSignals

/// The daemon: arguments around `RelayNode`.
@main
struct Daemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entented",
        abstract: "Run one node of a partner in an Entente coalition.",
        discussion: """
            The node listens for its partner's mailboxes and for other partners' nodes, decides by policy, keeps the \
            audit log, and forwards. It reloads certificates, sheets and policy when their files change and on SIGHUP, \
            and stops in order on SIGTERM.

            EXAMPLES
              entented --config Config/nodes/gbr-1.yaml --check
              entented --config Config/nodes/gbr-1.yaml

            EXIT STATUS
              0 stopped in order or the check passed, 1 failed, 11 bad configuration, 64 wrong usage
            """
    )

    @Option(name: .long, help: "The node's configuration file (YAML).")
    var config: String

    @Flag(name: .long, help: "Read and verify everything that the configuration names, then stop.")
    var check = false

    mutating func run() async throws {
        let configuration: NodeConfiguration
        do {
            configuration = try NodeConfiguration.read(file: config)
        } catch {
            throw Self.fail(error, status: .badConfiguration)
        }
        LogOutput.bootstrap(configuration.logging)
        let logger = Logger(label: "entented")
        if check {
            do {
                let material = try NodeMaterial.load(configuration, at: .now(), isTrial: true)
                print("\(config): ok, node `\(material.view.node.id)`, policy \(material.view.policy.hash)")
            } catch {
                throw Self.fail(error, status: .badConfiguration)
            }
            return
        }
        try await serve(configuration, logger: logger)
    }

    private func serve(_ configuration: NodeConfiguration, logger: Logger) async throws {
        let handshakePool = NIOThreadPool(numberOfThreads: max(2, ProcessInfo.processInfo.activeProcessorCount))
        handshakePool.start()
        let node: Node
        do {
            node = try Node(
                configuration: configuration,
                group: MultiThreadedEventLoopGroup.singleton,
                handshakePool: handshakePool,
                logger: logger
            )
        } catch let error as StoreError {
            throw Self.fail(error, status: .failed)
        } catch {
            throw Self.fail(error, status: .badConfiguration)
        }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: NodeService(node: node), successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await services.run()
            try await handshakePool.shutdownGracefully()
        } catch {
            throw Self.fail(error, status: .failed)
        }
    }

    private static func fail(_ error: any Error, status: DaemonExit) -> ExitCode {
        FileHandle.standardError.write(Data("entented: \(error)\n".utf8))
        return ExitCode(status.rawValue)
    }
}

/// How the daemon ends.
enum DaemonExit: Int32 {
    case failed = 1
    case badConfiguration = 11
}
