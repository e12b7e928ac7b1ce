import CoalitionDirectory
import Foundation
import NodeSupport
import RelayStorage
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// The real daemons of a coalition, and what they leave behind.
extension RunningCoalition {
    /// Starts the daemon of a partner; it may not listen yet.
    func launch(_ code: String) throws -> DaemonRun {
        try DaemonRun(["--config", configurationFile(of: code).path], in: folder)
    }

    /// Starts the daemon of a partner and waits until it listens.
    func launchListening(_ code: String) async throws -> DaemonRun {
        let run = try launch(code)
        try await run.untilListening()
        return run
    }

    func databaseFile(of code: String) -> String {
        dataFolder(of: code).appendingPathComponent("entente.sqlite").path
    }

    /// Verifies the log of a daemon that has ended, with the key that its partner publishes, and reads all entries.
    func soundLog(of code: String) throws -> [AuditEntry] {
        let name = try NodeName(try #require(Self.nodeNames[code]))
        let record = try #require(try fixture.directory.node(name, of: PartnerCode(code)))
        let report = try LogVerification(
            origin: try LogOrigin(record.log.origin),
            verifier: try NoteVerifier(verifierKey: record.log.text)
        )
        .run(path: databaseFile(of: code))
        #expect(report.isSound, "\(report.findings)")
        let entries = try LogCopy(path: databaseFile(of: code)).entries(EntryFilter(limit: .max)).map(\.entry)
        #expect(entries.map(\.index) == Array(0..<UInt64(report.entryCount)))
        return entries
    }
}

/// What a Swift program writes when it breaks a rule of its own.
func expectNoCrash(_ run: DaemonRun, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let messages = try run.messages
    for mark in ["Fatal error", "Crash:", "Stack dump", "Backtrace", "SIGILL", "SIGTRAP", "SIGSEGV", "Sanitizer"] {
        #expect(!messages.contains(mark), "\(messages)", sourceLocation: sourceLocation)
    }
}

extension RunningCoalition {
    /// Another configuration file for the partner's node, with texts replaced by others.
    func variant(of code: String, _ replacements: [String: String]) throws -> URL {
        let file = folder.appendingPathComponent("variant-\(UUID().uuidString).yaml")
        try Self.replace(replacements, in: configurationFile(of: code), to: file)
        return file
    }

    /// Replaces texts, each of which must be there.
    static func replace(_ replacements: [String: String], in source: URL, to destination: URL) throws {
        var text = try String(contentsOf: source, encoding: .utf8)
        for (old, new) in replacements {
            try #require(text.contains(old), "no `\(old)` in \(source.path)")
            text = text.replacingOccurrences(of: old, with: new)
        }
        try text.write(to: destination, atomically: true, encoding: .utf8)
    }

    /// The number of the first line that contains `text`.
    static func line(of text: String, in file: URL) throws -> Int {
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        return try #require(lines.firstIndex { $0.contains(text) }, "no `\(text)` in \(file.path)") + 1
    }
}
