import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente pki revoke`: takes certificates back.
struct PKIRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a certificate and write its issuer's next revocation list.",
        discussion: """
            The others learn of it with the partner's next sheet.

            EXAMPLE
              entente pki revoke Certs/GBR/nodes/gbr-1/certificate.pem --reason key-compromise --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
            """
    )

    /// The reasons, as they are written on the command line.
    enum Reason: String, ExpressibleByArgument, CaseIterable {
        case unspecified
        case keyCompromise = "key-compromise"
        case authorityCompromise = "ca-compromise"
        case affiliationChanged = "affiliation-changed"
        case superseded
        case cessation

        var revocationReason: RevocationReason {
            switch self {
            case .unspecified: .unspecified
            case .keyCompromise: .keyCompromise
            case .authorityCompromise: .authorityCompromise
            case .affiliationChanged: .affiliationChanged
            case .superseded: .superseded
            case .cessation: .cessationOfOperation
            }
        }
    }

    @Argument(help: ArgumentHelp("The certificate in PEM.", valueName: "file"))
    var certificate: String

    @Option(help: "Why.")
    var reason: Reason = .unspecified

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            // After a renewal the file holds older certificates as well; the one in use stands first.
            guard let certificate = try CertificateFile.readAll(certificate).first else {
                throw CommandFailure("`\(certificate)` holds no certificate")
            }
            let now = Timestamp.now()
            let authority = try Self.issuer(of: certificate, in: certificates.folder)
            let list = try authority.writeRevocationList(
                adding: .init(
                    serialNumber: certificate.serialNumber,
                    time: now.secondsSinceEpoch,
                    reason: reason.revocationReason
                ),
                at: now
            )
            Terminal.current.message("revoked \(certificate.subject), serial number \(certificate.serialNumber)")
            Terminal.current.message("wrote \(authority.revocationListPath), number \(list.number ?? 0)")
            for other in try certificates.folder.issued() where other.isOfSameHolder(as: certificate) {
                Terminal.current.message(
                    "not revoked: \(other.path), of the same \(other.holder.kind); revoke it too if its key is in doubt"
                )
            }
            if output.json {
                try Terminal.current.print(
                    json: [
                        "number": .integer(Int64(clamping: list.number ?? 0)),
                        "revocation-list": .string(authority.revocationListPath),
                        "revoked": .string(certificate.serialNumber),
                    ]
                )
            }
            Terminal.current.message("next: publish it with `entente partner sheet`")
        }
    }

    /// The authority of the folder that has signed the certificate.
    static func issuer(
        of certificate: Certificate,
        in folder: PartnerFolder
    ) throws(CommandFailure) -> AuthorityFolder {
        for authority in folder.authorities where WholeFile.exists(authority.certificatePath) {
            let issuer = try authority.certificate()
            if certificate.issuer == issuer.subject,
                certificate.authorityKeyIdentifier == issuer.publicKey.keyIdentifier, certificate != issuer
            {
                return authority
            }
        }
        throw CommandFailure(
            "no authority in `\(folder.path)` has issued \(certificate.subject), whose issuer is \(certificate.issuer)",
            next: "name the folder of the partner that issued it with --certs"
        )
    }
}
