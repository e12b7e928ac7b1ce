import ArgumentParser
import CanonicalEncoding
import Foundation
import Logging
import NIOPosix
import OperatorInterface
import RelayNode
import RelayStorage
import Relaying
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
            """,
        version: "entented \(ProductVersion.text)"
    )

    @Option(name: .long, help: "The node's configuration file (YAML).")
    var config: String

    @Flag(name: .long, help: "Read and verify everything that the configuration names, then stop.")
    var check = false

    mutating func run() async throws {
        // A reader of our log that goes away must not take the node with it.
        signal(SIGPIPE, SIG_IGN)
        let configuration: NodeConfiguration
        do {
            configuration = try NodeConfiguration.read(file: config)
        } catch {
            throw Self.fail(error, status: .badConfiguration)
        }
        LogOutput.bootstrap(configuration.logging)
        let logger = Logger(label: "entented")
        if check { return try Self.check(configuration, file: config) }
        try await serve(configuration, logger: logger)
    }

    /// Says all that is wrong: every sheet that is refused, then what else does not load.
    private static func check(_ configuration: NodeConfiguration, file: String) throws {
        var problems: [String] = []
        do {
            let now = Timestamp.now()
            let sheets = try SheetJudgement.judge(configuration, at: now)
            problems = sheets.refused.map(\.description)
            let material = try NodeMaterial.load(configuration, sheets: sheets, at: now)
            if problems.isEmpty {
                return print("\(file): ok, node `\(material.view.node.id)`, policy \(material.view.policy.hash)")
            }
        } catch is RefusedSheets {
            // They are among the problems already.
        } catch {
            problems.append("\(error)")
        }
        throw fail(problems.joined(separator: "\n"), status: .badConfiguration)
    }

    private func serve(_ configuration: NodeConfiguration, logger: Logger) async throws {
        // Before anything is opened, so that a signal ends the daemon in order at any time.
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        logger.debug("starting")
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
            if case .otherLog = error { throw Self.fail(error, status: .badConfiguration) }
            throw Self.fail(error, status: .failed)
        } catch {
            throw Self.fail(error, status: .badConfiguration)
        }
        do {
            try await NodeService(node: node, signals: signals).run()
            try await handshakePool.shutdownGracefully()
        } catch {
            throw Self.fail(error, status: .failed)
        }
    }

    private static func fail(_ error: any Error, status: DaemonExit) -> ExitCode {
        fail("\(error)", status: status)
    }

    private static func fail(_ message: String, status: DaemonExit) -> ExitCode {
        for line in message.split(separator: "\n") { StandardError.write(line: Array("entented: \(line)".utf8)) }
        return ExitCode(status.rawValue)
    }
}

/// How the daemon ends.
enum DaemonExit: Int32 {
    case failed = 1
    case badConfiguration = 11
}
