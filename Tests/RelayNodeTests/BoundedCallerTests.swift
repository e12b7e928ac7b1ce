import CanonicalEncoding
import HTTPTypes
import Logging
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayTransport
import SecurityLabels
import Synchronization
import Testing

/// What one caller can take of a node.
@Suite struct BoundedCallerTests {
    @Test(.timeLimit(.minutes(10)))
    func `a message that would take more memory than the caller has left is not read`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["GBR/j2-fusion"],
            marking: "GBR SECRET//INTREP",
            payload: [UInt8](repeating: 7, count: 1 << 20)
        )
        let sender = try coalition.connect(as: "GBR/maritime-desk")
        #expect(try await sender.post("/v1/messages", Envelope.mediaType, envelope.bytes).status == .created)
        await sender.close()
        try await coalition.stop("GBR")

        var limits = WireLimits()
        limits.bufferedBytesPerPeer = 1 << 19
        try await coalition.start("GBR", limits: limits)
        let reader = try coalition.connect(as: "GBR/j2-fusion")
        let id = try ReceivedEnvelope(envelope).header.id
        for part in ["", "/body"] {
            let refused = try await reader.get("/v1/messages/\(id)\(part)")
            expectProblem(refused, 503, "busy")
            #expect(refused.headers[.retryAfter] == "1")
        }
        #expect(try await reader.get("/v1/mailboxes/j2-fusion/messages").status == .ok)
        #expect(try await reader.get("/v1/directory").status == .ok)
        await reader.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a flood of refusals does not fill the operators' log either`() async throws {
        let coalition = try RunningCoalition()
        let lines = Lines()
        let now = Timestamp.now()
        try await coalition.start("GBR", clock: { now }, logger: Logger(label: "test") { _ in lines })
        let client = try coalition.connect(as: "GBR/j2-fusion")
        for _ in 0..<90 { #expect(try await client.get("/v1/nothing").status == .notFound) }
        await client.close()
        try await coalition.stop("GBR")
        // Twenty of a window, which the clock does not leave, and the count of the rest.
        #expect(lines.count(of: "refused") == 21)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a media type counts whatever the case of its letters`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let answer = try await client.post("/v1/messages", Envelope.mediaType.uppercased(), [1])
        expectProblem(answer, 422, "malformed-envelope")
        await client.close()
        try await coalition.stopAll()
    }
}

/// A log that is kept in memory.
private final class Lines: LogHandler, Sendable {
    private let messages = Mutex<[String]>([])

    func count(of message: String) -> Int {
        messages.withLock { $0.count { $0 == message } }
    }

    func log(event: LogEvent) {
        messages.withLock { $0.append(event.message.description) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
}
