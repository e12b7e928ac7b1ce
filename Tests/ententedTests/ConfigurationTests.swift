import CanonicalEncoding
import CoalitionDirectory
import Foundation
import NodeSupport
import OpenSSLCrypto
import RelayStorage
import Relaying
import TestSupport
import Testing

/// What the daemon says of its configuration, with `--check` and at the start.
@Suite(.serialized) struct ConfigurationTests {
    private static let badConfiguration: Int32 = 11

    @Test(.timeLimit(.minutes(10)))
    func `a check of a good configuration passes and touches nothing`() async throws {
        let coalition = try RunningCoalition()
        let file = coalition.configurationFile(of: "GBR").path
        let before = try FileManager.default.contentsOfDirectory(atPath: coalition.folder.path)
        let run = try DaemonRun(["--config", file, "--check"], in: FileManager.default.temporaryDirectory)
        #expect(await run.ended == .exited(0))
        #expect(try run.output.hasPrefix("\(file): ok, node `spiffe://gbr.example/node/gbr-1`, policy "))
        #expect(try run.messages.isEmpty)
        let after = try FileManager.default.contentsOfDirectory(atPath: coalition.folder.path)
        #expect(after.sorted() == before.sorted())
    }

    @Test(.timeLimit(.minutes(10)))
    func `a check names every refused sheet, and what else is wrong`() async throws {
        let coalition = try RunningCoalition()
        for name in ["DEU.cms", "UN.cms"] { try coalition.write([1, 2, 3], name) }
        let file = coalition.configurationFile(of: "GBR").path
        let run = try DaemonRun(["--config", file, "--check"], in: coalition.folder)
        #expect(await run.ended == .exited(Self.badConfiguration))
        let lines = try run.messages.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        for (line, code) in zip(lines, ["DEU", "UN"]) {
            let sheet = coalition.folder.appendingPathComponent("\(code).cms").path
            #expect(
                line.hasPrefix("entented: \(sheet): the sheet of `\(code)` is refused: sheet-unsigned: "),
                "\(line)"
            )
        }
    }

    /// The node itself would start: it has a sheet of FRA from before.
    @Test(.timeLimit(.minutes(10)))
    func `a check fails over a refused sheet that a start would get over`() async throws {
        let coalition = try RunningCoalition()
        let first = try await coalition.launchListening("GBR")
        #expect(await first.stop() == .exited(0))
        try coalition.write([1, 2, 3], "FRA.cms")
        let file = coalition.configurationFile(of: "GBR").path
        let check = try DaemonRun(["--config", file, "--check"], in: coalition.folder)
        #expect(await check.ended == .exited(Self.badConfiguration))
        #expect(try check.messages.contains("FRA.cms: the sheet of `FRA` is refused: sheet-unsigned: "))
        try coalition.write(Array("surprise: true\n".utf8), "policy.yaml")
        let both = try DaemonRun(["--config", file, "--check"], in: coalition.folder)
        #expect(await both.ended == .exited(Self.badConfiguration))
        let lines = try both.messages.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("FRA.cms") && lines[1].contains("policy.yaml:"), "\(lines)")
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["192.0.2.7:8441", "no-such-host.invalid:8441"])
    func `an address that is not this machine's is named`(address: String) async throws {
        let coalition = try RunningCoalition()
        let own = "listen: 127.0.0.1:\(coalition.port(of: "GBR"))"
        let run = try DaemonRun(
            ["--config", try coalition.variant(of: "GBR", [own: "listen: \(address)"]).path],
            in: coalition.folder
        )
        #expect(await run.ended == .exited(1))
        let messages = try run.messages
        #expect(messages.contains("cannot listen on `\(address)`: "), "\(messages)")
        #expect(try coalition.soundLog(of: "GBR").isEmpty)
        try expectNoCrash(run)
    }

    @Test(.timeLimit(.minutes(10)))
    func `another log key than the database's is a bad configuration, and the message says what to do`() async throws {
        let coalition = try RunningCoalition()
        let first = try await coalition.launchListening("GBR")
        #expect(await first.stop() == .exited(0))
        let key = try PrivateKey.generate(.ed25519)
        let partner = try coalition.fixture.partner("GBR")
        let before = try #require(coalition.fixture.sheets.first { $0.sheet.code == partner.plan.code })
        let sheet = try partner.signedSheet(after: before, at: .now()) { draft in
            draft.nodes = try draft.nodes.map { node in
                PartnerSheet.Node(
                    name: node.name,
                    endpoint: node.endpoint,
                    log: try LogVerifierKey(origin: node.log.origin, publicKey: key.publicKey)
                )
            }
        }
        try coalition.write(sheet.bytes, "GBR.cms")
        let file = coalition.folder.appendingPathComponent("gbr-1-log.key")
        try FileManager.default.removeItem(at: file)
        try KeyFile.create(key, at: file.path)
        let run = try coalition.launch("GBR")
        #expect(await run.ended == .exited(Self.badConfiguration))
        let messages = try run.messages
        #expect(messages.contains("a log keeps its origin and its key for life"), "\(messages)")
        #expect(try coalition.soundLog(of: "GBR").map(\.kind) == [.start, .stop])
    }

    @Test(.timeLimit(.minutes(10)), arguments: BadConfiguration.all)
    func `a bad configuration is refused with file, line and what was expected`(bad: BadConfiguration) async throws {
        let coalition = try RunningCoalition()
        try bad.make(coalition)
        let file = coalition.folder.appendingPathComponent(bad.file)
        var blamed = file.path
        if let text = bad.lineWith { blamed += ":\(try RunningCoalition.line(of: text, in: file)):" }
        for arguments in [["--check"], []] {
            let run = try DaemonRun(
                ["--config", coalition.configurationFile(of: "GBR").path] + arguments,
                in: coalition.folder
            )
            #expect(await run.ended == .exited(Self.badConfiguration))
            let messages = try run.messages
            #expect(messages.hasPrefix("entented: "), "\(messages)")
            #expect(messages.split(separator: "\n").count == bad.lineCount, "\(messages)")
            for text in [blamed] + bad.expected { #expect(messages.contains(text), "no `\(text)` in: \(messages)") }
            #expect(try run.output.isEmpty)
            try expectNoCrash(run)
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [[], ["--config"], ["--configuration", "x.yaml"]])
    func `wrong usage has a status of its own`(arguments: [String]) async throws {
        let run = try DaemonRun(arguments, in: FileManager.default.temporaryDirectory)
        #expect(await run.ended == .exited(64))
        #expect(try run.messages.hasPrefix("Error: "))
        #expect(try run.messages.contains("--config"))
    }
}
