import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente pki show`: what is in a file, in words.
struct PKIShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show certificates, revocation lists and requests in words.",
        discussion: """
            Says of a certificate which profile of Certs/README.md it follows, or why it follows none. No signature,
            validity or revocation is checked.

            EXAMPLE
              entente pki show Certs/GBR/nodes/gbr-1/certificate.pem
            """
    )

    @Argument(help: ArgumentHelp("A file in PEM or DER.", valueName: "file"))
    var file: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let bytes = try WholeFile.read(file)
            let contents = try CertificateFileContents(bytes, file: file)
            if output.json {
                try Terminal.current.print(json: contents.json)
            } else {
                try Terminal.current.print(contents.text)
            }
        }
    }
}
