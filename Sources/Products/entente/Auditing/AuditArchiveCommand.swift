import ArgumentParser
import CanonicalEncoding
import Foundation
import NIOCore
import RelayStorage
import Relaying

/// `entente audit archive`: a part of a log as a file that verifies by itself.
struct AuditArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Write consecutive entries of the log to a file that verifies by itself.",
        discussion: """
            The file holds the entries, their details as far as they are not erased, their checkpoints, the hash tiles \
            that prove them, and the signed checkpoint that they are proven against. It is a SQLite database: \
            `entente audit verify FILE` verifies it alone, `audit log`, `show` and `prove` read it with --file, and so does \
            sqlite3; its format is in Docs/storage.md. The log itself keeps the entries. A file that is there is never \
            replaced.

            A running node writes the file with its own account. With --file the archive is made of a copied database, \
            by this command.

            EXAMPLES
              entente audit archive --entries 0-99999 --to /archive/gbr-1-0.sqlite
              entente audit archive --before 2026-01-01 --from 100000 --to /archive/gbr-1-1.sqlite
              entente audit archive --file backup.sqlite --before 2026-01-01 --to /archive/gbr-1.sqlite
              entente audit verify /archive/gbr-1-0.sqlite --vkey-file log.vkey

            EXIT STATUS
              0 the archive is there and sound, 1 it was not made, 4 the caller is no operator, 5 no node answers, 10 it \
            is there and does not verify, 64 usage
            """
    )

    @Option(help: ArgumentHelp("The first and the last entry, such as 0-99999.", valueName: "indices"))
    var entries: String?

    @Option(
        help: ArgumentHelp("All entries of before this time.", valueName: "time"),
        transform: TimeArgument.init
    )
    var before: TimeArgument?

    @Option(help: ArgumentHelp("With --before: the first entry.", valueName: "index"))
    var from: UInt64?

    @Option(name: .customLong("to"), help: ArgumentHelp("The file to write.", valueName: "file"))
    var target: String

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (entries == nil) != (before == nil) else {
            throw ValidationError("Name what to archive: either --entries or --before.")
        }
        guard from == nil || before != nil else { throw ValidationError("--from goes with --before.") }
        if let entries, range(entries) == nil {
            throw ValidationError(
                "Expected --entries as one range of indices of the log, such as 0-99999; got '\(entries)'."
            )
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let path = target.hasPrefix("/") ? target : "\(FileManager.default.currentDirectoryPath)/\(target)"
            let report: VerificationReport
            let size: Int64
            switch try source.source(mayBeArchive: true) {
            case .copy(let copy, let file):
                let made = try await archive(copy, of: file, to: path)
                report = VerificationReport(made.report, key: copy.verifier, forks: [])
                size = Int64(made.size)
                if output.json { try terminal.print(json: report.json) }
            case .node:
                let client = try source.node.client(timeout: .hours(12))
                let answer = try await client.post("/v1/audit/archive", body: order(path))
                report = try VerificationReport(json: answer)
                size = try AnswerFields(answer, "the archive").number("bytes")
                if output.json { try terminal.print(json: answer) }
            }
            if !output.json {
                try terminal.print(PrintableText.line("archive      \(path), \(QuantityText.size(size))"))
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            guard report.isSound else {
                throw CommandFailure(
                    "the archive is written, and does not verify\(report.place)",
                    next: "`entente audit verify` says whether the log that it is of is broken too",
                    status: .auditBroken
                )
            }
        }
    }

    private func archive(
        _ copy: LogCopy,
        of file: String,
        to path: String
    ) async throws(CommandFailure) -> StoredArchive {
        do {
            return try await copy.archive(scope, to: path)
        } catch {
            throw LogSource.failure(error, file: file)
        }
    }

    private var scope: ArchiveScope {
        if let entries, let range = range(entries) { return .entries(range) }
        return .before(before?.time(at: .now()) ?? .now(), from: from ?? 0)
    }

    private func order(_ path: String) -> JSONValue {
        var members: [String: JSONValue] = ["file": .string(path)]
        switch scope {
        case .entries(let range):
            members["first"] = .integer(Int64(clamping: range.lowerBound))
            members["last"] = .integer(Int64(clamping: range.upperBound))
        case .before(let time, let first):
            members["before"] = .string(time.rfc3339)
            members["first"] = .integer(Int64(clamping: first))
        }
        return .object(members)
    }

    private func range(_ text: String) -> ClosedRange<UInt64>? {
        guard let ranges = IndexRanges(text: text)?.ranges, ranges.count == 1 else { return nil }
        return ranges[0]
    }
}
