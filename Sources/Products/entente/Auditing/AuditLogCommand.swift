import ArgumentParser
import CanonicalEncoding
import RelayStorage

/// `entente audit log`: entries, one line each.
struct AuditLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "List entries of the audit log; without options the last 50.",
        discussion: """
            Lists, and verifies nothing: `entente audit verify` does. With --after, the entries that follow an index, the \
            oldest first, for reading on where the last page ended.

            EXAMPLES
              entente audit log
              entente audit log --kind denial --kind refusal --since 24h
              entente audit log --message 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b
              entente audit log --all --json > entries.jsonl
              entente audit log --file copy.sqlite --peer fra.example/node/fra-hub
            """
    )

    @OptionGroup var filter: EntryFilterOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("At most so many entries, 50 when left out.", valueName: "number")
    )
    var limit: Int?

    @Flag(help: "All entries that match, however many.")
    var all = false

    @Flag(help: "The newest first.")
    var reverse = false

    @OptionGroup var source: LogSourceOptions

    @Flag(help: "Print each entry as a line of JSON, with its bytes and details.")
    var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("expected --limit to be at least 1, got \(limit)") }
        if limit != nil, all { throw ValidationError("expected one of --limit and --all, got both") }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let source = try source.source()
            let pages = EntryPages(
                source: source,
                filter: filter.filter(at: .now()),
                limit: all ? nil : limit ?? 50,
                isReversed: reverse
            )
            let terminal = Terminal.current
            if json {
                try await pages.read { page throws(CommandFailure) in
                    for entry in page { try terminal.print(entry.json.canonicalText) }
                }
                return
            }
            var entries: [LogEntry] = []
            try await pages.read { page throws(CommandFailure) in entries += page }
            try LogEntry.table(entries).print(on: terminal)
            if entries.isEmpty { terminal.message("no entry matches") }
            if pages.isCutOff(entries), let first = entries.first?.index, let last = entries.last?.index {
                let rest =
                    pages.goesForward
                    ? CommandText.again(["--after": "\(max(first, last))"])
                    : CommandText.again(["--before": "\(min(first, last))"])
                terminal.message("there may be more: \(rest), or --all")
            }
        }
    }
}

/// Entries of a log, read page by page.
struct EntryPages: Sendable {
    let source: LogSource
    let filter: EntryFilter
    /// Nil for all.
    let limit: Int?
    /// Whether the newest come first.
    let isReversed: Bool

    /// Whether entries are read from the oldest on. Without a place to begin at, a limited list is that of the last
    /// entries, which are read backwards and turned round.
    var goesForward: Bool { !isReversed && (limit == nil || filter.after != nil) }

    /// Calls `body` with each page in the order of the list.
    func read(_ body: ([LogEntry]) throws(CommandFailure) -> Void) async throws(CommandFailure) {
        var filter = filter
        filter.isReversed = !goesForward
        var remaining = limit ?? Int.max
        var held: [LogEntry] = []
        while remaining > 0 {
            filter.limit = min(LogSource.pageSize, remaining)
            let page = try await source.entries(filter)
            remaining -= page.count
            if goesForward || isReversed { try body(page) } else { held += page }
            guard page.count == filter.limit, let last = page.last?.index else { break }
            if goesForward { filter.after = last } else { filter.before = last }
        }
        if !goesForward, !isReversed { try body(held.reversed()) }
    }

    /// Whether the list ends at its limit, so that there may be more.
    func isCutOff(_ entries: [LogEntry]) -> Bool { entries.count == limit }
}
