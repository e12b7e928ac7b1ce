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

            A log that has ended, and the one that has taken its place, are two logs of one node: name both on their side, \
            with the keys of both. Of the other side both streams then count: an export of it is made with --ended.

            EXAMPLES
              entente audit reconcile fra.example/node/fra-hub --theirs fra-gbr.jsonl --vkey-file fra-hub.vkey
              entente audit reconcile fra.example/node/fra-hub --ours gbr.sqlite --theirs fra.sqlite --json
              entente audit reconcile fra.example/node/fra-hub --ours gbr-ended.sqlite --ours gbr.sqlite \\
                  --theirs fra-gbr.jsonl --vkey-file fra-hub.vkey

            EXIT STATUS
              0 the two agree, 1 they differ, 10 an entry of either is not proven
            """
    )

    @Argument(
        help: ArgumentHelp("The other node, such as fra.example/node/fra-hub.", valueName: "peer"),
        transform: EntryFilterOptions.node
    )
    var peer: SPIFFEID

    @Option(
        help: ArgumentHelp("The own log: an export, or a copy of the database; repeated, its logs.", valueName: "file"),
        completion: .file()
    )
    var ours: [String] = []

    @Option(
        help: ArgumentHelp(
            "The other node's log: an export, or a copy of its database; repeated, its logs.",
            valueName: "file"
        ),
        completion: .file()
    )
    var theirs: [String]

    @Option(help: ArgumentHelp("A verifier key of the other log, from a source that you trust.", valueName: "key"))
    var vkey: [String] = []

    @Option(
        help: ArgumentHelp("A file with a verifier key of the other log on its first line.", valueName: "file"),
        completion: .file()
    )
    var vkeyFile: [String] = []

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let own = try await own()
            let other = try await other(of: own[0])
            for extract in own { for counterpart in other { try Self.check(extract, counterpart, of: peer) } }
            try Self.checkOnce(own)
            try Self.checkOnce(other)
            let reconciliation = Reconciliation(own, other)
            if output.json {
                try terminal.print(json: reconciliation.json)
            } else {
                for line in reconciliation.lines(for: terminal) { try terminal.print(line) }
            }
            if let note = other.lazy.compactMap(\.key.note).first { terminal.message(note) }
            let count = reconciliation.differences.count
            guard count == 0 else {
                throw CommandFailure(
                    "the \(own.count + other.count > 2 ? "" : "two ")logs differ in \(count) \(count == 1 ? "place" : "places")",
                    next: "ask the other partner's operators; both sides hold the proofs"
                )
            }
        }
    }

    private func own() async throws(CommandFailure) -> [StreamExtract] {
        guard !ours.isEmpty else {
            let source = LogSource.node(try node.client())
            return [try await StreamExtract(of: source, with: peer, hasEnded: theirs.count > 1, pinned: [])]
        }
        return try await Self.read(ours, with: peer, facing: theirs.count, pinned: [])
    }

    private func other(of own: StreamExtract) async throws(CommandFailure) -> [StreamExtract] {
        let id: SPIFFEID
        do {
            id = try SPIFFEID("spiffe://\(own.log)")
        } catch {
            throw CommandFailure("the log `\(own.log)` is of no node: \(error)")
        }
        var keys: [NoteVerifier] = []
        for text in vkey { keys.append(try LogKeyOptions.key(text)) }
        for file in vkeyFile { keys.append(try LogKeyOptions.key(inFile: file)) }
        return try await Self.read(theirs, with: id, facing: ours.count, pinned: keys)
    }

    /// Reads copied databases and exports of one side.
    ///
    /// - Parameter count: of how many logs the other side is.
    private static func read(
        _ files: [String],
        with peer: SPIFFEID,
        facing count: Int,
        pinned: [NoteVerifier]
    ) async throws(CommandFailure) -> [StreamExtract] {
        var extracts: [StreamExtract] = []
        for file in files {
            guard try !WholeFile.begins(file, with: Array("SQLite format 3".utf8)) else {
                let source = try LogSource.copy(of: file)
                extracts.append(
                    try await StreamExtract(of: source, with: peer, hasEnded: count > 1, pinned: pinned)
                )
                continue
            }
            let bytes = try WholeFile.read(file, limit: 1 << 30)
            let extract = try StreamExtract(file: file, bytes: bytes, pinned: pinned)
            guard extract.hasEnded || count <= 1 else {
                throw CommandFailure(
                    "`\(file)` holds what was taken from one log of `\(peer.logName)`, and there are \(count)",
                    next: "have it made with `entente audit export --stream \(peer.logName) --ended`",
                    status: .badConfiguration
                )
            }
            extracts.append(extract)
        }
        return extracts
    }

    /// Refuses what is not two ends of one stream.
    private static func check(
        _ own: StreamExtract,
        _ other: StreamExtract,
        of peer: SPIFFEID
    ) throws(CommandFailure) {
        guard own.log != other.log, own.peer.logName == other.log, other.peer.logName == own.log else {
            throw CommandFailure(
                "expected the two logs to be of `\(peer.logName)` and of whom it has streams with, got `\(own.log)` "
                    + "about `\(own.peer.logName)` and `\(other.log)` about `\(other.peer.logName)`",
                next: "give the files of the two ends of one stream",
                status: .badConfiguration
            )
        }
    }

    /// Refuses one log twice on a side.
    private static func checkOnce(_ extracts: [StreamExtract]) throws(CommandFailure) {
        for (place, extract) in extracts.enumerated()
        where extracts[..<place].contains(where: { $0.key.verifier == extract.key.verifier }) {
            throw CommandFailure(
                "the log `\(extract.nameWithKey)` is named twice on one side",
                next: "name the log that has ended and the one that has taken its place, each once",
                status: .badConfiguration
            )
        }
    }
}
