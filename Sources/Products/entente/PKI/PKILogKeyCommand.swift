import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente pki log-key`: the key of a node's log.
struct PKILogKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-key",
        abstract: "Make the key that signs a node's log (Ed25519), and print its verifier key.",
        discussion: """
            EXAMPLE
              entente pki log-key gbr-1 --certs Certs/GBR
            """
    )

    @Argument(help: "The node's name, such as gbr-1.", transform: { try NodeName($0) })
    var node: NodeName

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            let key = try office.makeLogKey(of: node)
            if output.json {
                try Terminal.current.print(json: ["log-key": .string(key.text)])
            } else {
                try Terminal.current.print("\(key)")
            }
        }
    }
}
