import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// `entente partner verify`: whether a sheet holds under a pinned root.
struct PartnerVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a partner's sheet under its pinned root.",
        discussion: """
            With --previous, also that it may follow the sheet accepted before.

            EXAMPLES
              entente partner verify gbr.cms --partner GBR --root gbr-root.pem
              entente partner verify gbr-2.cms --partner GBR --root gbr-root.pem --previous gbr-1.cms
            """
    )

    @Argument(help: ArgumentHelp("The signed sheet.", valueName: "file"))
    var file: String

    @Option(help: "The partner whose sheet it should be.", transform: { try PartnerCode($0) })
    var partner: PartnerCode

    @Option(help: "The realm that it should be of.", transform: { try Realm($0) })
    var realm: Realm = .live

    @Option(name: .customLong("root"), help: ArgumentHelp("A root to trust, in PEM.", valueName: "file"))
    var roots: [String] = []

    @Option(
        name: .customLong("pin"),
        help: ArgumentHelp("The SHA-256 of a root to trust.", valueName: "fingerprint"),
        transform: Self.fingerprint
    )
    var pins: [SHA256Digest] = []

    @Option(help: ArgumentHelp("The sheet accepted before.", valueName: "file"))
    var previous: String?

    @Flag(help: "Print the sheet as JSON when it holds.")
    var json = false

    func validate() throws {
        if roots.isEmpty, pins.isEmpty { throw ValidationError("expected a root to trust: give --root or --pin") }
    }

    func run() throws {
        try CommandFailure.reporting {
            var pinned = pins
            for root in roots { pinned.append(try CertificateFile.read(root).fingerprint) }
            let now = Timestamp.now()
            let before: SignedSheet?
            if let previous {
                // The sheet before may have run out by now, so it is judged by its own time.
                let bytes = try WholeFile.read(previous)
                let issuedAt = try SheetDescription.read(bytes, file: previous).issuedAt
                before = try verify(bytes, file: previous, pinned: pinned, previous: nil, at: issuedAt)
            } else {
                before = nil
            }
            let signed = try verify(
                try WholeFile.read(file),
                file: file,
                pinned: pinned,
                previous: before,
                at: now
            )
            if json {
                try Terminal.current.print(signed.sheet.json.indentedText)
            } else {
                try Terminal.current.print(
                    "good: version \(signed.sheet.version) of \(signed.sheet.code), realm \(signed.sheet.realm), in "
                        + "force until \(signed.sheet.nextUpdate), SHA-256 \(signed.digest)"
                )
            }
        }
    }

    private func verify(
        _ bytes: [UInt8],
        file: String,
        pinned: [SHA256Digest],
        previous: SignedSheet?,
        at time: Timestamp
    ) throws(CommandFailure) -> SignedSheet {
        do {
            return try SignedSheet.verify(
                bytes,
                from: partner,
                realm: realm,
                pinnedRoots: pinned,
                previous: previous,
                at: time
            )
        } catch {
            throw CommandFailure("`\(file)`: \(error)", next: "do not use it; ask the partner for its sheet")
        }
    }

    private static func fingerprint(_ text: String) throws -> SHA256Digest {
        let digits = text.lowercased().filter { $0 != ":" }
        guard let bytes = Hex.decode(digits), let digest = SHA256Digest(bytes) else {
            throw ValidationError("expected a SHA-256 fingerprint: 64 hexadecimal digits")
        }
        return digest
    }
}
