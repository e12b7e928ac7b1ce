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
        help: ArgumentHelp("Write the proof to this file; `-` or nothing for standard output.", valueName: "file"),
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
        if entry == "-", proofFile == nil {
            throw ValidationError("expected --out FILE beside `--entry -`: standard output takes one of them")
        }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let source = try source.source(mayBeArchive: true)
            let key = try await source.key(pinned: try self.key.pinned())
            let receipt = try EntryReceipt(try await source.link(index), index: index, key: key)
            let terminal = Terminal.current
            if json {
                try terminal.print(json: receipt.link.json)
            } else {
                try write(receipt, to: terminal)
            }
            terminal.message(receipt.statement)
            if let note = key.note { terminal.message(note) }
        }
    }

    /// Nil for standard output.
    private var proofFile: String? { out == "-" ? nil : out }

    private func write(_ receipt: EntryReceipt, to terminal: Terminal) throws(CommandFailure) {
        let entryFile = entry ?? proofFile.map { "\($0).entry" }
        // Nothing is written where one of the two cannot be: half of it would stand in the way of the next try.
        for file in [proofFile, entryFile] {
            if let file, file != "-", WholeFile.exists(file) { throw WholeFile.isThere(file) }
        }
        if let proofFile {
            try WholeFile.create(proofFile, with: receipt.link.proof.bytes, mode: 0o644, makingFolders: false)
        } else {
            try terminal.print(bytes: receipt.link.proof.bytes)
        }
        do {
            if entryFile == "-" {
                try terminal.print(bytes: receipt.link.entryBytes)
            } else if let entryFile {
                try WholeFile.create(entryFile, with: receipt.link.entryBytes, mode: 0o644, makingFolders: false)
            }
        } catch {
            if let proofFile { WholeFile.remove(proofFile) }
            throw error
        }
        if entryFile == "-" {
            return
        } else if let entryFile {
            terminal.message("the entry's bytes are in `\(entryFile)`")
        } else {
            terminal.message("the proof does not carry the entry: --entry FILE writes its bytes")
        }
    }
}
