import ArgumentParser
import CanonicalEncoding
import MessageEnvelope

/// `entente trace`: what became of a message.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show what a node knows of a message: decisions, releases, hops, receipts.",
        discussion: """
            Asks the node through its operator socket. Every entry of the node's log is proven anew under the log's last \
            checkpoint; when one does not hold, the exit status is 10.

            EXAMPLES
              entente trace 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b
              entente trace 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b --json
            """
    )

    @Argument(help: "The message's id.", transform: MessageID.init(argument:))
    var id: MessageID

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let answer = try await node.client().get("/v1/messages/\(id)/trace")
            let report = try TraceReport(json: answer)
            let terminal = Terminal.current
            if output.json {
                try terminal.print(json: answer)
            } else {
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            if let broken = report.broken {
                throw CommandFailure(
                    "a proof does not hold: \(broken)",
                    next: "keep a copy of the database, and run `entente audit verify`",
                    status: .auditBroken
                )
            }
        }
    }
}
