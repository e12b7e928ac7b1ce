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
              entente audit log --peer fra.example --decision denied --rule noforn --since 30d
              entente audit log --mailbox GBR/j2-fusion --label SECRET --grep harbour --reverse
              entente audit log --all --csv > entries.csv
              entente audit log --follow --kind denial
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

    @Flag(help: "Print entries as CSV (RFC 4180), with a heading.")
    var csv = false

    @Flag(help: "Print each entry as a line of JSON in the form of OCSF 1.3.0, class API Activity.")
    var ocsf = false

    @Flag(help: "Go on with what is appended, until interrupted; a node that stops is waited for.")
    var follow = false

    func validate() throws {
        if [json, csv, ocsf].count(where: { $0 }) > 1 {
            throw ValidationError("expected one of --json, --csv and --ocsf")
        }
        if follow, filter.until != nil || filter.before != nil {
            throw ValidationError("--follow goes on with what is to come: leave out --until and --before")
        }
        if follow, reverse { throw ValidationError("--follow goes on with the newest last: leave out --reverse") }
        if let limit, limit < 1 { throw ValidationError("expected --limit to be at least 1, got \(limit)") }
        if limit != nil, all { throw ValidationError("expected one of --limit and --all, got both") }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let source = try source.source(mayBeArchive: true)
            try await source.warnOfErased(filter.filter(at: .now()), on: .current)
            let pages = EntryPages(
                source: source,
                filter: filter.filter(at: .now()),
                limit: all ? nil : limit ?? 50,
                isReversed: reverse
            )
            let terminal = Terminal.current
            if let format = EntryFormat(json: json, csv: csv, ocsf: ocsf, isFollowing: follow) {
                if let heading = format.heading { try terminal.print(bytes: Array(heading.utf8)) }
                var last: UInt64?
                try await pages.read { page throws(CommandFailure) in
                    for entry in page { try terminal.print(bytes: Array(format.line(entry).utf8)) }
                    last = page.last?.index ?? last
                }
                if follow {
                    try await Self.follow(source, filter.filter(at: .now()), after: last, format, on: terminal)
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

    /// Asks again and again for what is behind the last entry; each time a short read.
    private static func follow(
        _ source: LogSource,
        _ filter: EntryFilter,
        after last: UInt64?,
        _ format: EntryFormat,
        on terminal: Terminal
    ) async throws(CommandFailure) {
        var filter = filter
        filter.after = last ?? filter.after
        filter.limit = LogSource.pageSize
        var isWaiting = false
        while true {
            var hasMore = false
            do {
                // Known before it is searched, so that what does not match is not looked at again.
                let newest = try await source.entries(EntryFilter(isReversed: true, limit: 1)).entries.first
                try expect(newest, toFollow: filter.after)
                let (page, next) = try await source.entries(filter)
                for entry in page { try terminal.print(bytes: Array(format.line(entry).utf8)) }
                filter.after = next ?? [filter.after, page.last?.index, newest?.index].compactMap { $0 }.max()
                hasMore = next != nil
                if isWaiting { terminal.message("the node answers again") }
                isWaiting = false
            } catch let failure where failure.status == .unreachable {
                // It is restarted, or has much to do: nothing is lost by waiting, for the log is read on from where it was.
                if !isWaiting { terminal.message("\(failure.message); waiting for it, until interrupted") }
                isWaiting = true
            }
            if hasMore { continue }
            do {
                try await Task.sleep(for: .milliseconds(500))
            } catch {
                throw CommandFailure("interrupted", status: .interrupted)
            }
        }
    }

    /// A log that ends before what it is to be followed behind is not the one that was read.
    private static func expect(_ newest: LogEntry?, toFollow last: UInt64?) throws(CommandFailure) {
        guard let last, (newest?.index ?? 0) < last else { return }
        throw CommandFailure(
            "the log ends before entry \(last), behind which it is to be followed: it is another log, or an old copy, or "
                + "--after is too large",
            next: "see `entente status`; without --after, the log is followed from its end"
        )
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
            let (page, next) = try await source.entries(filter)
            remaining -= page.count
            if goesForward || isReversed { try body(page) } else { held += page }
            guard let next else { break }
            if goesForward { filter.after = next } else { filter.before = next }
        }
        if !goesForward, !isReversed { try body(held.reversed()) }
    }

    /// Whether the list ends at its limit, so that there may be more.
    func isCutOff(_ entries: [LogEntry]) -> Bool { entries.count == limit }
}
