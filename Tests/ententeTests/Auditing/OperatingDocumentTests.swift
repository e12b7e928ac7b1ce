import AccessPolicy
import CoalitionDirectory
import Foundation
import MessageEnvelope
import RelayStorage
import Relaying
import SecurityLabels
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

    @Test func `a copy is counted and reported on as documented`() async throws {
        let fixture = try await LogFixture(20)
        var script = "set -eu\n"
        for name in ["copy", "stats", "report"] { script += try Self.commands(name) + "\n" }
        let outcome = try shell(script, in: fixture.folder)
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("malformed-envelope\t20\tthe message is not of the accepted form"))
        for (file, words) in [
            ("refused.json", "\"by\": \"week\""), ("log.svg", "<desc"),
            ("fra-q4.html", "<title>Use of the agreements with fra.example</title>"),
        ] {
            let text = try String(contentsOfFile: "\(fixture.folder)/\(file)", encoding: .utf8)
            #expect(text.contains(words), "\(file)")
        }
    }

    @Test func `the targets of precedences are the documented ones`() throws {
        let document = try Self.document()
        let words: [Precedence: String] = [
            .override: "10 minutes", .flash: "10 minutes", .immediate: "30 minutes", .priority: "3 hours",
            .routine: "6 hours", .deferred: "none",
        ]
        for (precedence, words) in words {
            let row = document.split(separator: "\n").first {
                $0.hasPrefix("|") && $0.contains("`\(precedence.name)`") && $0.hasSuffix(" \(words) |")
            }
            #expect(row != nil, "\(precedence)")
            let target = precedence.deliveryTarget.map { $0 / 60_000 }.map {
                $0 < 60 ? "\($0) minutes" : "\($0 / 60) hours"
            }
            #expect((target ?? "none") == words)
        }
    }

    @Test(arguments: ["1234.entry", "1234.tlog-proof", "log.vkey", "form", "index"])
    func `the documented check refuses what was altered`(what: String) async throws {
        let fixture = try await LogFixture(20)
        try Data("\(fixture.key)\n".utf8).write(to: URL(filePath: fixture.folder + "/log.vkey"))
        var script = "set -eu\n"
        for name in ["copy", "prove"] { script += try Self.commands(name) + "\n" }
        // Another digit in the entry, another character in the first hash of the proof and in the public key.
        let change =
            switch what {
            case "form": "'1s/v1/v2/' 1234.tlog-proof"
            case "index": "'s/^index .*/index a[$(touch pwned)]/' 1234.tlog-proof"
            default: "-e '1s/\"nonce\":\"./\"nonce\":\"x/' -e '3s/^./=/' -e '1s/\\(+.*+A\\).\\{6\\}/\\1000000/' \(what)"
            }
        script += "sed -i \(change)\n"
        script += "sh -eu -c '\(try Self.commands("check-proof").replacing("'", with: "'\\''"))' && exit 0\nexit 7\n"
        let outcome = try shell(script.replacing("1234", with: "13"), in: fixture.folder)
        #expect(outcome.status == 7, "\(outcome.output)")
    }

    @Test func `every reason that can stand in the log is explained`() throws {
        let document = try Self.document()
        let codes = Self.reasons + AuditEntryKind.allCases.map(\.rawValue) + AuditOutcome.allCases.map(\.rawValue)
        #expect(codes.filter { !document.contains("`\($0)`") } == [])
    }

    @Test func `every reason that can stand in the log has words for a report`() throws {
        #expect(Self.reasons.filter { ReasonWords.words($0) == nil } == [])
        // Words of two codes in one table trap when they are first read; of none that no document knows are there.
        #expect(ReasonWords.words("no-such-code") == nil)
    }

    private static let reasons: [String] = {
        var codes = EnvelopeError.Code.allCases.map(\.rawValue)
        codes += IdentityRefusal.Code.allCases.map(\.rawValue)
        codes += SheetError.Code.allCases.map(\.rawValue)
        codes += DirectoryError.Code.allCases.map(\.rawValue)
        codes += TransferError.Code.allCases.map(\.rawValue)
        codes += StoreError.Problem.allCases.map(\.rawValue)
        codes += BuiltInGuardrail.allCases.map(\.rawValue)
        codes += ["no-agreement", "id-conflict", "trust-changed", "too-many-connections", "reload-refused"]
        codes += ["sheet-unreadable", "policy-refused", "configuration-refused", "log-behind", "log-forked"]
        codes += ["log-rolled-back", "log-inconsistent", "log-lost", "checkpoint-not-signed", "unknown-log"]
        codes += ["log-convicted", "witness-late", "log-unconfirmed", "receipts-unwitnessed", "starting"]
        codes += [
            "erasure-refused", "recovery-refused", "backup-failed", "archive-failed", "storage-unreadable",
            "storage-low", "write-ahead-log",
            "erasure-unfinished", "custody-mismatch",
        ]
        return codes
    }()

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
