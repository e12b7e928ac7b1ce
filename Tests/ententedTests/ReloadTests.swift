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
        #expect(log.filter { $0.kind == .policyChange }.count == 1)
        let hashes = log.filter { [.start, .policyChange, .stop].contains($0.kind) }.map(\.policy)
        #expect(hashes.count == 3)
        #expect(hashes[0] != hashes[1])
        #expect(hashes[1] == hashes[2])
        try expectLines(try run.messages, policyFile: coalition.policyFile)
    }

    /// The policy is behind a link that does not change itself, so that nothing but the signal tells of the change.
    @Test(.timeLimit(.minutes(10)))
    func `the log says that SIGHUP was the cause`() async throws {
        let coalition = try RunningCoalition()
        let link = coalition.folder.appendingPathComponent("linked.yaml")
        let changed = coalition.folder.appendingPathComponent("suspended.yaml")
        try RunningCoalition.replace([Self.active: Self.suspended], in: coalition.policyFile, to: changed)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: coalition.policyFile)
        let configuration = try coalition.variant(of: "GBR", ["policy: policy.yaml": "policy: linked.yaml"])
        let run = try DaemonRun(["--config", configuration.path], in: coalition.folder)
        try await run.untilListening()
        try FileManager.default.removeItem(at: coalition.policyFile)
        try FileManager.default.moveItem(at: changed, to: coalition.policyFile)
        run.send(SIGHUP)
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
        let denied = try #require(lines["submission denied"])
        for key in ["message.id", "peer.id", "policy.reasons", "audit.index"] {
            #expect(denied[key]?.stringValue?.isEmpty == false, "\(key)")
        }
        let refused = try #require(lines["reload refused; the state before goes on"])
        let line = try RunningCoalition.line(of: "FRA: {kind: continent}", in: policyFile)
        #expect(refused["error"]?.stringValue?.contains("\(policyFile.path):\(line):") == true)
        #expect(lines["stopped"] != nil)
    }
}
