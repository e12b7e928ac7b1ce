import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente pki issue operator`: the certificate and key of an operator.
struct PKIIssueOperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Make an operator's certificate and key, for use at the partner's own nodes.",
        discussion: """
            EXAMPLE
              entente pki issue operator watch-1 --certs Certs/GBR
            """
    )

    @Argument(help: "The operator's name, such as watch-1.", transform: { try PersonName($0) })
    var name: PersonName

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var algorithm: AlgorithmOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            try office.issue(.operator, to: .operator(name), algorithm: algorithm.algorithm)
            let path = certificates.folder.person(name)
            Terminal.current.message("made certificate and key in \(path)")
            if output.json {
                try Terminal.current.print(
                    json: ["certificate": .string("\(path)/certificate.pem"), "key": .string("\(path)/key.pem")]
                )
            }
        }
    }
}
