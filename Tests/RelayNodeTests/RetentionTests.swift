import CanonicalEncoding
import Foundation
import HTTPTypes
import MessageEnvelope
import NodeSupport
import RelayStorage
import RelayTransport
import Relaying
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
