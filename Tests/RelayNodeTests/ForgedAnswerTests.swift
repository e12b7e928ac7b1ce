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
import TestSupport
import Testing

/// Receipts and non-deliveries: they answer a release that this node has logged, and nobody gives them for another.
@Suite struct ForgedAnswerTests {
    /// GBR has released a message to FRA and DEU, both of which are played by the test.
    private func released(in coalition: RunningCoalition) async throws -> Envelope {
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["DEU/lage", "FRA/cni"],
            marking: "GBR SECRET//REL TO FRA, DEU//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        return envelope
    }

    private func bring(
        _ object: TransferObject,
        about envelope: Envelope,
        by code: String,
        in coalition: RunningCoalition
    ) async throws -> WireResponse {
        var log = try RogueLog(of: code, in: coalition)
        let link = try log.release(envelope, to: coalition.nodeID("GBR")) { draft in
            draft.object = object.kind
            draft.digest = object.digest
        }
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential(code))
        let response = try await client.transfer([link], object.kind, object.bytes)
        await client.close()
        return response
    }

    private func report(_ envelope: Envelope, of destination: SPIFFEID) throws -> TransferObject {
        .nonDelivery(
            NonDelivery(
                message: try envelope.id,
                envelope: envelope.digest,
                destination: destination,
                reason: "denied",
                time: .now()
            )
        )
    }

    private func receipt(_ envelope: Envelope, by address: String, in coalition: RunningCoalition) throws
        -> DeliveryReceipt
    {
        let keys = try coalition.fixture.mailbox(address)
        return try ReceivedEnvelope(envelope)
            .verified(by: coalition.fixture.directory, releasedAt: .now(), now: .now())
            .open(as: MailboxAddress(address), keys: [(keys.encryption.certificate, keys.encryption.key)])
            .receipt(certificate: keys.signing.certificate, key: keys.signing.key, at: .now())
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node reports for itself, and not for a fellow recipient's node`() async throws {
        let coalition = try RunningCoalition()
        let envelope = try await released(in: coalition)
        let (deu, fra) = (try coalition.nodeID("DEU"), try coalition.nodeID("FRA"))
        let lie = try await bring(report(envelope, of: deu), about: envelope, by: "FRA", in: coalition)
        expectProblem(lie, 422, "entry-mismatch")
        expectNoReasons(lie)
        #expect(try await coalition.refusal("entry-mismatch", at: "GBR").peer == fra)
        #expect(try await coalition.traced(envelope.id, at: "GBR").nonDeliveries.isEmpty)
        let truth = try await bring(report(envelope, of: fra), about: envelope, by: "FRA", in: coalition)
        #expect(truth.status == .created, "\(String(buffer: truth.body))")
        #expect(try await coalition.traced(envelope.id, at: "GBR").nonDeliveries.map(\.destination) == [fra])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a report about a message that was not released to that node is refused`() async throws {
        let coalition = try RunningCoalition()
        let envelope = try await released(in: coalition)
        let jpn = try coalition.nodeID("JPN")
        let elsewhere = try await bring(report(envelope, of: jpn), about: envelope, by: "JPN", in: coalition)
        expectProblem(elsewhere, 422, "unknown-message")
        expectNoReasons(elsewhere)
        let unknown = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let fra = try coalition.nodeID("FRA")
        let invented = try await bring(report(unknown, of: fra), about: unknown, by: "FRA", in: coalition)
        expectProblem(invented, 422, "unknown-message")
        expectNoReasons(invented)
        _ = try await coalition.refusal("unknown-message", at: "GBR")
        #expect(try await coalition.entries(of: "GBR", .nonDelivery).isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a receipt comes from its recipient's node, signed by its recipient`() async throws {
        let coalition = try RunningCoalition()
        let envelope = try await released(in: coalition)
        let french = try receipt(envelope, by: "FRA/cni", in: coalition)
        let borrowed = try await bring(.deliveryReceipt(french), about: envelope, by: "DEU", in: coalition)
        expectProblem(borrowed, 422, "entry-mismatch")
        expectNoReasons(borrowed)
        #expect(try await coalition.traced(envelope.id, at: "GBR").receipts.isEmpty)
        let another = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["DEU/lage", "FRA/cni"],
            marking: "GBR SECRET//REL TO FRA, DEU//INTREP"
        )
        let replanted = try receipt(another, by: "FRA/cni", in: coalition)
        let wrong = try await bring(.deliveryReceipt(replanted), about: envelope, by: "FRA", in: coalition)
        #expect(wrong.status == .unprocessableContent, "\(String(buffer: wrong.body))")
        #expect(try await coalition.traced(envelope.id, at: "GBR").receipts.isEmpty)
        let right = try await bring(.deliveryReceipt(french), about: envelope, by: "FRA", in: coalition)
        #expect(right.status == .created, "\(String(buffer: right.body))")
        let again = try await bring(.deliveryReceipt(french), about: envelope, by: "FRA", in: coalition)
        #expect(again.status == .ok && again.bytes == right.bytes)
        #expect(try await coalition.traced(envelope.id, at: "GBR").receipts.map(\.receipt) == [french])
        #expect(try await coalition.entries(of: "GBR", .receipt).count == 1)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)), arguments: [TransferObjectKind.deliveryReceipt, .nonDelivery])
    func `an answer that a guardrail denies is a denial in the log, and the other partner learns no rule`(
        kind: TransferObjectKind
    ) async throws {
        let coalition = try RunningCoalition()
        let envelope = try await released(in: coalition)
        let fra = try coalition.nodeID("FRA")
        try coalition.editPolicy {
            $0.replacing("FRA: {kind: nation, ceiling: TOP SECRET,", with: "FRA: {kind: nation, ceiling: RESTRICTED,")
        }
        try await coalition.reload("GBR")
        let object: TransferObject =
            kind == .nonDelivery
            ? try report(envelope, of: fra)
            : .deliveryReceipt(try receipt(envelope, by: "FRA/cni", in: coalition))
        let response = try await bring(object, about: envelope, by: "FRA", in: coalition)
        expectProblem(response, 403, "denied")
        expectNoReasons(response)
        #expect(!String(buffer: response.body).contains("ceiling"))
        let denials = try await coalition.entries(of: "GBR", .denial)
        let denial = try #require(denials.first)
        #expect(denials.count == 1 && denial.outcome == .denied && denial.reasons == ["ceiling"])
        #expect(denial.message == (try envelope.id))
        #expect(denial.peer == fra && denial.envelope == envelope.digest)
        #expect(denial.object == kind && denial.digest == object.digest)
        #expect(denial.policy == (try coalition.node("GBR").state.view.policy.hash))
        let known = try await coalition.traced(envelope.id, at: "GBR")
        #expect(known.receipts.isEmpty && known.nonDeliveries.isEmpty)
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        let refusals = try await coalition.entries(of: "GBR", .refusal)
        #expect(refusals.map(\.reasons) == [["denied"]], "a decision is signed for who brought it, and nothing else")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a mailbox whose receipt a guardrail denies reads which, and where it stands in the log`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "FRA/cni",
            to: ["GBR/j2-fusion"],
            marking: "FRA SECRET//REL TO GBR//INTREP"
        )
        var log = try RogueLog(of: "FRA", in: coalition)
        let links = [try log.release(envelope, to: coalition.nodeID("GBR"))]
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await france.transfer(links, .message, envelope.bytes).status == .created)
        await france.close()
        try coalition.editPolicy {
            $0.replacing("FRA: {kind: nation, ceiling", with: "FRA: {kind: nation, suspended: true, ceiling")
        }
        try await coalition.reload("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let receipt = try receipt(envelope, by: "GBR/j2-fusion", in: coalition)
        let path = "/v1/messages/\(try envelope.id)/delivery-receipt"
        let response = try await client.post(path, DeliveryReceipt.mediaType, receipt.bytes)
        expectProblem(response, 403, "denied")
        let problem = try #require(response.problem)
        #expect(problem.detail?.contains("suspended") == true, "\(problem.detail ?? "-")")
        let denial = try #require(try await coalition.entries(of: "GBR", .denial).first)
        #expect(problem.extensions["audit-index"]?.integerValue == Int64(denial.index))
        #expect(denial.reasons == ["suspended"] && denial.object == .deliveryReceipt)
        #expect(try await coalition.entries(of: "GBR", .delivery).isEmpty)
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a repeated receipt gets its first answer, where a new one would be refused`() async throws {
        let coalition = try RunningCoalition()
        let envelope = try await released(in: coalition)
        let receipt = TransferObject.deliveryReceipt(try receipt(envelope, by: "FRA/cni", in: coalition))
        let first = try await bring(receipt, about: envelope, by: "FRA", in: coalition)
        #expect(first.status == .created, "\(String(buffer: first.body))")
        try coalition.publish(coalition.nextSheet(of: "FRA") { $0.mailboxes = [] })
        try await coalition.reload("GBR")
        let second = try await bring(receipt, about: envelope, by: "FRA", in: coalition)
        #expect(second.status == .ok && second.bytes == first.bytes, "\(String(buffer: second.body))")
        let new = TransferObject.deliveryReceipt(try self.receipt(envelope, by: "FRA/cni", in: coalition))
        let refused = try await bring(new, about: envelope, by: "FRA", in: coalition)
        #expect(refused.status == .unprocessableContent, "\(String(buffer: refused.body))")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a mailbox acknowledges in its own name only, and what it holds`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/j2-fusion", "GBR/maritime-desk"],
            marking: "GBR SECRET//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let path = "/v1/messages/\(try envelope.id)/delivery-receipt"
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let others = try receipt(envelope, by: "GBR/maritime-desk", in: coalition)
        expectProblem(
            try await client.post(path, DeliveryReceipt.mediaType, others.bytes),
            403,
            "signer-not-caller"
        )
        let own = try receipt(envelope, by: "GBR/j2-fusion", in: coalition)
        expectProblem(
            try await client.post(path, DeliveryReceipt.mediaType, own.bytes.damagedAtTheEnd),
            422,
            "invalid-signature"
        )
        let first = try await client.post(path, DeliveryReceipt.mediaType, own.bytes)
        #expect(first.status == .created)
        #expect(try first.links.map(\.entry.kind) == [.delivery, .receipt])
        let nothing = "/v1/messages/\(try MessageID.generate(at: .now()))/delivery-receipt"
        expectProblem(try await client.post(nothing, DeliveryReceipt.mediaType, own.bytes), 404, "no-such-message")
        await client.close()
        try await coalition.stopAll()
    }
}
