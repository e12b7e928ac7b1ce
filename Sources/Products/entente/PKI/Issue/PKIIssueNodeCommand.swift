import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory

/// `entente pki issue node`: the certificate and key of a node, and the key of its log.
struct PKIIssueNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Make a node's certificate and key, and its log's key when there is none.",
        discussion: """
            EXAMPLE
              entente pki issue node gbr-1 --certs Certs/GBR
            """
    )

    @Argument(help: "The node's name, such as gbr-1.", transform: { try NodeName($0) })
    var name: NodeName

    @OptionGroup var certificates: CertificatesOption
    @OptionGroup var algorithm: AlgorithmOption
    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: certificates.folder, time: .now())
            try office.issue(.node, to: .node(name), algorithm: algorithm.algorithm)
            let path = certificates.folder.node(name)
            let logKey = WholeFile.exists("\(path)/log.key") ? nil : try office.makeLogKey(of: name)
            Terminal.current.message("made certificate and keys in \(path)")
            if output.json {
                var made: [String: JSONValue] = [
                    "certificate": .string("\(path)/certificate.pem"), "key": .string("\(path)/key.pem"),
                ]
                made["log-key"] = (logKey?.text).map { .string($0) }
                try Terminal.current.print(json: .object(made))
            } else if let logKey {
                try Terminal.current.print("\(logKey)")
            }
            Terminal.current.message(
                "next: list the node in the configuration of the sheet, then `entente partner sheet`"
            )
        }
    }
}
