import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying

/// `entente evidence export`: makes the file.
struct EvidenceExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what a node can show of a message to one file.",
        discussion: """
            The file is a tar archive. It holds the message as it was sent, encrypted; who must not see even its label and its \
            correspondents must not get the file. Details of decisions name rules and facts of your own partner: \
            --without-details leaves them out, and everything else stays provable.

            It is verified before it is written, under the roots that stand in it. Witnesses cosign within seconds: what \
            is exported sooner says that it is not witnessed yet.

            EXAMPLES
              entente evidence export 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b
              entente evidence export 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b --out dispute.tar --without-details
              entente evidence export 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b --file copy.sqlite

            EXIT STATUS
              0 written, 1 not, 10 written, and something in it contradicts itself
            """
    )

    @Argument(help: "The message's id.", transform: MessageID.init(argument:))
    var id: MessageID

    @Option(
        help: ArgumentHelp("Write to this file; `evidence-ID.tar` otherwise.", valueName: "file"),
        completion: .file(extensions: ["tar"])
    )
    var out: String?

    @Flag(help: "Leave out the encrypted body.")
    var withoutBody = false

    @Flag(help: "Leave out the details of entries, and the policies that were in force.")
    var withoutDetails = false

    @OptionGroup var source: LogSourceOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let path = out ?? "evidence-\(id).tar"
            guard !WholeFile.exists(path) else { throw WholeFile.isThere(path) }
            let file = try await file(try source.source())
            let report = try await EvidenceVerification.run(file, roots: [:])
            let terminal = Terminal.current
            let bytes = file.bytes
            guard bytes.count <= EvidenceFile.maximumSize else {
                throw CommandFailure(
                    "the evidence has \(bytes.count) bytes, expected at most \(EvidenceFile.maximumSize)",
                    next: "leave out the body: --without-body"
                )
            }
            try WholeFile.create(path, with: bytes, mode: 0o600, makingFolders: false)
            terminal.message(
                "`\(path)`: \(QuantityText.count(file.evidence.entries.count, "entry", "entries")), "
                    + "\(QuantityText.count(file.evidence.receipts.count, "delivery receipt")), \(bytes.count) bytes"
            )
            for statement in report.statements where statement.standing == .unproven {
                terminal.message("not proven: \(PrintableText.line(statement.text))")
            }
            // Also that something is wrong is evidence.
            if let broken = report.statements.first(where: { $0.standing == .broken }) {
                throw CommandFailure(
                    "`\(path)` is written, and contradicts itself: \(broken.text)",
                    next:
                        "keep it, and a copy of the database; `entente evidence verify` says all of it, `entente audit "
                        + "verify` whether this log is whole",
                    status: .auditBroken
                )
            }
        }
    }

    private func file(_ source: LogSource) async throws -> EvidenceFile {
        let whole = try await source.evidence(of: id)
        let evidence = withoutDetails ? whole.withoutDetails : whole
        guard let log = evidence.entries.first?.link.entry.log else {
            throw CommandFailure("the log does not name the message `\(id)`", next: "check the id")
        }
        var bodies: [SHA256Digest: [UInt8]] = [:]
        if !withoutBody {
            for message in evidence.messages where message.hasBody {
                bodies[message.envelope] = try await source.body(of: id, envelope: message.envelope)
            }
        }
        var policies = KeptPolicies(source)
        var explanation: [String] = []
        for entry in evidence.entries where entry.details != nil {
            let words = try await EntryExplanations(of: LogEntry(entry.link, details: entry.details), &policies)
            guard !words.explanations.isEmpty else { continue }
            explanation.append("Entry \(entry.link.entry.index), \(entry.link.entry.kind.rawValue):")
            explanation += words.explanations.map(\.text)
        }
        return EvidenceFile(
            log: log,
            made: Timestamp.now(),
            evidence: evidence,
            bodies: bodies,
            explanation: explanation.isEmpty
                ? "No decisions in words.\n" : explanation.joined(separator: "\n") + "\n",
            instructions: EvidenceInstructions.readme,
            script: EvidenceInstructions.script
        )
    }
}

extension MessageEvidence {
    /// The same without what entries rest on: entries commit to their details, so that all proofs stay.
    fileprivate var withoutDetails: MessageEvidence {
        MessageEvidence(
            id: id,
            entries: entries.map { Entry(link: $0.link, details: nil) },
            otherLogs: otherLogs,
            messages: messages,
            receipts: receipts,
            policies: [],
            directories: directories
        )
    }
}
