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

/// What a node makes of the answers of its next hop, which may be anything.
@Suite struct NextHopTests {
    private func submit(in coalition: RunningCoalition, life: Int64 = 3600) async throws -> MessageID {
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP",
            life: life
        )
        let response = try await coalition.submit(envelope)
        try #require(response.status == .created, "\(String(buffer: response.body))")
        return try envelope.id
    }

    /// A node that begins to deliver at once, and tries again only when a test moves its clock.
    private func start(_ clock: @escaping @Sendable () -> Timestamp) async throws -> (RunningCoalition, ScriptedNode) {
        let coalition = try RunningCoalition()
        let france = try await ScriptedNode.start(in: "FRA", of: coalition)
        try await coalition.start("GBR", clock: clock)
        return (coalition, france)
    }

    private func attempted(_ id: MessageID, _ count: Int = 1, in coalition: RunningCoalition) async throws
        -> TracedTransfer
    {
        try await coalition.eventually {
            let transfer = try await coalition.traced(id, at: "GBR").transfers.first
            return transfer.flatMap { $0.item.attempts >= count || $0.state != .queued ? $0 : nil }
        }
    }

    private static func problem(_ status: Int, _ code: String, retryAfter: String? = nil) -> WireResponse {
        var response = WireResponse.problem(
            ProblemDetails(code: code, title: "a test", status: HTTPResponse.Status(code: status))
        )
        if let retryAfter { response.headers[.retryAfter] = retryAfter }
        return response
    }

    /// Answers that say that the message was taken, and do not prove it.
    private func falseReceipts(in coalition: RunningCoalition) throws -> [(String, ScriptedNode.Answer)] {
        func receipt(
            by code: String,
            signedBy signer: String? = nil,
            edit: @escaping @Sendable (inout AuditEntryDraft) throws -> Void = { _ in }
        ) -> ScriptedNode.Answer {
            { transfer in
                guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
                var log = try RogueLog(of: code, in: coalition, signedBy: signer)
                var draft = try log.draft(.acceptance, received.envelope, to: coalition.nodeID("FRA"))
                draft.destination = nil
                draft.nextHop = nil
                draft.peer = try coalition.nodeID("GBR")
                try edit(&draft)
                let json: JSONValue = ["entries": [try log.append(draft).json]]
                return WireResponse(status: .created, contentType: "application/json", body: json.canonicalBytes)
            }
        }
        func text(_ text: String) -> ScriptedNode.Answer {
            { _ in WireResponse(status: .created, contentType: "application/json", body: Array(text.utf8)) }
        }
        return [
            ("for another object", receipt(by: "FRA") { $0.digest = .hash([1]) }),
            ("for another message", receipt(by: "FRA") { $0.message = try MessageID.generate(at: .now()) }),
            ("for another envelope", receipt(by: "FRA") { $0.envelope = .hash([1]) }),
            ("for a receipt", receipt(by: "FRA") { $0.object = .deliveryReceipt }),
            ("in an exercise", receipt(by: "FRA") { $0.realm = try Realm("dragon") }),
            ("that is a denial", receipt(by: "FRA") { $0.kind = .denial }),
            ("that says it is denied", receipt(by: "FRA") { $0.outcome = .denied }),
            ("from another node", receipt(by: "FRA") { $0.peer = try coalition.nodeID("DEU") }),
            ("from nobody", receipt(by: "FRA") { $0.peer = nil }),
            ("that is of a hub", receipt(by: "FRA") { $0.kind = .relay }),
            ("in another node's log", receipt(by: "DEU")),
            ("that its log does not sign", receipt(by: "FRA", signedBy: "DEU")),
            ("without entries", text(#"{"entries":[]}"#)), ("without anything", text("{}")),
            ("that is no JSON", text("yes")),
        ]
    }

    @Test(.timeLimit(.minutes(10)))
    func `a message is transferred by a proven receipt for it, and by nothing else`() async throws {
        let now = Timestamp.now()
        let (coalition, france) = try await start { now }
        for (name, answer) in try falseReceipts(in: coalition) {
            france.answers(answer)
            let transfer = try await attempted(submit(in: coalition), in: coalition)
            #expect(transfer.state == .queued && transfer.item.attempts == 1, "\(name)")
            let wait = transfer.item.due.millisecondsSinceEpoch - now.millisecondsSinceEpoch
            #expect((250...500).contains(wait), "\(name): \(wait)")
            #expect(transfer.lastError?.contains("does not hold") == true, "\(name): \(transfer.lastError ?? "-")")
        }
        #expect(try await coalition.entries(of: "GBR", .transfer, .void).isEmpty)

        france.answers { transfer in
            guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
            var log = try RogueLog(of: "FRA", in: coalition)
            var draft = try log.draft(.acceptance, received.envelope, to: coalition.nodeID("FRA"))
            draft.peer = try coalition.nodeID("GBR")
            let json: JSONValue = ["entries": [try log.append(draft).json]]
            return WireResponse(status: .created, contentType: "application/json", body: json.canonicalBytes)
        }
        let id = try await submit(in: coalition)
        #expect(try await attempted(id, in: coalition).state == .transferred)
        #expect(try await coalition.entries(of: "GBR", .transfer).map(\.message) == [id])
        await france.stop()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the next hop puts off waits as long as it says, and what it refuses for good is closed`() async throws {
        let now = Timestamp.now()
        let (coalition, france) = try await start { now }
        let later: [(WireResponse, ClosedRange<Int64>)] = [
            (Self.problem(503, "queue-full", retryAfter: "7"), 7000...7000),
            (Self.problem(503, "busy", retryAfter: "100000"), 3_600_000...3_600_000),
            (Self.problem(503, "busy", retryAfter: "0"), 250...500),
            (Self.problem(503, "busy", retryAfter: "-5"), 250...500),
            (Self.problem(507, "storage-full"), 250...500), (Self.problem(500, "storage-damaged"), 250...500),
            (WireResponse(status: .internalServerError), 250...500), (WireResponse(status: .notFound), 250...500),
        ]
        for (answer, expected) in later {
            france.answers { _ in answer }
            let transfer = try await attempted(submit(in: coalition), in: coalition)
            #expect(transfer.state == .queued && transfer.item.attempts == 1, "\(answer.status)")
            #expect(transfer.item.unsettledSince == nil, "\(answer.status)")
            let wait = transfer.item.due.millisecondsSinceEpoch - now.millisecondsSinceEpoch
            #expect(expected.contains(wait), "\(answer.status): \(wait)")
        }
        #expect(try await coalition.entries(of: "GBR", .transfer, .void).isEmpty)

        let final: [(WireResponse, String)] = [
            (Self.problem(403, "denied"), "denied"), (Self.problem(409, "id-conflict"), "id-conflict"),
            (Self.problem(413, "body-too-large"), "body-too-large"),
            (Self.problem(415, "wrong-media-type"), "wrong-media-type"),
            (Self.problem(422, "invalid-signature"), "invalid-signature"),
            (WireResponse(status: .forbidden), "refused"),
        ]
        for (number, (answer, code)) in final.enumerated() {
            france.answers { _ in answer }
            let id = try await submit(in: coalition)
            #expect(try await attempted(id, in: coalition).state == .void, "\(code)")
            let voids = try await coalition.entries(of: "GBR", .void)
            #expect(voids.count == number + 1 && voids.last?.message == id && voids.last?.reasons == [code], "\(code)")
            let known = try await coalition.traced(id, at: "GBR").nonDeliveries
            #expect(known.map(\.reason) == [code], "\(code)")
        }
        await france.stop()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a next hop that may be a sheet behind is asked again for a quarter of the message's life`() async throws {
        let clock = ShiftedClock()
        let (coalition, france) = try await start { clock.now }
        france.answers { _ in Self.problem(422, "unknown-signer") }
        let lost = try await submit(in: coalition, life: 3600)
        let first = try await attempted(lost, in: coalition)
        let since = try #require(first.item.unsettledSince)
        #expect(first.state == .queued && first.lastError == "unknown-signer")
        clock.shift(seconds: 14 * 60)
        let second = try await attempted(lost, first.item.attempts + 1, in: coalition)
        #expect(second.state == .queued && second.item.unsettledSince == since)
        #expect(try await coalition.entries(of: "GBR", .void).isEmpty)
        clock.shift(seconds: 61)
        let void = try await coalition.eventually { try await coalition.entries(of: "GBR", .void).first }
        #expect(void.message == lost && void.reasons == ["unknown-signer"])
        #expect(try await coalition.traced(lost, at: "GBR").nonDeliveries.map(\.reason) == ["unknown-signer"])

        // The newer sheet has come in time.
        let saved = try await submit(in: coalition, life: 3600)
        _ = try await attempted(saved, in: coalition)
        await france.stop()
        try await coalition.start("FRA", clock: { clock.now })
        clock.shift(seconds: 60)
        _ = try await coalition.eventually(within: 60) { try await coalition.entries(of: "GBR", .transfer).first }
        #expect(try await coalition.inbox("FRA/cni") == [saved])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `nothing is handed to another node in the next hop's place, and the log says so`() async throws {
        let coalition = try RunningCoalition()
        let germany = try await ScriptedNode.start(in: "FRA", as: "DEU", of: coalition)
        try await coalition.start("GBR")
        let id = try await submit(in: coalition)
        #expect(try await coalition.refusal("wrong-node", at: "GBR").peer == nil)
        #expect(germany.transfers.isEmpty)
        let transfers = try await coalition.traced(id, at: "GBR").transfers
        #expect(transfers.map(\.state) == [.queued])
        // The link is down, which is not the message's fault.
        #expect(transfers.map(\.item.attempts) == [0])
        await germany.stop()
        try await coalition.stopAll()
    }
}
