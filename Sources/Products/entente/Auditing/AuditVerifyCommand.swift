import ArgumentParser
import CanonicalEncoding
import NIOCore
import OpenSSLCrypto
import RelayStorage
import TransparencyLog

/// `entente audit verify`: whether a log is whole.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a whole audit log: a running node's, or a copied database.",
        discussion: """
            Hashes every entry again, derives every column from the hashed bytes, and compares details, tiles, signed \
            checkpoints, and every table beside the log: messages, queues, mailboxes, policies. When something differs, \
            it names the first bad index and how far the log is still proven, and the exit status is 10.

            An archive that `entente audit archive` has made is verified alone: it says which entries it proves, and by \
            which signed checkpoint.

            --since begins behind a checkpoint whose entries were verified before: it is proven that the log goes on from \
            it, and only what came after is looked at.

            A running node verifies itself, and the signature of its checkpoint is checked here: whoever does not take \
            the node's word verifies a copy.

            A log that was cut back whole, checkpoints and all, agrees with itself: give a later checkpoint, one that \
            another partner has kept, with --since.

            A node that keeps evidence of a fork, of its own log or another, says so, and the exit status is 10 too, until \
            an operator has acknowledged it (`entente audit acknowledge-fork`).

            EXAMPLES
              entente audit verify
              entente audit verify copy.sqlite
              entente audit verify copy.sqlite --vkey 'gbr.example/node/gbr-1+1a2b3c4d+AbCd...'
              entente audit verify copy.sqlite --vkey-file log.vkey --since checkpoint
              entente audit verify copy.sqlite --json
              entente audit verify archive.sqlite --vkey-file log.vkey
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A copied database, or an archive; the running node is asked without it.",
            valueName: "file"
        ),
        completion: .file(extensions: ["sqlite"])
    )
    var file: String?

    @Option(
        help: ArgumentHelp(
            "A file with a signed checkpoint of the log; only what came after is verified.",
            valueName: "file"
        ),
        completion: .file()
    )
    var since: String?

    @OptionGroup var key: LogKeyOptions
    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            let pinned = try key.pinned()
            let report: VerificationReport
            if let file {
                report = try verify(file, pinned: pinned, on: terminal)
            } else {
                report = try await verify(try node.client(), pinned: pinned)
            }
            if output.json {
                try terminal.print(json: report.json)
            } else {
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            guard report.isSound else {
                throw CommandFailure(
                    "the log `\(report.log)` is broken\(report.place)",
                    next: "keep this copy as it is, and compare with the checkpoints that other partners have kept",
                    status: .auditBroken
                )
            }
            guard report.openForks.isEmpty else {
                throw CommandFailure(
                    "the entries are whole, and there is evidence that `\(report.forkedLogs)` forked or went back",
                    next: report.openForks.contains { $0.log == report.log }
                        ? "begin a new log as `Docs/operating.md` has it, under `A node restored from an old copy`; "
                            + "`entente audit forks --export FILE` writes the evidence for it"
                        : "`entente audit forks --export FILE` writes the evidence; ask whose log it is what happened, and "
                            + "when that is settled, `entente audit acknowledge-fork`",
                    status: .auditBroken
                )
            }
            if file == nil {
                terminal.message(
                    "this is the node's own word, under a checkpoint whose signature holds: verify a copy to be sure"
                )
            }
            if pinned == nil, let key = report.logKey.flatMap(LogSource.verifier) {
                let key = LogKey(verifier: key, isPinned: false)
                if let note = key.note { terminal.message(note) }
            }
        }
    }

    private func verify(
        _ file: String,
        pinned: NoteVerifier?,
        on terminal: Terminal
    ) throws(CommandFailure) -> VerificationReport {
        let error: StoreError
        do {
            if let pinned, let name = try Self.otherLog(in: file, than: pinned) {
                throw LogSource.otherLog(name, pinned: pinned)
            }
            return try report(on: file, pinned: pinned)
        } catch let failure as CommandFailure {
            throw failure
        } catch let failure as StoreError {
            error = failure
        } catch {
            throw CommandFailure("log key: \(error)", status: .badConfiguration)
        }
        if output.json, case .damaged(let detail) = error {
            try terminal.print(json: ["damaged": .string(detail), "file": .string(file), "sound": false])
        }
        throw LogSource.failure(error, file: file)
    }

    private func report(on file: String, pinned: NoteVerifier?) throws -> VerificationReport {
        let origin = try pinned.map { try LogOrigin($0.name.rawValue) }
        let key = try pinned ?? Self.claimedKey(of: file)
        if try ArchiveVerification.isArchive(path: file) {
            guard since == nil else {
                throw CommandFailure("`\(file)` is an archive, which is verified whole", next: "leave out --since")
            }
            let report = try ArchiveVerification(origin: origin, verifier: pinned).run(path: file)
            return VerificationReport(report, key: key, forks: [])
        }
        let report = try LogVerification(origin: origin, verifier: pinned, since: try checkpoint(by: key)).run(
            path: file
        )
        return VerificationReport(report, key: key, forks: try Self.forks(in: file))
    }

    /// The checkpoint to begin from; nil when none is given.
    private func checkpoint(by key: NoteVerifier?) throws(CommandFailure) -> SignedCheckpoint? {
        guard let since else { return nil }
        guard let key else {
            throw CommandFailure(
                "the database names no log key, by which the checkpoint in `\(since)` could be judged",
                next: "give the key with --vkey or --vkey-file",
                status: .auditBroken
            )
        }
        return try CheckpointFile.read(since, signedBy: key)
    }

    /// The name of the log in the file when it is another than the key's: a mix-up, which says nothing about the log.
    ///
    /// A file whose name and last checkpoint differ is not mixed up but broken, and left to the verification.
    private static func otherLog(in file: String, than pinned: NoteVerifier) throws(StoreError) -> String? {
        do {
            let copy = try LogCopy(path: file)
            guard copy.origin != pinned.name.rawValue else { return nil }
            return try copy.checkpoint().checkpoint.origin.rawValue == copy.origin ? copy.origin : nil
        } catch .damaged {
            return nil
        }
    }

    /// What the database keeps of forks; none where it names no log at all, which the report then says.
    private static func forks(in file: String) throws(StoreError) -> [ForkSummary] {
        do {
            let records = try LogCopy(path: file).forks()
            return records.map { ForkSummary($0) }
        } catch .damaged {
            return []
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

    /// Has the node verify its log, and checks the signature of its last checkpoint here.
    private func verify(
        _ client: OperatorClient,
        pinned: NoteVerifier?
    ) async throws(CommandFailure) -> VerificationReport {
        var patient = client
        // Some hundred thousand entries a second are hashed; a log of years takes its time.
        patient.timeout = .hours(1)
        var request: JSONValue?
        if since != nil {
            let known = try await LogSource.node(client).key(pinned: pinned).verifier
            let signed = try checkpoint(by: known)
            request = signed.map { ["since": .string(String(decoding: $0.bytes, as: UTF8.self))] }
        }
        let report = try VerificationReport(json: try await patient.post("/v1/audit/verify", body: request))
        if let pinned {
            guard pinned.name.rawValue == report.log else { throw LogSource.otherLog(report.log, pinned: pinned) }
            guard pinned.verifierKey == report.logKey else {
                throw LogSource.otherKey(report.logKey, pinned: pinned)
            }
        }
        let answer = try AnswerFields(try await client.get("/v1/audit/checkpoint"), "the checkpoint")
        let claimed = try answer.value("log-key", "a verifier key", LogSource.verifier)
        do {
            let signed = try SignedCheckpoint(parsing: Array(try answer.text("checkpoint").utf8))
            try signed.verify(by: pinned ?? claimed)
            let head = signed.checkpoint.head
            // Entries may have come since; never may there be fewer, or others in a tree of one size.
            guard let size = report.size, head.size > size || head.size == size && head.root.hex == report.root else {
                guard report.isSound else { return report }
                throw Self.checkpointFailure("the verified tree is not the one that the last checkpoint signs")
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw Self.checkpointFailure("\(error)")
        }
        return report
    }

    private static func checkpointFailure(_ detail: String) -> CommandFailure {
        CommandFailure(
            "the node's checkpoint does not hold: \(detail)",
            next: "keep a copy of the database, and run `entente audit verify` on it",
            status: .auditBroken
        )
    }
}
