import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import Relaying
import TransparencyLog

/// `entente audit reconcile`: two partners' logs about the streams between their nodes, entry by entry.
struct AuditReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract:
            "Compare two logs: what the one says it released and the other does not say it accepted, and the reverse.",
        discussion: """
            Each side is a file that `entente audit export --stream` has made, or a copy of a node's database; without \
            --ours the own node is asked. Every entry is proven under its log's key before it counts, so give the other \
            log's key, from the partner's sheet, with --vkey or --vkey-file.

            EXAMPLES
              entente audit reconcile fra.example/node/fra-hub --theirs fra-gbr.jsonl --vkey-file fra-hub.vkey
              entente audit reconcile fra.example/node/fra-hub --ours gbr.sqlite --theirs fra.sqlite --json

            EXIT STATUS
              0 the two agree, 1 they differ, 10 an entry of either is not proven
            """
    )

    @Argument(
        help: ArgumentHelp("The other node, such as fra.example/node/fra-hub.", valueName: "peer"),
        transform: EntryFilterOptions.identity
    )
    var peer: SPIFFEID

    @Option(
        help: ArgumentHelp("The own log: an export, or a copy of the database.", valueName: "file"),
        completion: .file()
    )
    var ours: String?

    @Option(
        help: ArgumentHelp("The other node's log: an export, or a copy of its database.", valueName: "file"),
        completion: .file()
    )
    var theirs: String

    @OptionGroup var key: LogKeyOptions
    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let own = try await own()
            let other = try await other(of: own)
            guard own.log != other.log, own.peer.logName == other.log, other.peer.logName == own.log else {
                throw CommandFailure(
                    "expected the two logs to be of `\(peer.logName)` and of whom it has streams with, got `\(own.log)` "
                        + "about `\(own.peer.logName)` and `\(other.log)` about `\(other.peer.logName)`",
                    next: "give the files of the two ends of one stream",
                    status: .badConfiguration
                )
            }
            let reconciliation = Reconciliation(own, other)
            if output.json {
                try terminal.print(json: reconciliation.json)
            } else {
                for line in reconciliation.lines(for: terminal) { try terminal.print(line) }
            }
            if !other.key.isPinned, let note = other.key.note { terminal.message(note) }
            let count = reconciliation.differences.count
            guard count == 0 else {
                throw CommandFailure(
                    "the two logs differ in \(count) \(count == 1 ? "place" : "places")",
                    next: "ask the other partner's operators; both sides hold the proofs"
                )
            }
        }
    }

    private func own() async throws(CommandFailure) -> StreamExtract {
        guard let ours else {
            return try await StreamExtract(of: .node(try node.client()), with: peer, pinned: nil)
        }
        return try await Self.read(ours, with: peer, pinned: nil)
    }

    private func other(of own: StreamExtract) async throws(CommandFailure) -> StreamExtract {
        let id: SPIFFEID
        do {
            id = try SPIFFEID("spiffe://\(own.log)")
        } catch {
            throw CommandFailure("the log `\(own.log)` is of no node: \(error)")
        }
        return try await Self.read(theirs, with: id, pinned: try key.pinned())
    }

    /// Reads a copied database or an export.
    private static func read(
        _ file: String,
        with peer: SPIFFEID,
        pinned: NoteVerifier?
    ) async throws(CommandFailure) -> StreamExtract {
        guard try !WholeFile.begins(file, with: Array("SQLite format 3".utf8)) else {
            return try await StreamExtract(of: try LogSource.copy(of: file), with: peer, pinned: pinned)
        }
        return try StreamExtract(file: file, bytes: try WholeFile.read(file, limit: 1 << 30), pinned: pinned)
    }
}
