import ArgumentParser
import CanonicalEncoding
import OpenSSLCrypto

/// `entente pki renew`: a new key and certificate for the same node, mailbox or person.
struct PKIRenewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Make a new key and certificate in place of one that runs out.",
        discussion: """
            The file is the one in use. Certificates before stay in it behind the new one while they are good, so that \
            what was signed under them can still be verified. The encryption key before is kept beside the new one: \
            list both in the configuration of whoever reads the mailbox, and what was sent before still opens.

            EXAMPLE
              entente pki renew Certs/GBR/mailboxes/j2-fusion/encryption.pem --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
            """
    )

    @Argument(help: ArgumentHelp("The certificate in PEM.", valueName: "file"))
    var certificate: String

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var algorithm: AlgorithmOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let terminal = Terminal.current
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            let renewal = try office.renew(certificate, algorithm: algorithm.algorithm)
            terminal.message(
                "made a key and certificate of \(renewal.certificate.subject), "
                    + "serial number \(renewal.certificate.serialNumber)"
            )
            terminal.message("wrote \(certificate) and \(renewal.keyPath)")
            if output.json {
                var made: [String: JSONValue] = [
                    "certificate": .string(certificate), "key": .string(renewal.keyPath),
                    "serial-number": .string(renewal.certificate.serialNumber),
                ]
                if let older = renewal.older {
                    made["older"] = ["certificate": .string(older.certificate), "key": .string(older.key)]
                }
                try terminal.print(json: .object(made))
            }
            if let older = renewal.older {
                terminal.message("kept the pair before as \(older.certificate) and \(older.key)")
                terminal.message(
                    "next: list it second under `encryption` and `encryption-key` of the mailbox's contexts"
                )
            }
            terminal.message("next: publish it with `entente partner sheet`")
        }
    }
}
