import ArgumentParser
import CanonicalEncoding
import RelayStorage
import TransparencyLog

/// Verifies a log as `entente audit verify` does.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify the whole log, on one core."
    )

    @Option(help: "The data folder.") var folder: String

    func run() throws {
        let log = try BenchLog(folder: folder)
        let before = ProcessUse.current()
        let report = try LogVerification(origin: LogOrigin(log.verifier.name.rawValue), verifier: log.verifier)
            .run(path: log.database)
        let seconds = ProcessUse.current() - before
        print(
            JSONValue.object([
                "sound": .bool(report.isSound), "entries": .integer(Int64(report.entryCount)),
                "checkpoints": .integer(Int64(report.checkpointCount)),
                "cpu-ms": .integer(Int64(seconds * 1000)),
                "entries-per-second": .integer(Int64(Double(report.entryCount) / seconds)),
            ]).canonicalText
        )
    }
}
