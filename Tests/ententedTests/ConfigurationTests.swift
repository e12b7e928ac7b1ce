import Foundation
import NodeSupport
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
            #expect(messages.split(separator: "\n").count == 1, "\(messages)")
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
