import CanonicalEncoding
import Foundation
import HTTPTypes
import MessageEnvelope
import NodeSupport
import RelayStorage
import RelayTransport
import Relaying
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reloading on SIGHUP, and the log lines that tell of it.
@Suite(.serialized) struct ReloadTests {
    private static let active = "FRA: {kind: nation, ceiling: TOP SECRET, compartments: [SI]}"
    private static let suspended = "FRA: {kind: nation, ceiling: TOP SECRET, compartments: [SI], suspended: true}"

    @Test(.timeLimit(.minutes(10)))
    func `a changed policy is in force after SIGHUP, a bad one never`() async throws {
        let coalition = try RunningCoalition()
        let json = try coalition.variant(of: "GBR", ["listen:": "logging: {format: json, level: debug}\nlisten:"])
        let run = try DaemonRun(["--config", json.path], in: coalition.folder)
        try await run.untilListening()
        let client = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await submit(to: client, in: coalition) == 201)

        try RunningCoalition.replace(
            [Self.active: Self.suspended],
            in: coalition.policyFile,
            to: coalition.policyFile
        )
        run.send(SIGHUP)
        _ = try await coalition.eventually { try run.messages.contains("policy changed") ? true : nil }
        #expect(try await submit(to: client, in: coalition) == 403)

        try RunningCoalition.replace(
            [Self.suspended: "FRA: {kind: continent}"],
            in: coalition.policyFile,
            to: coalition.policyFile
        )
        run.send(SIGHUP)
        _ = try await coalition.eventually { try run.messages.contains("reload refused") ? true : nil }
        #expect(try await submit(to: client, in: coalition) == 403)
        await client.close()

        #expect(await run.stop() == .exited(0))
        try expectNoCrash(run)
        let log = try coalition.soundLog(of: "GBR")
        let changes = log.filter { $0.kind == .policyChange }
        #expect(changes.filter { $0.outcome == .done }.count == 1)
        // The signal and the watch over the file may each have tried.
        let refused = changes.filter { $0.outcome != .done }
        #expect((1...2).contains(refused.count))
        #expect(refused.allSatisfy { $0.outcome == .failed && $0.reasons == ["policy-refused"] })
        let hashes = log.filter { [.start, .policyChange, .stop].contains($0.kind) && $0.outcome == .done }.map(
            \.policy
        )
        #expect(hashes.count == 3)
        #expect(hashes[0] != hashes[1])
        #expect(hashes[1] == hashes[2])
        try expectLines(try run.messages, policyFile: coalition.policyFile)
    }

    /// The file's size and time stay as they are, and the daemon does not run meanwhile, so that nothing but the signal
    /// tells of the change.
    @Test(.timeLimit(.minutes(10)))
    func `the log says that SIGHUP was the cause`() async throws {
        let coalition = try RunningCoalition()
        let file = coalition.policyFile.path
        let run = try await coalition.launchListening("GBR")
        var status = stat()
        #expect(stat(file, &status) == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = text.replacingOccurrences(of: "review: 2027-10-01", with: "review: 2027-10-02")
        #expect(changed != text && changed.utf8.count == text.utf8.count)
        run.send(SIGSTOP)
        let handle = try FileHandle(forWritingTo: coalition.policyFile)
        try handle.write(contentsOf: Data(changed.utf8))
        try handle.close()
        var times = [status.st_atim, status.st_mtim]
        #expect(utimensat(AT_FDCWD, file, &times, 0) == 0)
        run.send(SIGHUP)
        run.send(SIGCONT)
        _ = try await coalition.eventually { try run.messages.contains("policy changed") ? true : nil }
        #expect(await run.stop() == .exited(0))
        let stored = try LogCopy(path: coalition.databaseFile(of: "GBR")).entries(EntryFilter(kinds: [.policyChange]))
        let details = try #require(stored.first?.details)
        #expect(String(decoding: details.bytes, as: UTF8.self).contains("SIGHUP"))
    }

    private func submit(to client: WireClient<some Sendable>, in coalition: RunningCoalition) async throws -> Int {
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        return try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes).status.code
    }

    /// Every line is one JSON object with the four keys that all have, and its own under their names.
    private func expectLines(_ messages: String, policyFile: URL) throws {
        var lines: [String: JSONValue] = [:]
        for line in messages.split(separator: "\n") {
            let value = try JSONValue.parse(Array(line.utf8))
            for key in ["time", "level", "logger", "message"] {
                #expect(value[key]?.stringValue?.isEmpty == false, "\(line)")
            }
            _ = try Timestamp(rfc3339: try #require(value["time"]?.stringValue))
            if let message = value["message"]?.stringValue { lines[message] = value }
        }
        let listening = try #require(lines["listening"])
        #expect(listening["node.id"]?.stringValue == "spiffe://gbr.example/node/gbr-1")
        for key in ["node.address", "policy.hash", "directory.hash"] { #expect(listening[key]?.stringValue != nil) }
        #expect(try #require(lines["policy changed"])["policy.hash"] != listening["policy.hash"])
        let denied = try #require(lines["denied"])
        for key in ["message.id", "peer.id", "policy.reasons", "audit.index"] {
            #expect(denied[key]?.stringValue?.isEmpty == false, "\(key)")
        }
        let refused = try #require(lines["reload refused; the state before goes on"])
        let line = try RunningCoalition.line(of: "FRA: {kind: continent}", in: policyFile)
        #expect(refused["error"]?.stringValue?.contains("\(policyFile.path):\(line):") == true)
        #expect(lines["stopped"] != nil)
    }
}
