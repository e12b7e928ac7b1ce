import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Relaying

/// `entente report`: what the agreements with one partner were used for.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Assess what the agreements with a partner were used for, from the audit log of a node.",
        discussion: """
            What was released to the partner and accepted from it, by classification and precedence, under which \
            agreements; what was denied and why; how fast messages were handed over and receipted, against the target of \
            their precedence; what expired, is missing, or was refused; and what ends soon. What the log cannot say, for \
            details are erased or because it never knew, is listed as such.

            It counts what the log says, and verifies nothing: `entente audit verify` does. Certificates and sheets that \
            end soon are known to a running node alone.

            EXAMPLES
              entente report --partner FRA --since 90d
              entente report --partner fra.example --since 2026-07-01 --until 2026-10-01 --html >fra-q3.html
              entente report --partner FRA --since 2026-01-01 --file copy.sqlite --json

            EXIT STATUS
              0 done, whatever it says, 1 failed, 5 no node answers, 64 usage, an unknown partner among it
            """
    )

    @Option(help: ArgumentHelp("The partner, by its code or its trust domain.", valueName: "partner"))
    var partner: String

    @Option(
        help: ArgumentHelp(
            "From this time on: 2026-07-01, 2026-07-01T06:00:00Z, or 24h, 90d ago.",
            valueName: "time"
        ),
        transform: TimeArgument.init
    )
    var since: TimeArgument

    @Option(help: ArgumentHelp("Before this time; now when left out.", valueName: "time"), transform: TimeArgument.init)
    var until: TimeArgument?

    @OptionGroup var source: LogSourceOptions

    @Flag(help: "Print a page that needs nothing else, HTML.")
    var html = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if html, output.json { throw ValidationError("expected one of --html and --json, got both") }
        let now = Timestamp.now()
        if since.time(at: now) >= until?.time(at: now) ?? now {
            throw ValidationError("no time lies between --since and --until: expected --since to be the earlier one")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let now = Timestamp.now()
            let report = try await PartnerReport(
                partner: partner,
                time: since.time(at: now)..<(until?.time(at: now) ?? now),
                made: now,
                source: try source.source(),
                on: terminal
            )
            if output.json { return try terminal.print(json: report.json) }
            if html { return try terminal.print(bytes: Array(report.document.html.utf8)) }
            for line in report.document.lines(for: terminal) { try terminal.print(line) }
        }
    }
}
