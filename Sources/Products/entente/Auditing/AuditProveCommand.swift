import ArgumentParser
import CanonicalEncoding
import Relaying
import TransparencyLog

/// `entente audit prove`: the proof that a log holds an entry, to be checked elsewhere.
struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Write the proof that the log holds an entry (C2SP tlog-proof), and the entry's bytes.",
        discussion: """
            The proof does not carry the entry, whose bytes are the leaf that it is about: keep both. They are verified \
            before they are written.

            EXAMPLES
              entente audit prove 1234 > 1234.tlog-proof
              entente audit prove 1234 --out 1234.tlog-proof --entry 1234.entry
              entente audit prove 1234 --json
              entente audit prove 1234 --file copy.sqlite --vkey-file gbr-1.vkey
            """
    )

    @Argument(help: "The entry's index.")
    var index: UInt64

    @Option(
        help: ArgumentHelp("Write the proof to this file instead of standard output.", valueName: "file"),
        completion: .file()
    )
    var out: String?

    @Option(
        help: ArgumentHelp(
            "Write the entry's bytes to this file; with --out, FILE.entry otherwise.",
            valueName: "file"
        ),
        completion: .file()
    )
    var entry: String?

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var key: LogKeyOptions

    @Flag(help: "Print both as JSON: `entry` in base 64 and `proof`.")
    var json = false

    func validate() throws {
        if json, out != nil || entry != nil {
            throw ValidationError("expected --json alone, or --out and --entry, got both")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let source = try source.source()
            let key = try await source.key(pinned: try self.key.pinned())
            let receipt = try EntryReceipt(try await source.link(index), index: index, key: key)
            let terminal = Terminal.current
            if json {
                terminal.print(json: receipt.link.json)
            } else {
                try write(receipt, to: terminal)
            }
            terminal.message(receipt.statement)
            if let note = key.note { terminal.message(note) }
        }
    }

    private func write(_ receipt: EntryReceipt, to terminal: Terminal) throws(CommandFailure) {
        let entryFile = entry ?? out.map { "\($0).entry" }
        if let entryFile { try WholeFile.create(entryFile, with: receipt.link.entryBytes, mode: 0o644) }
        if let out {
            try WholeFile.create(out, with: receipt.link.proof.bytes, mode: 0o644)
        } else {
            terminal.print(bytes: receipt.link.proof.bytes)
        }
        if let entryFile {
            terminal.message("the entry's bytes are in `\(entryFile)`")
        } else {
            terminal.message("the proof does not carry the entry: --entry FILE writes its bytes")
        }
    }
}
