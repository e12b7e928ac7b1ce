import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// What a node leaves behind, and what it does not start over.
@Suite struct NodeLogTests {
    @Test(.timeLimit(.minutes(10)))
    func `the start stands in the log before anybody is answered, and operators are answered with the rest`()
        async throws
    {
        let coalition = try RunningCoalition()
        // Who connects before the node listens at all, again and again.
        let impatient = Task {
            let client = try coalition.connect(as: "GBR/j2-fusion")
            while true {
                do throws(WireClientError) {
                    let answer = try await client.send(WireClientRequest(method: .get, path: "/v1/log/checkpoint"))
                    await client.close()
                    return String(buffer: answer.body)
                } catch {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
        try await coalition.start("GBR")
        #expect(FileManager.default.fileExists(atPath: coalition.dataFolder(of: "GBR").path + "/operator.sock"))
        // The size of the log stands in the second line of its checkpoint.
        let checkpoint = try await impatient.value
        #expect(checkpoint.split(separator: "\n").dropFirst().first.flatMap { Int($0) } ?? 0 >= 1, "\(checkpoint)")
        #expect(try await coalition.entries(of: "GBR").first?.kind == .start)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node that has stopped has closed its store and answered every reload`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        let reports = try await withThrowingTaskGroup(of: ReloadReport.self) { tasks in
            for _ in 0..<20 { tasks.addTask { await node.reload(cause: "test") } }
            try await coalition.stop("GBR")
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        #expect(reports.allSatisfy { $0 == .unchanged || $0 == .kept("the node is stopping") }, "\(reports)")
        await #expect(throws: StoreError.closed) {
            try await node.store.append(AuditEntryDraft(.start, .done, realm: .live))
        }
        try await coalition.start("GBR")
        #expect(try await coalition.entries(of: "GBR").map(\.kind) == [.start, .stop, .start])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node that cannot listen leaves no trace in its log`() async throws {
        let coalition = try RunningCoalition()
        let door = try await ClosingDoor.open(port: coalition.port(of: "GBR"))
        await #expect(throws: ConfigurationError.self) { try await coalition.start("GBR") }
        try await door.remove()
        try await coalition.start("GBR")
        #expect(try await coalition.entries(of: "GBR").map(\.kind) == [.start])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the logs of all nodes are sound after a busy run`() async throws {
        let coalition = try RunningCoalition()
        let codes = ["DEU", "FRA", "GBR", "JPN"]
        try await coalition.start("DEU", "FRA", "GBR", "JPN")
        let sender = try coalition.connect(as: "GBR/maritime-desk")
        var delivered = 0
        for number in 0..<12 {
            let (recipients, marking) =
                switch number % 4 {
                case 0: (["FRA/cni", "DEU/lage"], "GBR SECRET//REL TO FRA, DEU//INTREP")
                case 1: (["FRA/cni", "JPN/maritime-ops"], "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP")
                case 2: (["ACME/soc", "FRA/cni"], "GBR SECRET//REL TO FRA//INTREP")
                default: (["GBR/j2-fusion"], "GBR SECRET//INTREP")
                }
            let envelope = try coalition.seal(from: "GBR/maritime-desk", to: recipients, marking: marking)
            let status = try await sender.post("/v1/messages", Envelope.mediaType, envelope.bytes).status
            #expect(status == (number % 4 == 2 ? .forbidden : .created))
            if number % 4 != 2 { delivered += recipients.count }
            expectProblem(
                try await sender.post("/v1/messages", Envelope.mediaType, envelope.bytes.dropLast()),
                422,
                "malformed-envelope"
            )
        }
        await sender.close()
        let expected = delivered
        _ = try await coalition.eventually(within: 60) {
            var count = 0
            for address in ["DEU/lage", "FRA/cni", "GBR/j2-fusion", "JPN/maritime-ops"] {
                count += try await coalition.inbox(address).count
            }
            return count == expected ? count : nil
        }
        for code in codes {
            let report = try await coalition.node(code).store.verifyLog()
            #expect(report.isSound, "\(code): \(report.findings)")
        }
        try await coalition.stopAll()
        for code in codes {
            let record = try #require(coalition.fixture.directory.node(try coalition.nodeID(code)))
            let verification = LogVerification(
                origin: try LogOrigin(try coalition.nodeID(code).logName),
                verifier: try NoteVerifier(verifierKey: record.log.text)
            )
            let file = coalition.dataFolder(of: code).appendingPathComponent("entente.sqlite")
            let report = try verification.run(path: file.path)
            #expect(report.isSound && report.entryCount > 2, "\(code): \(report.findings)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a start and a stop are logged, and what was refused while it stopped`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        coalition.refuse(12, at: try coalition.node("GBR"))
        try await coalition.stop("GBR")
        let kinds = try coalition.leftBehind(by: "GBR").map(\.entry.kind)
        #expect(kinds.first == .start && kinds.last == .stop)
        #expect(kinds.filter { $0 == .refusal }.count == 12)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a second node on the same data folder does not start, and the first goes on`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let error = await #expect(throws: StoreError.self) { try await coalition.start("GBR") }
        guard case .folderInUse = error else {
            Issue.record("expected the folder to be in use, got \(String(describing: error))")
            return
        }
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/maritime-desk"],
            marking: "GBR SECRET//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node whose port is in use says so, logs nothing, and starts once the port is free`() async throws {
        let coalition = try RunningCoalition()
        let door = try await ClosingDoor.open(port: coalition.port(of: "GBR"))
        let error = await #expect(throws: ConfigurationError.self) { try await coalition.start("GBR") }
        let words = error?.description ?? ""
        #expect(words.contains("cannot listen on `127.0.0.1:\(coalition.port(of: "GBR"))`"), "\(words)")
        #expect(words.lowercased().contains("address already in use"), "\(words)")
        try await door.remove()
        try await coalition.start("GBR")
        #expect(try await coalition.entries(of: "GBR").map(\.kind) == [.start])
        try await coalition.stopAll()
    }
}

extension RunningCoalition {
    /// Lets a node note refusals, as many as given, without waiting for their entries.
    fileprivate func refuse(_ count: Int, at node: Node) {
        for _ in 0..<count { node.refusals.record("malformed-request", detail: "a test", peer: nil) }
    }
}
