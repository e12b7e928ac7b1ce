import ArgumentParser
import CanonicalEncoding
import Foundation
import NIOCore

/// `entente audit backup`: a copy of a running node's database.
struct AuditBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a running node's whole database to a file, and verify the copy.",
        discussion: """
            The node writes the file with its own account, while it goes on working: in steps of 2 MiB between its commits. \
            The file gets its name when it is whole and on the disk, mode 0600; it is then verified as \
            `entente audit verify FILE` does it. Keys, configuration and sheets are not in it.

            Whoever holds the file reads all details in it, and what is erased afterwards is still there. How to restore \
            it, and what a node does that was, is in Docs/operating.md.

            EXAMPLES
              entente audit backup /backup/gbr-1.sqlite
              entente audit backup /backup/gbr-1.sqlite --replace
              entente audit verify /backup/gbr-1.sqlite --vkey-file log.vkey

            EXIT STATUS
              0 the backup is there and sound, 1 it was not made, 4 the caller is no operator, 5 no node answers, 10 it \
            is there and does not verify, 64 usage
            """
    )

    @Argument(help: ArgumentHelp("The file to write, where the node's account may.", valueName: "file"))
    var file: String

    @Flag(help: "Replace an earlier backup of the same log.")
    var replace = false

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let path = file.hasPrefix("/") ? file : "\(FileManager.default.currentDirectoryPath)/\(file)"
            let answer = try await node.client(timeout: .hours(12)).post(
                "/v1/audit/backup",
                body: ["file": .string(path), "replace": .bool(replace)]
            )
            let report = try VerificationReport(json: answer)
            if output.json {
                try terminal.print(json: answer)
            } else {
                let fields = try AnswerFields(answer, "the backup")
                let size = QuantityText.size(try fields.number("bytes"))
                try terminal.print(PrintableText.line("backup       \(try fields.text("file")), \(size)"))
                if let last = try fields.optionalTime("last-time"), let count = report.size {
                    try terminal.print("last entry   \(count - 1), \(QuantityText.time(last))")
                }
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            guard report.isSound else {
                throw CommandFailure(
                    "the backup is written, and the log in it is broken\(report.place)",
                    next: "keep it as it is; `entente audit verify` says whether the node's own log is broken too",
                    status: .auditBroken
                )
            }
        }
    }
}
