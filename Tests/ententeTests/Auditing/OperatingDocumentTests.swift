import AccessPolicy
import CoalitionDirectory
import Foundation
import MessageEnvelope
import RelayStorage
import Relaying
import Testing

@testable import entente

/// What `Docs/operating.md` tells its readers to run, and the reasons that it explains.
@Suite struct OperatingDocumentTests {
    private static func document() throws -> String {
        String(decoding: try WholeFile.read("\(sourceTree)/Docs/operating.md"), as: UTF8.self)
    }

    /// The block of the document that begins with this fence: ```` ```sh <name> ````.
    private static func commands(_ name: String) throws -> String {
        let blocks = try document().components(separatedBy: "\n```sh \(name)\n")
        try #require(blocks.count == 2, "expected one block `\(name)` in Docs/operating.md")
        return try #require(blocks[1].components(separatedBy: "\n```\n").first)
    }

    @Test(arguments: [(1, 0), (2, 1), (7, 6), (8, 3), (300, 0), (300, 255), (300, 299)] as [(Int, Int)])
    func `a copy is verified and an entry proven with stock tools`(count: Int, index: Int) async throws {
        let fixture = try await LogFixture(count)
        try Data("\(fixture.key)\n".utf8).write(to: URL(filePath: fixture.folder + "/log.vkey"))
        var script = "set -eu\n"
        for name in ["copy", "verify", "prove", "check-proof", "since"] { script += try Self.commands(name) + "\n" }
        let outcome = try shell(script.replacing("1234", with: "\(index)"), in: fixture.folder)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("Signature Verified Successfully"))
    }

    @Test(arguments: ["1234.entry", "1234.tlog-proof", "log.vkey"])
    func `the documented check refuses what was altered`(file: String) async throws {
        let fixture = try await LogFixture(20)
        try Data("\(fixture.key)\n".utf8).write(to: URL(filePath: fixture.folder + "/log.vkey"))
        var script = "set -eu\n"
        for name in ["copy", "prove"] { script += try Self.commands(name) + "\n" }
        let name = file.replacing("1234", with: "13")
        // Another digit in the entry, another character in the first hash of the proof and in the public key.
        script +=
            "sed -i -e '1s/\"nonce\":\"./\"nonce\":\"x/' -e '3s/^./=/' -e '1s/\\(+.*+A\\).\\{6\\}/\\1000000/' \(name)\n"
        script += "sh -eu -c '\(try Self.commands("check-proof").replacing("'", with: "'\\''"))' && exit 0\nexit 7\n"
        let outcome = try shell(script.replacing("1234", with: "13"), in: fixture.folder)
        #expect(outcome.status == 7, "\(outcome.output)")
    }

    @Test func `every reason that can stand in the log is explained`() throws {
        let document = try Self.document()
        var codes = EnvelopeError.Code.allCases.map(\.rawValue)
        codes += IdentityRefusal.Code.allCases.map(\.rawValue)
        codes += SheetError.Code.allCases.map(\.rawValue)
        codes += DirectoryError.Code.allCases.map(\.rawValue)
        codes += TransferError.Code.allCases.map(\.rawValue)
        codes += StoreError.Problem.allCases.map(\.rawValue)
        codes += BuiltInGuardrail.allCases.map(\.rawValue)
        codes += AuditEntryKind.allCases.map(\.rawValue)
        codes += AuditOutcome.allCases.map(\.rawValue)
        codes += ["no-agreement", "id-conflict", "trust-changed", "too-many-connections", "reload-refused"]
        codes += ["sheet-unreadable", "policy-refused", "configuration-refused", "log-behind", "log-forked"]
        codes += ["log-rolled-back", "log-inconsistent", "log-lost", "checkpoint-not-signed", "unknown-log"]
        codes += ["witness-late", "receipts-unwitnessed", "starting"]
        #expect(codes.filter { !document.contains("`\($0)`") } == [])
    }

    private func shell(_ script: String, in folder: String) throws -> (status: Int32, output: String) {
        let output = "\(folder)/output"
        try Data().write(to: URL(filePath: output))
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(filePath: folder)
        let built = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let environment = ProcessInfo.processInfo.environment
        process.environment = environment.merging(["PATH": "\(built):\(environment["PATH", default: ""])"]) { $1 }
        let handle = try FileHandle(forWritingTo: URL(filePath: output))
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8))
    }
}
