import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente evidence verify`: says what a file proves, with nothing else at hand.
struct EvidenceVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say what a file of evidence proves, without any node or network.",
        discussion: """
            Everything rests on the partners' root certificates. Those in the file are its maker's word: give the ones that \
            you have from elsewhere, of every partner that matters to you. What rests on others is called assumed.

            EXAMPLES
              entente evidence verify dispute.tar --root GBR=gbr-root.pem --root FRA=fra-root.pem
              entente evidence verify dispute.tar --roots roots --json
              entente evidence verify dispute.tar --trust-enclosed-roots

            EXIT STATUS
              0 all of it is proven, 1 some is assumed, or not proven, 10 something in the file contradicts itself or a root
            """
    )

    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file(extensions: ["tar"]))
    var file: String

    @Option(
        name: .customLong("root"),
        help: ArgumentHelp(
            "A partner's root certificate in PEM, from a source that you trust.",
            valueName: "partner=file"
        ),
        transform: RootArgument.init
    )
    var rootFiles: [RootArgument] = []

    @Option(
        help: ArgumentHelp("A folder with partners' root certificates, each named PARTNER.pem.", valueName: "folder"),
        completion: .directory
    )
    var roots: String?

    @Flag(help: "Take the roots in the file for the partners' own, and so what rests on them for proven.")
    var trustEnclosedRoots = false

    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let roots = try pinned()
            let bytes = try WholeFile.read(file, limit: EvidenceFile.maximumSize)
            guard EvidenceFile.isOne(bytes) else {
                throw CommandFailure(
                    "`\(file)` is no file of evidence: expected a tar archive of a folder `evidence-ID`",
                    next: "name a file that was made with `entente evidence export`"
                )
            }
            let evidence: EvidenceFile
            do {
                evidence = try EvidenceFile(parsing: bytes)
            } catch let error as EvidenceFile.Malformed {
                throw CommandFailure(
                    "`\(file)`: \(error)",
                    next: "get the file again from whoever made it with `entente evidence export`",
                    status: .auditBroken
                )
            }
            let report = try await EvidenceVerification.run(evidence, roots: roots)
            let terminal = Terminal.current
            if output.json {
                try terminal.print(report.json.indentedText)
            } else {
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            let known = report.partners.map(\.rawValue).sorted().joined(separator: ", ")
            for root in rootFiles where !report.partners.contains(root.partner) {
                terminal.message("--root \(root.partner) says nothing here: the file holds sheets of \(known) alone")
            }
            try judge(report)
        }
    }

    private func judge(_ report: EvidenceReport) throws(CommandFailure) {
        if let broken = report.statements.first(where: { $0.standing == .broken }) {
            throw CommandFailure(
                "the evidence is broken: \(broken.text)",
                next: "rely on nothing in it that this touches; keep the file as it is",
                status: .auditBroken
            )
        }
        if report.contains(.assumed), !trustEnclosedRoots {
            throw CommandFailure(
                "some of it rests on roots that stand in the file alone",
                next: "give the partners' roots from elsewhere, --root PARTNER=FILE or --roots FOLDER"
            )
        }
        if report.contains(.unproven) {
            throw CommandFailure("some of it is not proven", next: "see above what the file does not hold")
        }
    }

    private func pinned() throws(CommandFailure) -> [PartnerCode: [SHA256Digest]] {
        var files = rootFiles.map { (partner: $0.partner, file: $0.file) }
        if let roots { files += try RootArgument.files(in: roots).map { ($0.partner, $0.file) } }
        var pinned: [PartnerCode: [SHA256Digest]] = [:]
        for (partner, file) in files {
            for root in try CertificateFile.readAll(file) { pinned[partner, default: []].append(root.fingerprint) }
        }
        return pinned
    }
}
