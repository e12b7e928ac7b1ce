import ArgumentParser
import CanonicalEncoding
import RelayStorage
import Relaying

/// `entente audit replay`: every decision of a log, made again under the policy that it names.
struct AuditReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Make every decision of a log again, under the very policy that it names, and report any difference.",
        discussion: """
            Each decision about a message, a delivery receipt or a report of non-delivery is made again from what its \
            entry recorded, as of its own time, by the version of the policy that the entry names; a node keeps every \
            version. Outcome and rules must be the same. Entries whose details are erased are counted, and not taken \
            for different; policies that are not kept are named.

            It judges what the entries say. That nobody has changed them since is what `entente audit verify` says.

            EXAMPLES
              entente audit replay
              entente audit replay --since 24h
              entente audit replay --file copy.sqlite --json

            EXIT STATUS
              0 every decision is the same, or erased, 1 some could not be made again, 10 one differs, or details or a kept \
            policy are not those that the log names
            """
    )

    @Option(
        help: ArgumentHelp(
            "Decisions of this time or later: 2026-11-22, 2026-11-22T14:30:00Z, or 90m, 24h, 7d ago.",
            valueName: "time"
        ),
        transform: TimeArgument.init
    )
    var since: TimeArgument?

    @Option(help: ArgumentHelp("Only decisions before this time.", valueName: "time"), transform: TimeArgument.init)
    var until: TimeArgument?

    @OptionGroup var source: LogSourceOptions

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let now = Timestamp.now()
        if let since, let until, since.time(at: now) >= until.time(at: now) {
            throw ValidationError("no time lies between --since and --until: expected --since to be the earlier one")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let replay = try await replay(try source.source(), on: terminal)
            try terminal.print(output.json ? replay.json.indentedText : PrintableText.paragraphs(replay.text))
            guard replay.differences.isEmpty else {
                throw CommandFailure(
                    "the log says something else than its policies at entry "
                        + "\(replay.differences.first.map { "\($0.index)" } ?? "-")",
                    next: "keep a copy of the database as it is; `entente audit show INDEX` shows the entry",
                    status: .auditBroken
                )
            }
            guard replay.isComplete else {
                throw CommandFailure(
                    "some decisions could not be made again",
                    next: "see what is missing above; --since leaves out the entries of an older release"
                )
            }
        }
    }

    private func replay(_ source: LogSource, on terminal: Terminal) async throws(CommandFailure) -> AuditReplay {
        let now = Timestamp.now()
        var filter = EntryFilter(
            kinds: RecordedDecisions.kinds,
            since: since?.time(at: now),
            until: until?.time(at: now),
            limit: LogSource.pageSize
        )
        var replay = AuditReplay()
        var policies = KeptPolicies(source)
        var progress = ProgressLine(on: terminal)
        defer { progress.end() }
        while true {
            let (page, next) = try await source.entries(filter)
            for entry in page { try await replay.add(entry, &policies) }
            guard let next else { return replay }
            filter.after = next
            progress.show("entry \(next), \(replay.decisions) decisions replayed")
        }
    }
}
