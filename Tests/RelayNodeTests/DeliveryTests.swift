import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels
import TestSupport
import Testing

/// Messages between nodes over real TLS, from submission to the delivery receipt.
@Suite struct DeliveryTests {
    @Test(.timeLimit(.minutes(10)))
    func `a message reaches its recipient directly, and the receipt comes back`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP",
            payload: Array("the report".utf8)
        )
        try await exchange(envelope, from: "GBR/j2-fusion", to: "FRA/cni", payload: "the report", in: coalition)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a message reaches its recipient through a hub, and the receipt comes back the same way`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP",
            precedence: .flash,
            payload: Array("by way of the hub".utf8)
        )
        try await exchange(
            envelope,
            from: "GBR/maritime-desk",
            to: "JPN/maritime-ops",
            payload: "by way of the hub",
            in: coalition
        )
        let id = try ReceivedEnvelope(envelope).header.id
        let hub = try await coalition.node("FRA").store.trace(id)
        #expect(hub.entries.filter { $0.entry.kind == .relay }.count == 2)
        #expect(hub.messages.first?.mailboxes == [])
        try await coalition.stopAll()
    }

    /// Submits, fetches, opens, acknowledges, and waits until the originator's node has the receipt.
    private func exchange(
        _ envelope: Envelope,
        from originator: String,
        to recipient: String,
        payload: String,
        in coalition: RunningCoalition
    ) async throws {
        let sender = try coalition.connect(as: originator)
        let answer = try await sender.post("/v1/messages", Envelope.mediaType, envelope.bytes)
        #expect(answer.status == .created, "\(String(buffer: answer.body))")
        let id = try ReceivedEnvelope(envelope).header.id

        let address = try MailboxAddress(recipient)
        let reader = try coalition.connect(as: recipient)
        let fetched = try await coalition.eventually {
            let response = try await reader.get("/v1/messages/\(id)")
            return response.status == .ok ? response.bytes : nil
        }
        #expect(fetched == envelope.bytes)
        let keys = try coalition.fixture.mailbox(recipient)
        let verified = try ReceivedEnvelope(bytes: fetched)
            .verified(by: coalition.fixture.directory, releasedAt: .now(), now: .now())
        let opened = try verified.open(as: address, keys: [(keys.encryption.certificate, keys.encryption.key)])
        #expect(opened.payload == Array(payload.utf8))

        let receipt = try opened.receipt(certificate: keys.signing.certificate, key: keys.signing.key, at: .now())
        let path = "/v1/messages/\(id)/delivery-receipt"
        let acknowledged = try await reader.post(path, DeliveryReceipt.mediaType, receipt.bytes)
        #expect(acknowledged.status == .created, "\(String(buffer: acknowledged.body))")
        let again = try await reader.post(path, DeliveryReceipt.mediaType, receipt.bytes)
        #expect(again.status == .ok)

        let code = try MailboxAddress(originator).partner.rawValue
        let receipts = try await coalition.eventually {
            let trace = try await coalition.node(code).store.trace(id)
            let receipts = trace.messages.flatMap(\.receipts)
            return receipts.isEmpty ? nil : receipts
        }
        #expect(receipts.map(\.recipient) == [address])
        #expect(receipts.map(\.receipt) == [receipt])
        await sender.close()
        await reader.close()
    }
}

extension WireClient {
    func post(_ path: String, _ mediaType: String, _ body: [UInt8]) async throws -> WireResponse {
        try await send(
            WireClientRequest(
                method: .post,
                path: path,
                headers: [.contentType: mediaType],
                body: ByteBuffer(bytes: body)
            )
        )
    }

    func get(_ path: String) async throws -> WireResponse {
        try await send(WireClientRequest(method: .get, path: path))
    }
}
