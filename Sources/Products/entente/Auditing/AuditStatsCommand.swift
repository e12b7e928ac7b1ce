import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Relaying

extension HistogramPeriod: ExpressibleByArgument {}

/// `entente audit stats`: what a log says in numbers.
struct AuditStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count the entries of the audit log: by kind, decision, reason, partner, precedence and time.",
        discussion: """
            Counts, and verifies nothing: `entente audit verify` does. It takes the options of `entente audit log` that say \
            which entries. A log of any size is read in short steps, so that a running node is not held up.

            A message to several nodes counts once for each. What was erased is said, and not guessed.

            EXAMPLES
              entente audit stats
              entente audit stats --since 30d --by day
              entente audit stats --peer fra.example --decision denied
              entente audit stats --file copy.sqlite --json
              entente audit stats --since 2026-01-01 --svg >year.svg
            """
    )

    @OptionGroup var filter: EntryFilterOptions

    @Option(
        help: ArgumentHelp("The bars of the histogram; fitting to the time that is counted when left out.")
    )
    var by: HistogramPeriod?

    @OptionGroup var source: LogSourceOptions

    @Flag(help: "Print the histogram as a picture, SVG.")
    var svg = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if svg, output.json { throw ValidationError("expected one of --svg and --json, got both") }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let source = try source.source()
            let filter = filter.filter(at: .now())
            try await source.warnOfErased(filter, on: terminal)
            let span = try await source.span(of: filter)
            let length = span.map { $0.last.millisecondsSinceEpoch - $0.first.millisecondsSinceEpoch } ?? 0
            let query = TallyQuery(filter: filter, period: by ?? .fitting(span: length))
            let stats = LogStats(log: span?.log, tally: try await source.tally(query, on: terminal))
            if output.json { return try terminal.print(json: stats.json) }
            let drawing = TallyDrawing(stats.tally.histogram)
            if svg {
                guard drawing.periods <= TallyDrawing.largestCount else {
                    throw CommandFailure(
                        "expected at most \(TallyDrawing.largestCount) bars in a picture, got \(drawing.periods)",
                        next: "give longer bars with --by, or a shorter time with --since and --until",
                        status: .usage
                    )
                }
                return try terminal.print(bytes: Array(drawing.svg.utf8))
            }
            for line in stats.document.lines(for: terminal) { try terminal.print(line) }
            if stats.tally.entries == 0 { terminal.message("no entry matches") }
        }
    }
}
