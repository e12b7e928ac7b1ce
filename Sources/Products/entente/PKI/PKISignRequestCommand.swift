import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente pki sign-request`: a certificate for a key that stays with its holder.
struct PKISignRequestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-request",
        abstract: "Certify the key in a request (PKCS#10), which stays with its holder.",
        discussion: """
            Only the key is taken from the request; name, usages and validity are those of the profile.

            EXAMPLE
              openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout signing.key \\
                -subj /CN=j2-fusion -out signing.csr
              entente pki sign-request mailbox-signing j2-fusion signing.csr --certs Certs/GBR
            """
    )

    /// The profiles that a request can be signed for, as they are written on the command line.
    enum Profile: String, ExpressibleByArgument, CaseIterable {
        case node
        case mailboxSigning = "mailbox-signing"
        case mailboxEncryption = "mailbox-encryption"
        case officer
        case `operator`

        var certificateProfile: CertificateProfile {
            switch self {
            case .node: .node
            case .mailboxSigning: .mailboxSigning
            case .mailboxEncryption: .mailboxEncryption
            case .officer: .officer
            case .operator: .operator
            }
        }

        var kind: PrincipalKind {
            switch self {
            case .node: .node
            case .mailboxSigning, .mailboxEncryption: .mailbox
            case .officer: .officer
            case .operator: .operator
            }
        }
    }

    @Argument(help: "What the certificate is for.")
    var profile: Profile

    @Argument(help: "The name of the node, mailbox or person.")
    var name: String

    @Argument(help: ArgumentHelp("The request in PEM.", valueName: "file"))
    var request: String

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        do {
            _ = try Principal(kind: profile.kind, name: name)
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() throws {
        let principal = try Principal(kind: profile.kind, name: name)
        try CommandFailure.reporting {
            let bytes = try WholeFile.read(request)
            let parsed: CertificateRequest
            do {
                parsed = try CertificateRequest(pem: bytes)
            } catch {
                throw CommandFailure(
                    "request `\(request)`: \(error)",
                    next: "give a PKCS#10 request in PEM, as `openssl req -new` makes it"
                )
            }
            let file = try CertificateOffice(folder: certificates.folder, time: .now())
                .sign(parsed, as: profile.certificateProfile, to: principal)
            Terminal.current.message("made certificate \(file); of the request, its key alone was used")
            if output.json {
                try Terminal.current.print(json: ["certificate": .string(file)])
            } else {
                try Terminal.current.print(file)
            }
        }
    }
}
