import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente pki issue mailbox`: the two certificates and keys of a mailbox.
struct PKIIssueMailboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailbox",
        abstract: "Make a mailbox's two certificates and keys, for signing and for encryption.",
        discussion: """
            EXAMPLE
              entente pki issue mailbox j2-fusion --certs Certs/GBR
            """
    )

    @Argument(help: "The mailbox's name, such as j2-fusion.", transform: { try MailboxName($0) })
    var name: MailboxName

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var algorithm: AlgorithmOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            try office.issue(.mailboxSigning, to: .mailbox(name), algorithm: algorithm.algorithm)
            try office.issue(.mailboxEncryption, to: .mailbox(name), algorithm: algorithm.algorithm)
            let path = certificates.folder.mailbox(name)
            Terminal.current.message("made certificates and keys in \(path)")
            if output.json {
                try Terminal.current.print(
                    json: [
                        "encryption": .string("\(path)/encryption.pem"),
                        "encryption-key": .string("\(path)/encryption.key"), "signing": .string("\(path)/signing.pem"),
                        "signing-key": .string("\(path)/signing.key"),
                    ]
                )
            }
            Terminal.current.message(
                "next: list the mailbox in the configuration of the sheet, then `entente partner sheet`"
            )
        }
    }
}
