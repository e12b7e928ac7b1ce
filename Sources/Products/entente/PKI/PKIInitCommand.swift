import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente pki init`: a partner's root, intermediates, registrar and empty revocation lists.
struct PKIInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a partner's root, intermediates, registrar and empty revocation lists.",
        discussion: """
            The root is bound to the trust domain by a name constraint. Live and each exercise need a trust domain and a
            root of their own. Prints the root's fingerprint, which the other partners pin.

            EXAMPLES
              entente pki init --partner GBR --trust-domain gbr.example --out Certs/GBR
              entente pki init --partner GBR --trust-domain winter-26.gbr.example --realm winter-26 \\
                --algorithm P-384 --out Certs/GBR-winter-26
            """
    )

    @Option(help: "The partner's code, such as GBR.", transform: { try PartnerCode($0) })
    var partner: PartnerCode

    @Option(help: "The partner's trust domain, such as gbr.example.", transform: { try TrustDomain($0) })
    var trustDomain: TrustDomain

    @Option(help: "`live` or the name of an exercise.", transform: { try Realm($0) })
    var realm: Realm = .live

    @OptionGroup var algorithm: AlgorithmOption

    @Option(help: ArgumentHelp("The folder to make.", valueName: "folder"))
    var out: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let office = CertificateOffice(folder: PartnerFolder(out), time: .now())
            let root = try office.found(
                code: partner,
                realm: realm,
                trustDomain: trustDomain,
                algorithm: algorithm.algorithm
            )
            Terminal.current.message("made root, intermediates, revocation lists and registrar of \(partner) in \(out)")
            Terminal.current.message("the root's fingerprint, which the other partners pin:")
            if output.json {
                try Terminal.current.print(
                    json: ["folder": .string(out), "root-fingerprint": .string(root.fingerprint.hex)]
                )
            } else {
                try Terminal.current.print("\(root.fingerprint)")
            }
        }
    }
}
