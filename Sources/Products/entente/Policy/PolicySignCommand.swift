import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Relaying

/// `entente policy sign`: an officer's approval of a policy.
struct PolicySignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Approve a policy as an officer, together with its tests.",
        discussion: """
            What is signed is the policy's hash, that of the tests beside it, the realm and the time: change either \
            file and the approval no longer counts. The policy is read, proven and tested first. The statement goes \
            into the folder beside the policy, `policy.approvals` for `policy.yaml`, from where nodes and `policy \
            activate` take it.

            EXAMPLES
              entente policy sign Config/policy.yaml --officer release-1 --certs Certs/GBR
              entente policy sign Config/gbr.yaml --baseline Config/policy.yaml --officer release-1 --certs Certs/GBR

            EXIT STATUS
              0 signed, 11 the policy is not good, 1 anything else
            """
    )

    @Argument(
        help: ArgumentHelp("The policy, or an addition.", valueName: "file"),
        completion: .file(extensions: ["yaml"])
    )
    var file: String

    @Option(
        help: ArgumentHelp("The coalition's policy, where FILE is a partner's addition to it.", valueName: "file"),
        completion: .file(extensions: ["yaml"])
    )
    var baseline: String?

    @Option(help: ArgumentHelp("The officer who signs.", valueName: "name"))
    var officer: String

    @OptionGroup var certificates: CertificatesOption

    @Option(help: ArgumentHelp("Where to write the statement.", valueName: "file"))
    var out: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let partner = try certificates.folder.identity()
            let name = try self.name()
            let texts = PolicyTexts(
                policy: try PolicyFile.file(baseline ?? file),
                tests: try PolicyFile.tests(of: baseline ?? file),
                addition: try baseline.map { _ in try PolicyFile.file(file) },
                additionTests: try baseline.flatMap { _ in try PolicyFile.tests(of: file) }
            )
            let version = try Self.version(texts, partner.code, file)
            let folder = certificates.folder.person(name)
            guard WholeFile.exists("\(folder)/certificate.pem") else {
                throw CommandFailure(
                    "`\(folder)/certificate.pem` is missing: `\(certificates.folder.path)` holds no officer `\(name)`",
                    next:
                        "make the certificate with `entente pki issue officer \(name)`, or name another with --officer"
                )
            }
            let certificate = try CertificateFile.read("\(folder)/certificate.pem")
            let key = try PrivateKeyFile.read("\(folder)/key.pem")
            let text = version.approvableAddition ?? version.approvable
            let statement = try Self.sign(text, partner.realm, certificate, key)
            let path =
                out ?? "\(PolicyCompanions.approvals(of: file))/\(partner.code)-\(name)"
                + PolicyCompanions.statementEnding
            try WholeFile.replace(path, with: statement)
            let terminal = Terminal.current
            let rule = version.addition.map(\.approval) ?? version.baseline.approval
            let signer = PolicyOfficer(PolicyPartner(partner.code.rawValue), name.rawValue)
            if let rule, !rule.officers.contains(signer) {
                terminal.message("note: the policy's own `approval` does not name \(signer); the one in force may")
            }
            if text.tests == nil { terminal.message("note: no tests stand beside `\(file)`, so none are approved") }
            terminal.message("\(signer) approves \(text.hash)")
            guard output.json else { return try terminal.print(path) }
            try terminal.print(
                json: [
                    "file": .string(path), "hash": .string(text.hash.hex), "officer": .string(signer.description),
                    "tests": text.tests.map { .string($0.hex) } ?? .null,
                ]
            )
        }
    }

    private func name() throws(CommandFailure) -> PersonName {
        do {
            return try PersonName(officer)
        } catch {
            throw CommandFailure("\(error)", status: .usage)
        }
    }

    private static func version(
        _ texts: PolicyTexts,
        _ partner: PartnerCode,
        _ file: String
    ) throws(CommandFailure) -> PolicyVersion {
        do {
            return try PolicyVersion(texts, for: partner)
        } catch {
            throw CommandFailure(
                "\(error)",
                next: "correct it; `entente policy check \(file)` and `entente policy test \(file)` say more",
                status: .badConfiguration
            )
        }
    }

    private static func sign(
        _ text: ApprovedText,
        _ realm: Realm,
        _ certificate: Certificate,
        _ key: PrivateKey
    ) throws(CommandFailure) -> [UInt8] {
        do {
            return try OfficerApproval.sign(text, realm: realm, at: .now(), certificate: certificate, key: key)
        } catch {
            throw CommandFailure("\(error)", next: "name an officer: `entente pki issue officer` makes certificates")
        }
    }
}
