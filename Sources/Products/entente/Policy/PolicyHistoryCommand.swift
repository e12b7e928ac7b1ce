import ArgumentParser
import CanonicalEncoding

/// `entente policy history`: what has been in force when.
struct PolicyHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the policies that have been in force at a node, the latest first.",
        discussion: """
            `entente audit show` with the index of the entry says who approved a change, who asked for it, and what it \
            opened and closed. With a hash, the texts of that policy are printed instead.

            EXAMPLES
              entente policy history
              entente policy history 5a0f3c91d2 > policy.before.yaml
            """
    )

    @Argument(
        help: ArgumentHelp("Print the text of this policy: its hash, or enough of its beginning.", valueName: "hash")
    )
    var hash: String?

    @Option(help: "How many changes at most, up to 1000.")
    var limit = 20

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...1000).contains(limit) else {
            throw ValidationError("expected a limit from 1 to 1000, got \(limit)")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let client = try node.client()
            if let hash {
                let full = try await PolicyHash.full(hash, by: client)
                return try Self.printText(try await client.get("/v1/policies/\(full)"), output)
            }
            let answer = try await client.get("/v1/policies", query: [("limit", "\(limit)")])
            let terminal = Terminal.current
            if output.json { return try terminal.print(json: answer) }
            var table = TextTable([.init("IN FORCE SINCE"), .init("POLICY"), .init("FROM"), .init("ENTRY", .right)])
            for change in answer["policies"]?.arrayValue ?? [] {
                table.append([
                    change["time"]?.stringValue ?? "", String((change["policy"]?.stringValue ?? "").prefix(16)),
                    change["source"]?.stringValue ?? "", change["entry"]?.integerValue.map { "\($0)" } ?? "",
                ])
            }
            for line in table.lines(for: terminal) { try terminal.print(line) }
        }
    }

    private static func printText(_ answer: JSONValue, _ output: OutputOptions) throws(CommandFailure) {
        if output.json { return try Terminal.current.print(json: answer) }
        guard let text = answer["texts"]?["policy"]?["text"]?.stringValue else {
            throw CommandFailure(
                "the node's answer holds no policy",
                next: "see that command and node are of the same release"
            )
        }
        try Terminal.current.print(text)
    }
}
