import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Relaying

/// `entente policy replay`: a new policy over the past decisions of a log.
struct PolicyReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Ask a policy what it would have said to the decisions of a log.",
        discussion: """
            Every decision that the log records is made again, as of its own time, and those that would be otherwise are \
            printed with what they were and what they would be: alike ones together, the most frequent first. Of delivery \
            receipts and reports of non-delivery guardrails alone are asked. Erased entries are counted, and not taken for \
            different. The log is asked of the node, or read from a copy of its database.

            EXAMPLES
              entente policy replay new.yaml --since 30d
              entente policy replay new.yaml --since 2026-10-01 --until 2026-11-01 --file copy.sqlite --json

            EXIT STATUS
              0 every decision would be the same, 1 some would not, 10 the log is not whole, 11 the policy is not well formed
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @Option(
        help: ArgumentHelp(
            "Decisions of this time or later: 2026-11-22, 2026-11-22T14:30:00Z, or 90m, 24h, 7d ago.",
            valueName: "time"
        ),
        transform: TimeArgument.init
    )
    var since: TimeArgument

    @Option(help: ArgumentHelp("Only decisions before this time.", valueName: "time"), transform: TimeArgument.init)
    var until: TimeArgument?

    @OptionGroup var source: LogSourceOptions

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let changed = try await CommandFailure.reportingAsync { () async throws -> Int in
            var replay = PolicyReplay(try PolicyFile.read(policyFile))
            let now = Timestamp.now()
            let pages = EntryPages(
                source: try source.source(),
                filter: EntryFilter(
                    kinds: RecordedDecisions.kinds,
                    since: since.time(at: now),
                    until: until?.time(at: now)
                ),
                limit: nil,
                isReversed: false
            )
            try await pages.read { page throws(CommandFailure) in
                for entry in page { try replay.add(entry) }
            }
            let text = output.json ? replay.json.indentedText : PrintableText.paragraphs(replay.text)
            try Terminal.current.print(text)
            return replay.changed
        }
        if changed > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
