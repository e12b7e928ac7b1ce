import CanonicalEncoding
import CoalitionDirectory
import Foundation
import NodeSupport
import OpenSSLCrypto
import TestSupport
import Testing

/// One way in which what a node is given can be bad.
struct BadConfiguration: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The file to blame, in the coalition's folder.
    let file: String
    /// A text in the line to blame; nil where the file has no lines.
    var lineWith: String?
    /// How many things the daemon has to blame.
    var lineCount = 1
    /// What the daemon must say beside file and line.
    let expected: [String]
    /// Breaks it.
    let make: @Sendable (RunningCoalition) throws -> Void

    static let all = texts + material + directory

    /// The node's configuration file itself.
    private static let texts: [BadConfiguration] = [
        edited("an unknown key", "listen:", "lisen: x\nlisten:", at: "lisen", ["unknown key `lisen`", "`listen`"]),
        edited("a key given twice", "partner: GBR", "partner: GBR\npartner: FRA", at: "partner: GBR", ["`partner`"]),
        edited("a bad port", "listen: 127.0.0.1:", "listen: 127.0.0.1:9", at: "listen", ["expected", "endpoint"]),
        edited("a missing key", "data: data-GBR", "", at: "format", ["no `data`"]),
        edited("another format", "format: 1", "format: 2", at: "format", ["expected the format's version"]),
        edited("no YAML", "policy: ", "policy: a: ", at: "policy: a:", ["not readable as YAML"]),
        edited(
            "a log level that is none",
            "data:",
            "logging: {level: loud}\ndata:",
            at: "loud",
            ["`warning`", "`loud`"]
        ),
        edited("no grace time", "data:", "streams: {grace: 0}\ndata:", at: "grace: 0", ["1 to 86400"]),
        edited("a limit of nothing", "data:", "limits: {queue: 0}\ndata:", at: "queue: 0", ["1 to 10000000"]),
        edited(
            "no witness but its own",
            "data:",
            "witnessing: {witnesses: [GBR/gbr-2]}\ndata:",
            at: "gbr-2",
            ["a witness of another partner"]
        ),
        edited(
            "a quorum that nobody can be",
            "data:",
            "witnessing: {witnesses: [FRA/fra-hub, FRA/fra-2], quorum: 2}\ndata:",
            at: "quorum: 2",
            ["at most 1", "got 2"]
        ),
        edited(
            "a witness twice",
            "data:",
            "witnessing: {witnesses: [FRA/fra-hub, FRA/fra-hub]}\ndata:",
            at: "fra-hub, FRA",
            ["each witness once"]
        ),
        edited(
            "a limit beyond measure",
            "data:",
            "limits: {connections-per-peer: 10001}\ndata:",
            at: "10001",
            ["1 to 10000", "`10001`"]
        ),
        edited("a realm that is none", "realm: live", "realm: Dragon Fire", at: "realm:", ["`Dragon Fire`"]),
        edited(
            "another realm",
            "realm: live",
            "realm: dragon",
            blaming: "GBR.cms",
            lineCount: 6,
            ["expected `GBR` in realm `dragon`"]
        ),
        edited(
            "a data folder that no socket fits into",
            "data: data-GBR",
            "data: \(String(repeating: "d", count: 100))",
            blaming: "gbr-1.yaml",
            ["operator socket: expected a path of 1 to 107 bytes", "shorter path"]
        ),
        edited("another node's name", "node: gbr-1", "node: gbr-9", blaming: "GBR.cms", ["lists no node `gbr-9`"]),
        edited(
            "a route over a node that is none",
            "FRA/fra-hub",
            "FRA/fra-9",
            blaming: "gbr-1.yaml",
            ["route to `JPN`", "`FRA/fra-9`"]
        ),
        BadConfiguration("no such file", blaming: "gbr-1.yaml", ["cannot read"]) { coalition in
            try FileManager.default.removeItem(at: coalition.configurationFile(of: "GBR"))
        },
    ]

    /// Policy, certificates and keys.
    private static let material: [BadConfiguration] = [
        BadConfiguration("a policy that is not there", blaming: "policy.yaml", ["cannot read"]) { coalition in
            try FileManager.default.removeItem(at: coalition.policyFile)
        },
        BadConfiguration("a mistake in the policy", blaming: "policy.yaml", at: "ceiling: SEKRET", ["`SEKRET`"]) {
            let file = $0.policyFile
            try RunningCoalition.replace(
                ["JPN: {kind: nation, ceiling: SECRET}": "JPN: {kind: nation, ceiling: SEKRET}"],
                in: file,
                to: file
            )
        },
        BadConfiguration("a key that others can read", blaming: "gbr-1.key", ["expected mode 0600, got 0644"]) {
            coalition in
            let key = coalition.folder.appendingPathComponent("gbr-1.key").path
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        },
        BadConfiguration(
            "another node's certificate",
            blaming: "gbr-1.pem",
            ["expected the certificate of `spiffe://gbr.example/node/gbr-1`", "spiffe://fra.example/node/fra-hub"]
        ) { coalition in
            let other = try coalition.fixture.partner("FRA").node("fra-hub")
            try coalition.write(other.credential.chain.flatMap { $0.pem() }, "gbr-1.pem")
        },
        BadConfiguration("a mailbox's certificate", blaming: "gbr-1.pem", ["peers would refuse the certificate"]) {
            try $0.write(try $0.fixture.mailbox("GBR/j2-fusion").signing.chain.flatMap { $0.pem() }, "gbr-1.pem")
        },
        BadConfiguration("another key", blaming: "gbr-1.key", ["not that of the certificate"]) { coalition in
            try replaceKey("gbr-1.key", by: .generate(.p256), in: coalition)
        },
        BadConfiguration("another log key than the sheet's", blaming: "gbr-1-log.key", ["the sheet lists"]) {
            coalition in
            try replaceKey("gbr-1-log.key", by: .generate(.ed25519), in: coalition)
        },
        BadConfiguration("a log key of another algorithm", blaming: "gbr-1-log.key", ["Ed25519"]) { coalition in
            try replaceKey("gbr-1-log.key", by: .generate(.p256), in: coalition)
        },
    ]

    /// The partners' sheets, and what they have to do with the policy.
    private static let directory: [BadConfiguration] = [
        BadConfiguration("an expired sheet", blaming: "FRA.cms", ["sheet of `FRA` is refused", "was in force until"]) {
            coalition in
            let time = Timestamp.now().adding(seconds: -40 * 86_400)
            let partner = try PartnerFixture(coalition.fixture.partner("FRA").plan, at: time)
            try coalition.write(partner.root.certificate.pem(), "FRA-root.pem")
            try coalition.write(try partner.signedSheet().bytes, "FRA.cms")
        },
        BadConfiguration("a sheet that nobody signed", blaming: "FRA.cms", ["sheet of `FRA` is refused"]) { coalition in
            try coalition.write(Array("{}".utf8), "FRA.cms")
        },
        BadConfiguration("two roots in one file", blaming: "FRA-root.pem", ["expected one root certificate, got 2"]) {
            coalition in
            let roots = try ["FRA", "DEU"].map { try coalition.fixture.partner($0).root.certificate.pem() }
            try coalition.write(roots.flatMap { $0 }, "FRA-root.pem")
        },
        BadConfiguration("another partner's root", blaming: "FRA.cms", ["sheet of `FRA` is refused"]) { coalition in
            try coalition.write(try coalition.fixture.partner("DEU").root.certificate.pem(), "FRA-root.pem")
        },
        BadConfiguration(
            "a partner in the directory only",
            blaming: "policy.yaml",
            ["partner `NLD` has a sheet and is not in the policy"]
        ) { coalition in
            let plan = try PartnerPlan(code: "NLD", nodes: ["nld-1": "127.0.0.1:8447"], mailboxes: [:])
            let partner = try PartnerFixture(plan, at: .now())
            try coalition.write(partner.root.certificate.pem(), "NLD-root.pem")
            try coalition.write(try partner.signedSheet().bytes, "NLD.cms")
            try change("trust:", "trust:\n  NLD: {root: NLD-root.pem, sheet: NLD.cms}", in: coalition)
        },
        edited(
            "a partner in the policy only",
            "  ACME: {root: ACME-root.pem, sheet: ACME.cms}\n",
            "",
            blaming: "gbr-1.yaml",
            ["partner `ACME` is in the policy and has no sheet here"]
        ),
        edited(
            "a node that does not know its own partner",
            "  GBR: {root: GBR-root.pem, sheet: GBR.cms}\n",
            "",
            ["expected the own partner `GBR`"]
        ),
    ]

    private init(
        _ description: String,
        blaming file: String,
        at line: String? = nil,
        _ expected: [String],
        make: @escaping @Sendable (RunningCoalition) throws -> Void
    ) {
        testDescription = description
        self.file = file
        lineWith = line
        self.expected = expected
        self.make = make
    }

    private static func edited(
        _ description: String,
        _ old: String,
        _ new: String,
        blaming file: String = "gbr-1.yaml",
        at line: String? = nil,
        lineCount: Int = 1,
        _ expected: [String]
    ) -> BadConfiguration {
        var bad = BadConfiguration(description, blaming: file, at: line, expected) { try change(old, new, in: $0) }
        bad.lineCount = lineCount
        return bad
    }

    private static func change(_ old: String, _ new: String, in coalition: RunningCoalition) throws {
        let file = coalition.configurationFile(of: "GBR")
        try RunningCoalition.replace([old: new], in: file, to: file)
    }

    private static func replaceKey(_ name: String, by key: PrivateKey, in coalition: RunningCoalition) throws {
        let file = coalition.folder.appendingPathComponent(name)
        try FileManager.default.removeItem(at: file)
        try KeyFile.create(key, at: file.path)
    }
}
