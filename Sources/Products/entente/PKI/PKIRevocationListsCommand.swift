import ArgumentParser
import CanonicalEncoding
import OpenSSLCrypto

/// `entente pki crl`: revocation lists before they run out.
struct PKIRevocationListsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crl",
        abstract: "Write the next revocation lists of the partner's authorities.",
        discussion: """
            A list counts for 30 days; without a current one, every certificate under its authority is refused. The root's \
            key need not be at hand: an authority without a key is passed over, with a word on how long its list still \
            counts. Nothing is written unless everything that is asked for can be.

            EXAMPLES
              entente pki crl --certs Certs/GBR
              entente pki crl --authority root --certs Certs/GBR
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
            """
    )

    @OptionGroup var certificates: CertificatesOption

    @Option(
        help: ArgumentHelp(
            "One authority only: root, nodes-ca, mailboxes-ca or people-ca. May be given several times.",
            valueName: "name"
        )
    )
    var authority: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let folder = certificates.folder
            let now = Timestamp.now()
            _ = try folder.identity()
            let (present, absent) = try chosen(in: folder)
            for authority in absent { Terminal.current.message(try Self.passedOver(authority, at: now)) }
            // Everything is made before anything is written: a fault in one leaves the others as they were.
            var lists: [(AuthorityFolder, AuthorityFolder.NextList)] = []
            for authority in present { lists.append((authority, try authority.nextRevocationList(at: now))) }
            var written: [JSONValue] = []
            for (authority, next) in lists {
                try authority.write(next)
                let until = Timestamp(secondsSinceEpoch: next.list.nextUpdate)
                let number = next.list.number ?? 0
                Terminal.current.message(
                    "wrote \(authority.revocationListPath), number \(number), current until \(until)"
                )
                written.append([
                    "file": .string(authority.revocationListPath), "number": .integer(Int64(clamping: number)),
                    "next-update": .string(until.rfc3339),
                ])
            }
            if output.json { try Terminal.current.print(json: ["revocation-lists": .array(written)]) }
            Terminal.current.message("next: publish them with `entente partner sheet`")
        }
    }

    private func chosen(
        in folder: PartnerFolder
    ) throws(CommandFailure) -> (present: [AuthorityFolder], absent: [AuthorityFolder]) {
        let all = folder.authorities
        for name in authority where !all.contains(where: { $0.name == name }) {
            let names = all.map { "`\($0.name)`" }.joined(separator: ", ")
            throw CommandFailure("expected an authority of \(names), got `\(name)`", status: .usage)
        }
        guard authority.isEmpty else { return (all.filter { authority.contains($0.name) }, []) }
        let present = all.filter { WholeFile.exists($0.keyPath) }
        guard !present.isEmpty else {
            throw CommandFailure(
                "`\(folder.path)` holds no key of an authority",
                next: "run this where the keys are, or put them there"
            )
        }
        return (present, all.filter { !WholeFile.exists($0.keyPath) })
    }

    private static func passedOver(
        _ authority: AuthorityFolder,
        at now: Timestamp
    ) throws(CommandFailure) -> String {
        let until = Timestamp(secondsSinceEpoch: try authority.revocationList().nextUpdate)
        let state = until > now ? "its list counts until \(until)" : "its list ran out at \(until)"
        return "passed over \(authority.name), whose key is not here: \(state)"
    }
}
