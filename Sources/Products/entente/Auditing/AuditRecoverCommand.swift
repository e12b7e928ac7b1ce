import ArgumentParser
import CanonicalEncoding
import TransparencyLog

/// `entente audit recover`: says in a new log which log it takes the place of, and why.
struct AuditRecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Write into a new log which log it takes the place of, and why the old one has lost its end.",
        discussion: """
            For a node whose database was restored from an old copy: its log has lost entries that others have proofs of, \
            and can never be continued. The node gets a new log key, a new sheet and an empty data folder, and this \
            entry. The steps are in Docs/operating.md.

            EXAMPLES
              entente audit recover --evidence fork.json --vkey-file old.vkey --reason 'disk lost, copy of 20 November'
            """
    )

    @Option(
        help: ArgumentHelp(
            "The evidence that the old log has lost its end, as `entente audit forks --export` wrote it.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var evidence: String

    @OptionGroup var key: LogKeyOptions

    @Option(help: ArgumentHelp("What happened, in words; it stands in the log.", valueName: "text"))
    var reason: String

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            guard let key = try key.pinned() else {
                throw CommandFailure(
                    "expected the key of the old log",
                    next: "give it with --vkey or --vkey-file",
                    status: .badConfiguration
                )
            }
            let bytes = try WholeFile.read(evidence, limit: 4 * SignedNote.maximumByteCount)
            let answer = try await node.client().post(
                "/v1/audit/recovery",
                body: [
                    "evidence": .string(String(decoding: bytes, as: UTF8.self)),
                    "log-key": .string(key.verifierKey), "reason": .string(reason),
                ]
            )
            if output.json { return try Terminal.current.print(json: answer) }
            let entry = try AnswerFields(answer, "the recovery").index("entry")
            try Terminal.current.print("entry \(entry): this log takes the place of `\(key.verifierKey)`")
        }
    }
}
