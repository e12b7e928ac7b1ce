import ArgumentParser
import CanonicalEncoding

/// `entente status`: how a node is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a node's identity, what is in force, its log, links, queues and mailboxes.",
        discussion: """
            Asks the node through its operator socket.

            EXAMPLES
              entente status
              entente status --socket Data/gbr-1/operator.sock
              entente status --json | jq '.queues'
            """
    )

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let answer = try await node.client().get("/v1/status")
            let terminal = Terminal.current
            if output.json { return try terminal.print(json: answer) }
            for line in try StatusReport(json: answer).lines(for: terminal) { try terminal.print(line) }
        }
    }
}
