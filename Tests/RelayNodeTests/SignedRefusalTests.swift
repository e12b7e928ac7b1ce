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
import TransparencyLog

/// A node that will not take an object signs so: both sides have it in their logs, and neither can deny it.
@Suite struct SignedRefusalTests {
    private static let maritime = "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP"

    private func submit(
        _ marking: String = "GBR SECRET//REL TO FRA//INTREP",
        to recipient: String = "FRA/cni",
        in coalition: RunningCoalition
    ) async throws -> MessageID {
        let envelope = try coalition.seal(from: "GBR/maritime-desk", to: [recipient], marking: marking)
        let response = try await coalition.submit(envelope)
        try #require(response.status == .created, "\(String(buffer: response.body))")
        return try envelope.id
    }

    private func undelivered(_ id: MessageID, in coalition: RunningCoalition) async throws -> TracedMessage {
        try await coalition.eventually {
            let message = try await coalition.traced(id, at: "GBR")
            return message.nonDeliveries.isEmpty ? nil : message
        }
    }

    /// What a node's log commits to beside the entry.
    private func details(_ kind: AuditEntryKind, at code: String, in coalition: RunningCoalition) async throws
        -> JSONValue
    {
        let stored = try await coalition.node(code).store.entries(EntryFilter(kinds: [kind], limit: 10)).first
        return try JSONValue.parseCanonical(#require(stored?.details).bytes)
    }

    @Test(.timeLimit(.minutes(10)))
    func `what policy denies is refused in both logs, and the one proves what the other holds`() async throws {
        let coalition = try RunningCoalition()
        try coalition.givePolicy(to: "DEU") { $0.replacing("up-to: SECRET", with: "up-to: RESTRICTED") }
        try await coalition.start("DEU", "GBR")
        let id = try await submit("GBR SECRET//REL TO DEU//INTREP", to: "DEU/lage", in: coalition)
        let message = try await undelivered(id, in: coalition)
        let refusal = try #require(message.transfers.first?.refusal).link
        let deu = try await coalition.entries(of: "DEU", .denial, .refusal)
        #expect(deu.map(\.kind) == [.denial, .refusal])
        #expect(deu.last == refusal.entry && refusal.entry.reasons == ["denied"])
        #expect(refusal.entry.message == id && refusal.entry.envelope == message.envelope)
        #expect(refusal.entry.peer == (try coalition.nodeID("GBR")))
        try refusal.verify(log: coalition.nodeID("DEU"), in: coalition.fixture.directory)
        let void = try await details(.void, at: "GBR", in: coalition)
        #expect(void["refusal-digest"]?.stringValue == SHA256Digest.hash(refusal.json.canonicalBytes).hex)
        #expect(void["refusal-log"]?.stringValue == refusal.entry.log.rawValue)
        #expect(void["refusal-index"] == .integer(Int64(refusal.entry.index)))
        // The rules that denied it stay with the partner whose they are.
        #expect(!deu[0].reasons.contains("denied") && !refusal.entryBytes.contains(deu[0].reasons[0]))
        let evidence = try #require(try await coalition.node("GBR").store.evidence(of: id))
        #expect(evidence.otherLogs.contains(refusal))
        for code in ["GBR", "DEU"] {
            let report = try await coalition.node(code).store.verifyLog()
            #expect(report.findings.isEmpty, "\(code): \(report.findings)")
        }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `behind a hub, the report of non-delivery carries the refusal to the originator's node`() async throws {
        let coalition = try RunningCoalition()
        try coalition.givePolicy(to: "JPN") {
            $0.replacing("types: [SITREP, TRACK, IMAGERY]", with: "types: [TRACK]")
        }
        try await coalition.start("FRA", "GBR", "JPN")
        let id = try await submit(Self.maritime, to: "JPN/maritime-ops", in: coalition)
        let message = try await undelivered(id, in: coalition)
        let refusal = try #require(message.nonDeliveries.first?.refusal).link
        #expect(try await coalition.entries(of: "JPN", .refusal).last == refusal.entry)
        #expect(refusal.entry.message == id)
        #expect(refusal.entry.peer == (try coalition.nodeID("FRA")))
        try refusal.verify(log: coalition.nodeID("JPN"), in: coalition.fixture.directory)
        let hub = try await coalition.traced(id, at: "FRA").transfers.first { $0.item.object == .message }
        #expect(hub?.refusal?.link == refusal)
        let known = try await details(.nonDelivery, at: "GBR", in: coalition)
        #expect(known["refusal-digest"]?.stringValue == SHA256Digest.hash(refusal.json.canonicalBytes).hex)
        for code in ["GBR", "FRA", "JPN"] {
            let report = try await coalition.node(code).store.verifyLog()
            #expect(report.findings.isEmpty, "\(code): \(report.findings)")
        }
        try await coalition.stopAll()
    }

    /// Refusals that say less than that this node's object is refused for this reason, or do not prove it.
    private func falseRefusals(in coalition: RunningCoalition) throws -> [(String, ScriptedNode.Answer)] {
        func refusal(
            by code: String = "FRA",
            signedBy signer: String? = nil,
            edit: @escaping @Sendable (inout AuditEntryDraft) throws -> Void = { _ in }
        ) -> ScriptedNode.Answer {
            { .problem(try Self.problem(for: $0, by: code, signedBy: signer, in: coalition, edit: edit)) }
        }
        func member(_ value: JSONValue) -> ScriptedNode.Answer {
            { _ in
                .problem(
                    ProblemDetails(code: "denied", title: "-", status: .forbidden, extensions: ["refusal": value])
                )
            }
        }
        return [
            ("of another object", refusal { $0.digest = .hash([1]) }),
            ("of another message", refusal { $0.message = try MessageID.generate(at: .now()) }),
            ("of another envelope", refusal { $0.envelope = .hash([1]) }),
            ("of a receipt", refusal { $0.object = .deliveryReceipt }),
            ("for another reason", refusal { $0.reasons = ["loop"] }),
            ("for two reasons", refusal { $0.reasons = ["denied", "loop"] }),
            ("of somebody else's", refusal { $0.peer = try coalition.nodeID("DEU") }),
            ("of nobody's", refusal { $0.peer = nil }),
            ("that is a denial", refusal { $0.kind = .denial }),
            ("that is allowed", refusal { $0.outcome = .allowed }),
            ("in another node's log", refusal(by: "DEU")),
            ("that its log does not sign", refusal(signedBy: "DEU")),
            ("that is no link", member("denied")), ("without a proof", member(["entry": "AAAA"])),
        ]
    }

    /// What an honest node answers to a transfer that it denies.
    private static func problem(
        for transfer: Transfer,
        by code: String,
        reason: String = "denied",
        status: HTTPResponse.Status = .forbidden,
        signedBy signer: String? = nil,
        in coalition: RunningCoalition,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> ProblemDetails {
        guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
        var log = try RogueLog(of: code, in: coalition, signedBy: signer)
        var draft = try log.draft(.acceptance, received.envelope, to: coalition.nodeID("FRA")).refusal
        draft.peer = try coalition.nodeID("GBR")
        draft.reasons = [reason]
        try edit(&draft)
        let link = try log.append(draft)
        return ProblemDetails(code: reason, title: "-", status: status, extensions: ["refusal": link.json])
    }

    @Test(.timeLimit(.minutes(10)))
    func `a refusal that proves nothing is kept as none, and the object is refused all the same`() async throws {
        let coalition = try RunningCoalition()
        let france = try await ScriptedNode.start(in: "FRA", of: coalition)
        try await coalition.start("GBR")
        for (name, answer) in try falseRefusals(in: coalition) {
            france.answers(answer)
            let message = try await undelivered(submit(in: coalition), in: coalition)
            #expect(message.transfers.map(\.state) == [.void], "\(name)")
            #expect(message.transfers.first?.refusal == nil, "\(name)")
        }
        france.answers { .problem(try Self.problem(for: $0, by: "FRA", in: coalition)) }
        let message = try await undelivered(submit(in: coalition), in: coalition)
        #expect(message.transfers.first?.refusal?.link.entry.reasons == ["denied"])
        await france.stop()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the next hop could not judge until its time was over is given up with what it said last`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        let france = try await ScriptedNode.start(in: "FRA", of: coalition)
        france.answers { transfer in
            let status = HTTPResponse.Status.unprocessableContent
            return .problem(
                try Self.problem(for: transfer, by: "FRA", reason: "unknown-signer", status: status, in: coalition)
            )
        }
        try await coalition.start("GBR", clock: { clock.now })
        let id = try await submit(in: coalition)
        _ = try await coalition.eventually {
            try await coalition.traced(id, at: "GBR").transfers.first { $0.item.unsettledSince != nil }
        }
        #expect(try await coalition.entries(of: "GBR", .void).isEmpty)
        // A quarter of its life.
        clock.shift(seconds: 901)
        let message = try await undelivered(id, in: coalition)
        #expect(message.nonDeliveries.map(\.reason) == ["unknown-signer"])
        #expect(message.transfers.first?.refusal?.link.entry.reasons == ["unknown-signer"])
        await france.stop()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what is refused beside policy is signed up to a rate, and says what came`() async throws {
        let coalition = try RunningCoalition()
        let now = Timestamp.now()
        try await coalition.start("GBR", clock: { now })
        let envelope = try coalition.seal(
            from: "FRA/cni",
            to: ["GBR/j2-fusion"],
            marking: "FRA SECRET//REL TO GBR//INTREP"
        )
        var log = try RogueLog(of: "FRA", in: coalition)
        let link = try log.release(envelope, to: coalition.nodeID("GBR")) { $0.realm = try Realm("dragon") }
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        var signed = 0
        for _ in 0..<22 {
            let response = try await client.transfer([link], .message, envelope.bytes)
            expectProblem(response, 422, "entry-mismatch")
            expectNoReasons(response)
            guard let json = response.problem?.extensions["refusal"] else { continue }
            signed += 1
            let refusal = try TransferLink(json: json)
            try refusal.verify(log: coalition.nodeID("GBR"), in: coalition.fixture.directory)
            #expect(refusal.entry.digest == envelope.digest)
            #expect(refusal.entry.message == (try envelope.id))
            #expect(refusal.entry.peer == (try coalition.nodeID("FRA")))
        }
        #expect(signed == 20)
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `an id that is taken is refused in the log's name`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let id = try MessageID.generate(at: .now())
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        var log = try RogueLog(of: "FRA", in: coalition)
        for (payload, status) in [("one", 201), ("two", 409)] {
            let sent = try coalition.seal(
                from: "FRA/cni",
                to: ["GBR/j2-fusion"],
                marking: "FRA SECRET//REL TO GBR//INTREP",
                payload: Array(payload.utf8),
                id: id
            )
            let link = try log.release(sent, to: coalition.nodeID("GBR"))
            let response = try await client.transfer([link], .message, sent.bytes)
            #expect(response.status.code == status, "\(String(buffer: response.body))")
            guard status == 409 else { continue }
            expectNoReasons(response)
            let refusal = try TransferLink(json: #require(response.problem?.extensions["refusal"]))
            try refusal.verify(log: coalition.nodeID("GBR"), in: coalition.fixture.directory)
            #expect(refusal.entry.digest == sent.digest && refusal.entry.reasons == ["id-conflict"])
        }
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a report of non-delivery with a refusal that proves nothing is not taken`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: Self.maritime
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let (fra, jpn) = (try coalition.nodeID("FRA"), try coalition.nodeID("JPN"))
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        var hub = try RogueLog(of: "FRA", in: coalition)

        /// The hub reports, with a refusal of the node behind it that is edited.
        func bring(
            by code: String = "JPN",
            signedBy signer: String? = nil,
            reason: String = "denied",
            edit: (inout AuditEntryDraft) throws -> Void = { _ in }
        ) async throws -> WireResponse {
            var log = try RogueLog(of: code, in: coalition, signedBy: signer)
            var draft = try log.draft(.acceptance, envelope, to: jpn).refusal
            draft.peer = fra
            try edit(&draft)
            let report = NonDelivery(
                message: try envelope.id,
                envelope: envelope.digest,
                destination: jpn,
                reason: reason,
                time: .now(),
                refusal: try log.append(draft)
            )
            let object = TransferObject.nonDelivery(report)
            let link = try hub.release(envelope, to: coalition.nodeID("GBR")) { draft in
                draft.object = .nonDelivery
                draft.digest = object.digest
            }
            return try await client.transfer([link], .nonDelivery, object.bytes)
        }
        expectProblem(try await bring(reason: "loop"), 422, "entry-mismatch")
        expectProblem(try await bring { $0.envelope = .hash([1]) }, 422, "entry-mismatch")
        expectProblem(try await bring { $0.peer = try coalition.nodeID("DEU") }, 422, "entry-mismatch")
        expectProblem(try await bring { $0.kind = .denial }, 422, "entry-mismatch")
        expectProblem(try await bring(by: "FRA"), 422, "entry-mismatch")
        expectProblem(try await bring(signedBy: "DEU"), 422, "proof-mismatch")
        #expect(try await coalition.traced(envelope.id, at: "GBR").nonDeliveries.isEmpty)
        let taken = try await bring()
        #expect(taken.status == .created, "\(String(buffer: taken.body))")
        let known = try await coalition.traced(envelope.id, at: "GBR").nonDeliveries
        #expect(known.first?.refusal?.link.entry.log.rawValue == jpn.logName)
        await client.close()
        try await coalition.stopAll()
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        String(decoding: self, as: UTF8.self).contains(text)
    }
}
