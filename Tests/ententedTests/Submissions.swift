import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayTransport
import Synchronization
import TestSupport
import Testing

/// Messages under way from one mailbox: what was sent, and the first answer to each.
final class Submissions: Sendable {
    private struct Ledger {
        var envelopes: [MessageID: Envelope] = [:]
        /// The receipts of the first answer, as the node sent them.
        var receipts: [MessageID: JSONValue] = [:]
        /// Acknowledged by the first answer that came, which told of an earlier submission that no answer came to.
        var lateCount = 0
        var resubmissionCount = 0
        var lostAnswerCount = 0
        var isFinishing = false
    }

    /// An answer that neither acknowledges nor asks to try again.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    private let coalition: RunningCoalition
    private let client: WireClient<AuthenticatedPrincipal>
    private let recipient: String
    private let ledger = Mutex(Ledger())

    init(_ coalition: RunningCoalition, from originator: String, to recipient: String) throws {
        self.coalition = coalition
        self.recipient = recipient
        client = try coalition.connect(as: originator)
        self.originator = originator
    }

    private let originator: String

    var envelopes: [MessageID: Envelope] { ledger.withLock { $0.envelopes } }
    var acknowledged: Set<MessageID> { ledger.withLock { Set($0.receipts.keys) } }
    var summary: String {
        ledger.withLock {
            "\($0.receipts.count) acknowledged, \($0.lateCount) of them by a resubmission; "
                + "\($0.lostAnswerCount) requests without an answer; \($0.resubmissionCount) resubmitted afterwards"
        }
    }

    /// Lets each task end with the message that it is at.
    func finish() {
        ledger.withLock { $0.isFinishing = true }
    }

    func close() async {
        await client.close()
    }

    /// Submits one message after another, each until it is acknowledged, and some that were acknowledged once more.
    func run(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        while !ledger.withLock({ $0.isFinishing }) {
            let envelope = try coalition.seal(
                from: originator,
                to: [recipient],
                marking: "GBR SECRET//REL TO FRA//INTREP",
                payload: (0..<Int.random(in: 1...4096, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
            )
            let id = try ReceivedEnvelope(envelope).header.id
            ledger.withLock { $0.envelopes[id] = envelope }
            try await submit(id, envelope)
            if Int.random(in: 0..<8, using: &random) == 0,
                let again = acknowledged.sorted().randomElement(using: &random)
            {
                try await resubmit(again)
            }
        }
    }

    /// Submits the same bytes until the node acknowledges them, and remembers the receipts.
    private func submit(_ id: MessageID, _ envelope: Envelope) async throws {
        let answer = try await answer(to: envelope)
        guard let entries = try JSONValue.parseCanonical(answer.bytes)["entries"], entries.arrayValue?.count == 1 else {
            throw Unexpected(description: "no receipt in \(String(buffer: answer.body))")
        }
        ledger.withLock { ledger in
            ledger.receipts[id] = entries
            if answer.status == .ok { ledger.lateCount += 1 }
        }
    }

    /// Submits an acknowledged message once more: the node knows it and gives the first receipts again.
    func resubmit(_ id: MessageID) async throws {
        guard
            let (envelope, receipts) = ledger.withLock({ ledger in
                ledger.envelopes[id].flatMap { envelope in ledger.receipts[id].map { (envelope, $0) } }
            })
        else { throw Unexpected(description: "message \(id) was not acknowledged") }
        let answer = try await answer(to: envelope)
        #expect(answer.status == .ok)
        #expect(try JSONValue.parseCanonical(answer.bytes)["entries"] == receipts, "message \(id)")
        ledger.withLock { $0.resubmissionCount += 1 }
    }

    /// The first acknowledgement that comes, however often the node goes away meanwhile.
    private func answer(to envelope: Envelope) async throws -> WireResponse {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            do {
                let response = try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
                switch response.status.code {
                case 200, 201: return response
                case 503: break
                default: throw Unexpected(description: "\(response.status): \(String(buffer: response.body))")
                }
            } catch is WireClientError {
                ledger.withLock { $0.lostAnswerCount += 1 }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected(description: "no answer to a message in 60 s")
    }
}

extension WireClient {
    func post(_ path: String, _ mediaType: String, _ body: [UInt8]) async throws(WireClientError) -> WireResponse {
        try await send(
            WireClientRequest(
                method: .post,
                path: path,
                headers: [.contentType: mediaType],
                body: ByteBuffer(bytes: body)
            )
        )
    }

    func get(_ path: String) async throws(WireClientError) -> WireResponse {
        try await send(WireClientRequest(method: .get, path: path))
    }
}
