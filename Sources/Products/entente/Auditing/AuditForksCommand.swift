import ArgumentParser
import CanonicalEncoding
import RelayStorage
import TransparencyLog

/// `entente audit forks`: evidence of logs that have signed two histories, or gone back.
struct AuditForksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forks",
        abstract: "List the evidence that a node keeps of logs that have forked or gone back; write it out, check it.",
        discussion: """
            A file of evidence holds both notes whole, and what shows that they contradict each other. With --check, \
            nothing is asked of any node: both signatures and the contradiction are verified against the log's key.

            Evidence `same-size` and `leaf` convicts the log by itself, and so does `failed-proof`, unless the smaller tree \
            has 1, 2, 4, ... entries. That and `rollback` rest besides on the word of whoever asked the log.

            A fork that is dealt with is acknowledged with `entente audit acknowledge-fork`; its evidence stays.

            EXAMPLES
              entente audit forks
              entente audit forks --export fork.json
              entente audit forks --number 2 --export -
              entente audit forks --check fork.json --vkey-file gbr-1.vkey
            """
    )

    @Option(
        help: ArgumentHelp("Write the evidence to this file; `-` for standard output.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var export: String?

    @Option(help: ArgumentHelp("Which evidence to write, where there is more than one.", valueName: "number"))
    var number: Int64?

    @Option(
        help: ArgumentHelp("Verify this file of evidence, offline.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var check: String?

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var key: LogKeyOptions

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if check != nil, export != nil || number != nil || source.file != nil || source.node.socket != nil {
            throw ValidationError("expected --check alone: it asks no node and reads no log")
        }
        if number != nil, export == nil { throw ValidationError("expected --export FILE beside --number") }
    }

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            if let check { return try verify(check, on: terminal) }
            let forks = try await source.source().forks()
            if let export { return try write(forks, to: export, on: terminal) }
            if json {
                try terminal.print(json: ["forks": .array(forks.map(\.json))])
            } else {
                var table = TextTable([
                    .init("NUMBER", .right), .init("FOUND"), .init("LOG", fold: 1), .init("CLAIM"),
                    .init("ENTRY", .right), .init("ACKNOWLEDGED"),
                ])
                for fork in forks {
                    table.append([
                        .init("\(fork.number)"), .init(fork.found.rfc3339), .init(fork.log),
                        .init(fork.claim, fork.acknowledgement == nil ? .failure : nil), .init("\(fork.entry)"),
                        .init(fork.acknowledgement.map { "entry \($0.entry)" } ?? "no"),
                    ])
                }
                try table.print(on: terminal)
                for fork in forks { terminal.message(fork.detail) }
            }
            if forks.isEmpty { terminal.message("no log is known to have forked or gone back") }
        }
    }

    private func write(_ forks: [ForkSummary], to file: String, on terminal: Terminal) throws(CommandFailure) {
        let chosen = number.map { number in forks.first { $0.number == number } } ?? forks.first
        guard let chosen, number != nil || forks.count == 1 else {
            throw CommandFailure(
                forks.isEmpty
                    ? "there is no evidence of a fork"
                    : number.map { "there is no evidence \($0)" } ?? "there are \(forks.count) of them",
                next: "`entente audit forks` lists them; choose one with --number"
            )
        }
        let bytes = Array(chosen.evidence.utf8)
        if file == "-" {
            try terminal.print(bytes: bytes)
        } else {
            try WholeFile.create(file, with: bytes, mode: 0o644, makingFolders: false)
        }
        terminal.message(chosen.detail)
    }

    private func verify(_ file: String, on terminal: Terminal) throws(CommandFailure) {
        guard let key = try key.pinned() else {
            throw CommandFailure(
                "expected the key of the log that the evidence is about",
                next: "give --vkey or --vkey-file; the key is in the partner's sheet",
                status: .badConfiguration
            )
        }
        let fork: Fork
        do {
            fork = try Fork(parsing: try WholeFile.read(file, limit: 4 * SignedNote.maximumByteCount))
            try fork.verify(by: key)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("`\(file)`: \(error)", next: "take the file from whoever holds the evidence once more")
        }
        if json {
            try terminal.print(
                json: [
                    "claim": .string(fork.claimName), "convicts-by-itself": .bool(fork.convictsByItself),
                    "detail": .string(fork.description),
                    "log": .string(fork.origin.rawValue), "log-key": .string(key.verifierKey), "holds": true,
                ]
            )
        } else {
            try terminal.print("the evidence holds: \(fork.description)")
        }
        terminal.message(
            fork.convictsByItself
                ? "it convicts the log by itself"
                : "both notes are signed by the log; the rest is the word of whoever asked it"
        )
    }
}

extension LogSource {
    /// The evidence of forks that is kept beside the log.
    func forks() async throws(CommandFailure) -> [ForkSummary] {
        switch self {
        case .node(let client):
            return try AnswerFields(try await client.get("/v1/audit/forks"), "the evidence of forks")
                .list("forks", of: "a fork", ForkSummary.init)
        case .copy(let copy, let file):
            do {
                return try copy.forks().map(ForkSummary.init)
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }
}
