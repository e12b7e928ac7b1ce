import ArgumentParser
import CanonicalEncoding
import NIOCore
import RelayStorage
import TransparencyLog

/// `entente audit verify`: whether a log is whole.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a whole audit log: a running node's, or a copied database.",
        discussion: """
            Hashes every entry again, derives every column from the hashed bytes, and compares details, tiles and signed \
            checkpoints. When something differs, it names the first bad index, and the exit status is 10.

            A log that was cut back whole, checkpoints and all, agrees with itself: compare its size and root with a \
            checkpoint that another partner has kept.

            EXAMPLES
              entente audit verify
              entente audit verify copy.sqlite
              entente audit verify copy.sqlite --vkey 'gbr.example/node/gbr-1+1a2b3c4d+AbCd...'
              entente audit verify copy.sqlite --json
            """
    )

    @Argument(
        help: ArgumentHelp("A copied database; the running node is asked without it.", valueName: "file"),
        completion: .file(extensions: ["sqlite"])
    )
    var file: String?

    @OptionGroup var key: LogKeyOptions
    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let pinned = try key.pinned()
            let report: VerificationReport
            if let file {
                report = try Self.verify(file, pinned: pinned)
            } else {
                report = try await Self.verify(try node.client(), pinned: pinned)
            }
            let terminal = Terminal.current
            if output.json {
                terminal.print(json: report.json)
            } else {
                for line in report.lines(for: terminal) { terminal.print(line) }
            }
            guard report.isSound else {
                throw CommandFailure(
                    "the log `\(report.log)` is broken\(report.place)",
                    next: "keep this copy as it is, and compare with the checkpoints that other partners have kept",
                    status: .auditBroken
                )
            }
            if pinned == nil, let key = report.logKey.flatMap(LogSource.verifier) {
                let key = LogKey(verifier: key, isPinned: false)
                if let note = key.note { terminal.message(note) }
            }
        }
    }

    private static func verify(_ file: String, pinned: NoteVerifier?) throws(CommandFailure) -> VerificationReport {
        do {
            let origin = try pinned.map { try LogOrigin($0.name.rawValue) }
            let report = try LogVerification(origin: origin, verifier: pinned).run(path: file)
            return VerificationReport(report, key: try pinned ?? claimedKey(of: file))
        } catch let error as StoreError {
            throw LogSource.failure(error, file: file)
        } catch {
            throw CommandFailure("\(error)", status: .badConfiguration)
        }
    }

    /// Nil when the database names no key, which the report then says.
    private static func claimedKey(of file: String) throws -> NoteVerifier? {
        do {
            return try LogCopy(path: file).verifier
        } catch .damaged {
            return nil
        }
    }

    private static func verify(
        _ client: OperatorClient,
        pinned: NoteVerifier?
    ) async throws(CommandFailure) -> VerificationReport {
        var client = client
        // Some hundred thousand entries a second are hashed; a log of years takes its time.
        client.timeout = .hours(1)
        let report = try VerificationReport(json: try await client.post("/v1/audit/verify"))
        if let pinned, pinned.verifierKey != report.logKey {
            throw CommandFailure(
                "expected the log key `\(pinned)`, got `\(report.logKey ?? "none")`",
                next: "see that node and key belong together; if they do, the log is not what it was",
                status: .auditBroken
            )
        }
        return report
    }
}
