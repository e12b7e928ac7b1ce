import ArgumentParser
import CanonicalEncoding
import OpenSSLCrypto

/// `entente pki crl`: revocation lists before they run out.
struct PKIRevocationListsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crl",
        abstract: "Write the next revocation list of every authority of the partner.",
        discussion: """
            A list counts for 30 days; without a current one, every certificate under its authority is refused.

            EXAMPLE
              entente pki crl --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
            """
    )

    @OptionGroup var certificates: CertificatesOption

    func run() throws {
        try CommandFailure.reporting {
            let now = Timestamp.now()
            _ = try certificates.folder.identity()
            for authority in certificates.folder.authorities {
                let list = try authority.writeRevocationList(at: now)
                let until = Timestamp(secondsSinceEpoch: list.nextUpdate)
                Terminal.current.message(
                    "wrote \(authority.revocationListPath), number \(list.number ?? 0), current until \(until)"
                )
            }
            Terminal.current.message("next: publish them with `entente partner sheet`")
        }
    }
}
