import CanonicalEncoding
import Foundation
import HTTPTypes
import Logging
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import Testing

@testable import RelayNode

/// What a node keeps no longer than its configuration says.
@Suite struct RetentionTests {
    @Test(.timeLimit(.minutes(10)))
    func `a node erases what it keeps no longer, says so, and its log holds`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try coalition.editConfiguration(of: "GBR") { $0 + "\nretention: {bodies: 1h, details: 2h}\n" }
        try await coalition.start("GBR", clock: { clock.now })
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/maritime-desk"],
            marking: "GBR SECRET//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        try await coalition.acknowledge(envelope, as: "GBR/maritime-desk")
        try await coalition.stop("GBR")
        clock.shift(seconds: 3_700)
        try await coalition.start("GBR", clock: { clock.now })
        let store = try coalition.node("GBR").store
        let erasure = try await coalition.eventually {
            try await coalition.entries(of: "GBR", .erasure).first
        }
        #expect(erasure.policy != nil)
        let details = try #require(try await store.entry(index: erasure.index)?.details)
        let json = try JSONValue.parseCanonical(details.bytes, maximumSize: 1 << 20)
        let record = try #require(ErasureRecord(json: json))
        #expect(record.bodies == [envelope.digest])
        #expect(record.entries.isEmpty)
        #expect(record.reason == "retention")
        let recipient = try coalition.connect(as: "GBR/maritime-desk")
        let id = try envelope.id
        expectProblem(try await recipient.get("/v1/messages/\(id)"), 404, "message-erased")
        await recipient.close()
        #expect(try await store.verifyLog().isSound)
        try await coalition.stop("GBR")
        clock.shift(seconds: 3_700)
        try await coalition.start("GBR", clock: { clock.now })
        _ = try await coalition.eventually {
            try await coalition.entries(of: "GBR", .erasure).dropFirst().first
        }
        let report = try await coalition.node("GBR").store.verifyLog()
        #expect(report.isSound, "\(report.findings)")
        #expect(report.erasedCount >= 3)
        try await coalition.stopAll()
    }

    @Test func `what a legal hold keeps is said once for each body, and again for what comes upon it later`() throws {
        let bodies = (1...3).map { SHA256Digest.hash([$0]) }
        var held = HeldBodies()
        func news(_ kept: [UInt64: KeptBeyondTime]) -> [UInt64: [Int]] {
            held.news(of: kept).mapValues { [$0.bodies, $0.details] }
        }
        let one: [UInt64: KeptBeyondTime] = [7: .init(bodies: [bodies[0]], details: 2)]
        #expect(news(one) == [7: [1, 2]])
        let same: [UInt64: KeptBeyondTime] = [7: .init(bodies: [bodies[0]])]
        for _ in 0..<3 { #expect(news(same) == [:]) }
        // Another body of the same hold, and another hold.
        let more: [UInt64: KeptBeyondTime] = [7: .init(bodies: [bodies[0], bodies[1]]), 9: .init(bodies: [bodies[2]])]
        #expect(news(more) == [7: [1, 0], 9: [1, 0]])
        #expect(news(more) == [:])
        #expect(news([9: .init(bodies: [bodies[2]], details: 4)]) == [9: [0, 4]])
        // What was released and is held again is worth saying again.
        #expect(news([:]) == [:])
        #expect(news(same) == [7: [1, 0]])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node says once that it keeps a body for a legal hold, however often it looks`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        let lines = NoticedLines()
        try coalition.editConfiguration(of: "GBR") { $0 + "\nretention: {bodies: 1h}\n" }
        try await coalition.start("GBR", clock: { clock.now }, logger: lines.logger)
        let (desk, marking) = ("GBR/maritime-desk", "GBR SECRET//INTREP")
        let envelope = try coalition.seal(from: "GBR/j2-fusion", to: [desk], marking: marking)
        #expect(try await coalition.submit(envelope).status == .created)
        try await coalition.acknowledge(envelope, as: desk)
        let node = try coalition.node("GBR")
        let hold = LegalHold(.message(try envelope.id), authority: "court", reason: "evidence", persons: [])
        let index = try await node.store.place(hold)
        clock.shift(seconds: 3_700)
        for _ in 0..<4 { await node.keepRetention() }
        let said = lines.metadata(of: "kept beyond its time for a legal hold")
        #expect(said == [["bodies": "1", "details": "0", "hold": "\(index)"]])
        #expect(try await coalition.entries(of: "GBR", .erasure) == [])
        _ = try await node.store.release(LegalHoldRelease(hold: index, authority: "court", reason: "over", persons: []))
        await node.keepRetention()
        #expect(try await coalition.entries(of: "GBR", .erasure).count == 1)
        #expect(lines.metadata(of: "kept beyond its time for a legal hold").count == 1)
        try await coalition.stopAll()
    }

    @Test(
        arguments: [
            ("{bodies: 90}", "expected whole hours or days from 1 to 36500, such as `12h` or `90d`, got `90`"),
            ("{bodies: 0d}", "got `0d`"), ("{details: 1w}", "got `1w`"), ("{details: +1d}", "got `+1d`"),
            ("{persons: 0}", "a whole number from 1 to 2, got `0`"), ("{body: 1d}", "unknown key `body`"),
        ]
    )
    func `a malformed retention is refused`(text: String, words: String) throws {
        let coalition = try RunningCoalition()
        let file = coalition.configurationFile(of: "GBR").path
        try coalition.editConfiguration(of: "GBR") { $0 + "\nretention: \(text)\n" }
        let error = try #require(throws: (any Error).self) { try NodeConfiguration.read(file: file) }
        #expect("\(error)".contains(words), "\(error)")
    }

    @Test func `retention is read in hours and days, and an order takes two operators unless it says one`() throws {
        let coalition = try RunningCoalition()
        let file = coalition.configurationFile(of: "GBR").path
        #expect(try NodeConfiguration.read(file: file).retention == NodeConfiguration.Retention())
        #expect(NodeConfiguration.Retention().persons == 2)
        try coalition.editConfiguration(of: "GBR") { $0 + "\nretention: {bodies: 12h, details: 90d, persons: 1}\n" }
        let retention = try NodeConfiguration.read(file: file).retention
        #expect(retention.bodies == 43_200)
        #expect(retention.details == 7_776_000)
        #expect(retention.persons == 1)
    }
}

/// Collects what a node says on its log.
private final class NoticedLines: Sendable {
    private struct Handler: LogHandler {
        let lines: NoticedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append((event.message.description, event.metadata ?? [:])) }
        }
    }

    private let lines = Mutex<[(message: String, metadata: Logger.Metadata)]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    func metadata(of message: String) -> [[String: String]] {
        lines.withLock { $0.filter { $0.message == message }.map { $0.metadata.mapValues(\.description) } }
    }
}
