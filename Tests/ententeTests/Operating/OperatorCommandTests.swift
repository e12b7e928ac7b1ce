import CanonicalEncoding
import CoalitionDirectory
import Foundation
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

@testable import entente

/// Status and trace of real nodes, after a real message by way of a hub.
@Suite struct OperatorCommandTests {
    @Test(.timeLimit(.minutes(10)))
    func `a message by way of a hub is traced from acceptance to receipt at each node`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP",
            precedence: .flash
        )
        let id = try ReceivedEnvelope(envelope).header.id
        try await deliver(envelope, id, from: "GBR/maritime-desk", to: "JPN/maritime-ops", in: coalition)

        let origin = try await trace(id, at: "GBR", in: coalition)
        let transfer = try #require(origin.messages.first?.transfers.first)
        #expect(transfer.state == "transferred")
        #expect(transfer.custody?.log == "fra.example/node/fra-hub")
        #expect(origin.messages.first?.receipts.map(\.recipient) == ["JPN/maritime-ops"])
        #expect(origin.broken == nil)
        let text = origin.lines(for: .plain).joined(separator: "\n")
        #expect(text.contains("message to jpn.example/node/jpn-1\n  released"))
        #expect(text.contains("number 1 of the stream, proven in the tree of"))
        #expect(text.contains("delivered to JPN/maritime-ops: receipt at "))

        let hub = try await trace(id, at: "FRA", in: coalition)
        #expect(hub.messages.first?.transfers.map(\.object) == ["message", "delivery-receipt"])
        #expect(hub.lines(for: .plain).contains { $0.hasPrefix("  relayed ") })

        let destination = try await trace(id, at: "JPN", in: coalition)
        #expect(destination.messages.first?.mailboxes.map(\.isReceipted) == [true])

        let socket = socket(of: "GBR", in: coalition)
        let status = try await ProgramRun(["status", "--socket", socket])
        #expect(status.status == 0, "\(status.messages)")
        #expect(status.text.contains("spiffe://gbr.example/node/gbr-1"))
        #expect(status.text.contains("fra.example/node/fra-hub\tok\t-\t0"))
        let printed = try await ProgramRun(["trace", "\(id)", "--socket", socket, "--json"])
        #expect(printed.status == 0, "\(printed.messages)")
        #expect(try JSONValue.parse(printed.output)["message"] == .string("\(id)"))
        let unknown = MessageID(time: .now(), randomness: [UInt8](repeating: 0, count: 10))
        let nothing = try await ProgramRun(["trace", "\(unknown)", "--socket", socket])
        #expect(nothing.status == 1)
        #expect(nothing.messages.contains("no-such-message"))
        try await coalition.stopAll()
        #expect(try await ProgramRun(["status", "--socket", socket]).status == 5)
    }

    @Test(.timeLimit(.minutes(10)))
    func `what waits for a node that is not there shows with its precedence`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP",
            precedence: .immediate
        )
        let id = try ReceivedEnvelope(envelope).header.id
        let sender = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await post(sender, "/v1/messages", Envelope.mediaType, envelope.bytes) == .created)
        let client = OperatorClient(socket: socket(of: "GBR", in: coalition))
        let status = try await coalition.eventually {
            let status = try StatusReport(json: try await client.get("/v1/status"))
            return status.links.contains { $0.failures > 0 } ? status : nil
        }
        #expect(status.queues.map(\.precedence) == ["IMMEDIATE"])
        #expect(status.lines(for: .plain).contains { $0.contains("down, ") && $0.contains("IMMEDIATE") })
        let trace = try await trace(id, at: "GBR", in: coalition)
        #expect(trace.messages.first?.transfers.map(\.state) == ["queued"])
        #expect(trace.messages.first?.transfers.first?.custody == nil)
        #expect(trace.links.map(\.nextHop) == ["spiffe://fra.example/node/fra-hub"])
        #expect(trace.lines(for: .plain).contains { $0.hasPrefix("  link      down, ") })
        await sender.close()
        try await coalition.stopAll()
    }

    @Test(
        arguments: [
            (Int32?.none, .unreachable, "no node listens"), (ENOENT, .unreachable, "no operator socket"),
            (ENOTDIR, .unreachable, "no operator socket"), (EACCES, .notAuthenticated, "may not open"),
            (EPERM, .notAuthenticated, "may not open"),
        ] as [(Int32?, CommandFailure.Status, String)]
    )
    func `who has no rights to the socket is not told to start the node`(
        error: Int32?,
        status: CommandFailure.Status,
        words: String
    ) {
        let failure = OperatorClient.unreachable("/data/operator.sock", error: error)
        #expect(failure.status == status)
        #expect(failure.message.contains(words))
        #expect(failure.next?.contains("start the node") == (status == .unreachable))
    }

    private func trace(_ id: MessageID, at code: String, in coalition: RunningCoalition) async throws -> TraceReport {
        let client = OperatorClient(socket: socket(of: code, in: coalition))
        return try TraceReport(json: try await client.get("/v1/messages/\(id)/trace"))
    }

    private func socket(of code: String, in coalition: RunningCoalition) -> String {
        coalition.dataFolder(of: code).appending(path: "operator.sock").path
    }

    /// Sends, fetches, opens and acknowledges; ends when the originator's node has the receipt.
    private func deliver(
        _ envelope: Envelope,
        _ id: MessageID,
        from originator: String,
        to recipient: String,
        in coalition: RunningCoalition
    ) async throws {
        let sender = try coalition.connect(as: originator)
        #expect(try await post(sender, "/v1/messages", Envelope.mediaType, envelope.bytes) == .created)
        let reader = try coalition.connect(as: recipient)
        let fetched = try await coalition.eventually {
            let response = try await reader.send(WireClientRequest(method: .get, path: "/v1/messages/\(id)"))
            return response.status == .ok ? response.bytes : nil
        }
        let keys = try coalition.fixture.mailbox(recipient)
        let opened = try ReceivedEnvelope(bytes: fetched)
            .verified(by: coalition.fixture.directory, releasedAt: .now(), now: .now())
            .open(as: MailboxAddress(recipient), keys: [(keys.encryption.certificate, keys.encryption.key)])
        let receipt = try opened.receipt(certificate: keys.signing.certificate, key: keys.signing.key, at: .now())
        let path = "/v1/messages/\(id)/delivery-receipt"
        #expect(try await post(reader, path, DeliveryReceipt.mediaType, receipt.bytes) == .created)
        let code = try MailboxAddress(originator).partner.rawValue
        _ = try await coalition.eventually {
            let trace = try await coalition.node(code).store.trace(id)
            return trace.messages.flatMap(\.receipts).isEmpty ? nil : true
        }
        await sender.close()
        await reader.close()
    }

    private func post(
        _ client: WireClient<AuthenticatedPrincipal>,
        _ path: String,
        _ mediaType: String,
        _ body: [UInt8]
    ) async throws -> HTTPResponse.Status {
        try await client.send(
            WireClientRequest(
                method: .post,
                path: path,
                headers: [.contentType: mediaType],
                body: ByteBuffer(bytes: body)
            )
        ).status
    }
}
