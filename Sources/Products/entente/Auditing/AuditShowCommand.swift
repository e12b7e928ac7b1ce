import ArgumentParser
import CanonicalEncoding
import Relaying

/// `entente audit show`: one entry with all that it says.
struct AuditShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one entry of the audit log, with its details and the proof that the log holds it.",
        discussion: """
            EXAMPLES
              entente audit show 1234
              entente audit show 1234 --json
              entente audit show 1234 --file copy.sqlite --vkey-file gbr-1.vkey
            """
    )

    @Argument(help: "The entry's index.")
    var index: UInt64

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var key: LogKeyOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let source = try source.source(mayBeArchive: true)
            let entry = try await source.entry(index)
            let terminal = Terminal.current
            let key = try await source.key(pinned: try self.key.pinned())
            let link = try await source.link(index)
            var policies = KeptPolicies(source)
            let words = try await EntryExplanations(of: entry, &policies)
            if output.json {
                try terminal.print(json: entry.json(provenBy: link.proof, words))
            } else {
                for line in entry.lines(for: terminal, words) { try terminal.print(line) }
            }
            let receipt = try EntryReceipt(link, index: index, key: key)
            guard receipt.link.entryBytes == entry.bytes, !entry.hasAlteredDetails else {
                throw CommandFailure(
                    "the details of entry \(index) are not what it commits to",
                    next: "keep a copy of the database, and run `entente audit verify`",
                    status: .auditBroken
                )
            }
            terminal.message(receipt.statement)
            if let note = words.note { terminal.message(note) }
            if let note = key.note { terminal.message(note) }
        }
    }
}
