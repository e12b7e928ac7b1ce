import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente audit export`: entries of the log, with their proofs, for somebody else.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what the log says of the streams with another node, for its partner to compare.",
        discussion: """
            One line of JSON says which log it is; each further one holds an entry and the proof that the log holds it. \
            Written are releases to that node, how the next hop took them over, numbers that were closed as void, and what \
            was taken from that node. No entry about anybody else is in it, no details, and no rule.

            Where the other node's log has ended and another has taken its place, only what was taken from the present one \
            is written; --ended adds what was taken from those that have ended.

            EXAMPLES
              entente audit export --stream fra.example/node/fra-hub > gbr-fra.jsonl
              entente audit export --stream fra.example/node/fra-hub --file copy.sqlite
            """
    )

    @Option(
        help: ArgumentHelp("The other node, such as fra.example/node/fra-hub.", valueName: "identity"),
        transform: EntryFilterOptions.node
    )
    var stream: SPIFFEID

    @Flag(help: "Write also what was taken from logs of that node that have ended.")
    var ended = false

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var key: LogKeyOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let extract = try await StreamExtract(
                of: try source.source(),
                with: stream,
                hasEnded: ended,
                pinned: try key.pinned().map { [$0] } ?? []
            )
            let terminal = Terminal.current
            for line in extract.lines { try terminal.print(line) }
            if extract.links.isEmpty { terminal.message("the log holds nothing about a stream with `\(stream)`") }
        }
    }
}
