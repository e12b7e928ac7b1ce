import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import Logging
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
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
    @Test(.timeLimit(.minutes(2)))
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

        try await listening(at: "JPN", in: coalition) { socket in
            let status = try await BuiltCommand.run("status", "--socket", socket)
            #expect(status.status == 0, "\(status.messages)")
            #expect(status.text.contains("spiffe://jpn.example/node/jpn-1"))
            #expect(status.text.contains("maritime-ops\t1\t0"))
            let trace = try await BuiltCommand.run("trace", "\(id)", "--socket", socket, "--json")
            #expect(trace.status == 0, "\(trace.messages)")
            #expect(try JSONValue.parse(trace.output)["message"] == .string("\(id)"))
            let unknown = MessageID(time: .now(), randomness: [UInt8](repeating: 0, count: 10))
            let nothing = try await BuiltCommand.run("trace", "\(unknown)", "--socket", socket)
            #expect(nothing.status == 1)
            #expect(nothing.messages.contains("no-such-message"))
        }
        try await coalition.stopAll()
    }

    private func trace(_ id: MessageID, at code: String, in coalition: RunningCoalition) async throws -> TraceReport {
        try await listening(at: code, in: coalition) { socket in
            try TraceReport(json: try await OperatorClient(socket: socket).get("/v1/messages/\(id)/trace"))
        }
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

    /// Runs `body` while operators of the node can ask.
    private func listening<Value: Sendable>(
        at code: String,
        in coalition: RunningCoalition,
        _ body: @escaping @Sendable (_ socket: String) async throws -> Value
    ) async throws -> Value {
        let node = try coalition.node(code)
        let socket = coalition.dataFolder(of: code).appending(path: "test.sock").path
        let server = OperatorServer(
            socketPath: socket,
            store: node.store,
            describe: {
                NodeDescription(policy: node.state.view.policy.hash, directory: node.state.view.directory.stateHash)
            },
            reload: { _ in .unchanged },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let (listening, ready) = AsyncStream<Void>.makeStream()
        let serving = Task {
            defer { ready.finish() }
            try await server.run { ready.yield() }
        }
        for await _ in listening { break }
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body(socket))
        } catch {
            outcome = .failure(error)
        }
        serving.cancel()
        try await serving.value
        return try outcome.get()
    }
}
