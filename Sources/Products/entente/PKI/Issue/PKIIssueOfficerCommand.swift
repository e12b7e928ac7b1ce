import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente pki issue officer`: the certificate and key of an officer, who signs.
struct PKIIssueOfficerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "officer",
        abstract: "Make an officer's certificate and key, for signing.",
        discussion: """
            EXAMPLE
              entente pki issue officer release-1 --certs Certs/GBR
            """
    )

    @Argument(help: "The officer's name, such as release-1.", transform: { try PersonName($0) })
    var name: PersonName

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var algorithm: AlgorithmOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            try office.issue(.officer, to: .officer(name), algorithm: algorithm.algorithm)
            let path = certificates.folder.person(name)
            Terminal.current.message("made certificate and key in \(path)")
            if output.json {
                try Terminal.current.print(
                    json: ["certificate": .string("\(path)/certificate.pem"), "key": .string("\(path)/key.pem")]
                )
            }
            Terminal.current.message(
                "next: list the officer in the configuration of the sheet, then `entente partner sheet`"
            )
        }
    }
}
