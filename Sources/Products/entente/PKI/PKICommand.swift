import ArgumentParser
import OpenSSLCrypto

/// `entente pki`: a partner's certificates, keys and revocation lists, offline.
struct PKICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Make and look after a partner's certificates, keys and revocation lists.",
        discussion: """
            Everything is made on this machine, by OpenSSL, in one folder per partner (Certs/README.md says what lies
            where). Keys are written with mode 0600; only `renew` replaces one.

            EXAMPLE
              entente pki init --partner GBR --trust-domain gbr.example --out Certs/GBR
              entente pki issue node gbr-1 --certs Certs/GBR
              entente pki issue mailbox j2-fusion --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
            """,
        subcommands: [
            PKIInitCommand.self, PKIIssueCommand.self, PKISignRequestCommand.self, PKIRenewCommand.self,
            PKIRevokeCommand.self, PKIRevocationListsCommand.self, PKIShowCommand.self, PKILogKeyCommand.self,
        ]
    )
}

/// The folder of the partner that a command works on.
struct CertificatesOption: ParsableArguments {
    @Option(name: .customLong("certs"), help: ArgumentHelp("The partner's folder.", valueName: "folder"))
    var path: String

    var folder: PartnerFolder { PartnerFolder(path) }
}

/// The algorithm of new keys.
struct AlgorithmOption: ParsableArguments {
    @Option(help: "The algorithm of the key: P-256 or P-384.", transform: Self.parse)
    var algorithm: KeyAlgorithm = .p256

    private static func parse(_ text: String) throws -> KeyAlgorithm {
        guard let algorithm = KeyAlgorithm(rawValue: text), algorithm != .ed25519 else {
            throw ValidationError("expected `P-256` or `P-384`, got `\(text)`")
        }
        return algorithm
    }
}
