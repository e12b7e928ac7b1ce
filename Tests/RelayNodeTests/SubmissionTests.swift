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

/// What a mailbox may submit at its own node, and what it gets for everything else.
@Suite struct SubmissionTests {
    private static let marking = "GBR SECRET//REL TO FRA, DEU//INTREP"

    private func seal(in coalition: RunningCoalition, to recipients: [String] = ["FRA/cni"]) throws -> Envelope {
        try coalition.seal(from: "GBR/j2-fusion", to: recipients, marking: Self.marking, precedence: .priority)
    }

    private struct Flaw {
        let name: String
        let bytes: [UInt8]
        let status: Int
        let code: String
    }

    private func flaws(in coalition: RunningCoalition) throws -> [Flaw] {
        let honest = try seal(in: coalition)
        let id = try honest.id.description
        let old = try MessageID.generate(at: Timestamp.now().adding(seconds: -5400))
        let early = try MessageID.generate(at: Timestamp.now().adding(seconds: 3 * 3600))
        func sealed(_ id: MessageID) throws -> [UInt8] {
            try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: Self.marking, id: id).bytes
        }
        func forged(_ replacements: [(String, String)], signedBy signer: String? = nil) throws -> [UInt8] {
            try coalition.forge(honest, signedBy: signer, replacing: replacements).bytes
        }
        let otherTime = "\(String(id.prefix(12)) + (id.dropFirst(12).first == "0" ? "1" : "0") + id.dropFirst(13))"
        return [
            Flaw(
                name: "a changed header",
                bytes: try honest.header.overwriting("PRIORITY", with: "DEFERRED") + honest.body,
                status: 422,
                code: "invalid-signature"
            ),
            Flaw(
                name: "a changed body",
                bytes: honest.header + honest.body.damagedAtTheEnd,
                status: 422,
                code: "body-mismatch"
            ),
            Flaw(
                name: "another originator's signature",
                bytes: try forged([], signedBy: "GBR/maritime-desk"),
                status: 422,
                code: "signer-not-originator"
            ),
            Flaw(
                name: "an id of version 4",
                bytes: try forged([(id, String(id.prefix(14)) + "4" + id.dropFirst(15))]),
                status: 422,
                code: "malformed-header"
            ),
            Flaw(
                name: "an id of another time",
                bytes: try forged([(id, otherTime)]),
                status: 422,
                code: "invalid-time"
            ),
            Flaw(name: "an expired message", bytes: try sealed(old), status: 422, code: "expired"),
            Flaw(name: "a message from the future", bytes: try sealed(early), status: 422, code: "invalid-time"),
            Flaw(
                name: "a recipient that is not there",
                bytes: try forged([("FRA/cni", "FRA/cnx")]),
                status: 422,
                code: "unknown-recipient"
            ),
            Flaw(
                name: "a recipient that cannot read it",
                bytes: try forged([(#"["FRA/cni"]"#, #"["DEU/lage","FRA/cni"]"#)]),
                status: 422,
                code: "recipient-keys-mismatch"
            ),
            Flaw(
                name: "the realm of an exercise",
                bytes: try forged([(#""realm":"live""#, #""realm":"dragon""#)]),
                status: 422,
                code: "wrong-realm"
            ),
            Flaw(
                name: "an unknown version",
                bytes: try forged([(#""version":1"#, #""version":2"#)]),
                status: 422,
                code: "unknown-version"
            ),
            Flaw(name: "a truncated envelope", bytes: honest.bytes.dropLast(), status: 422, code: "malformed-envelope"),
            Flaw(name: "bytes behind the envelope", bytes: honest.bytes + [0], status: 422, code: "malformed-envelope"),
            Flaw(name: "a header alone", bytes: honest.header, status: 422, code: "malformed-envelope"),
            Flaw(name: "nothing", bytes: [], status: 422, code: "malformed-envelope"),
        ]
    }

    @Test(.timeLimit(.minutes(10)))
    func `what is wrong with a submission is said, logged under the caller's name, and stored nowhere`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let caller = try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")
        for (number, flaw) in try flaws(in: coalition).enumerated() {
            let response = try await client.post("/v1/messages", Envelope.mediaType, flaw.bytes)
            expectProblem(response, flaw.status, flaw.code, "\(flaw.name)")
            #expect(response.problem?.detail?.isEmpty == false, "the partner's own mailbox reads why: \(flaw.name)")
            #expect(try await coalition.refusal(flaw.code, at: "GBR").peer == caller, "\(flaw.name)")
            try await coalition.expectRefusals(Int64(number) + 1, at: "GBR", "\(flaw.name)")
        }
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a mailbox submits nobody else's message`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let client = try coalition.connect(as: "GBR/maritime-desk")
        let response = try await client.post("/v1/messages", Envelope.mediaType, try seal(in: coalition).bytes)
        expectProblem(response, 403, "originator-not-caller")
        _ = try await coalition.refusal("originator-not-caller", at: "GBR")
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a body that is too large or of the wrong type is refused and logged`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let large = [UInt8](repeating: 0x30, count: Envelope.maximumSize + 1)
        expectProblem(try await client.post("/v1/messages", Envelope.mediaType, large), 413, "body-too-large")
        _ = try await coalition.refusal("body-too-large", at: "GBR")
        let envelope = try seal(in: coalition).bytes
        for type in ["application/octet-stream", "application/vnd.entente.envelope2", ""] {
            expectProblem(try await client.post("/v1/messages", type, envelope), 415, "wrong-media-type", "\(type)")
        }
        _ = try await coalition.refusal("wrong-media-type", at: "GBR")
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a body is refused by its announced size, before a byte of it is read`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let answer = try await StockClient.run(
            to: "GBR",
            in: coalition,
            as: try coalition.fixture.mailbox("GBR/j2-fusion").signing,
            sending: Self.requestHead(length: Envelope.maximumSize + 1)
        )
        #expect(answer.output.contains("HTTP/1.1 413"), "\(answer.output)")
        #expect(answer.output.contains("urn:entente:problem:body-too-large"), "\(answer.output)")
        _ = try await coalition.refusal("body-too-large", at: "GBR")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a request that does not arrive in time is refused and logged`() async throws {
        let coalition = try RunningCoalition()
        var limits = WireLimits()
        limits.requestTimeout = .milliseconds(300)
        try await coalition.start("GBR", limits: limits)
        let answer = try await StockClient.run(
            to: "GBR",
            in: coalition,
            as: try coalition.fixture.mailbox("GBR/j2-fusion").signing,
            sending: Self.requestHead(length: 1000) + "some of it"
        )
        #expect(answer.output.contains("HTTP/1.1 408"), "\(answer.output)")
        #expect(answer.output.contains("urn:entente:problem:request-timeout"), "\(answer.output)")
        let entry = try await coalition.refusal("request-timeout", at: "GBR")
        #expect(entry.peer == (try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")))
        try await coalition.expectNothingStored(at: "GBR")
        try await coalition.stopAll()
    }

    private static func requestHead(length: Int) -> String {
        "POST /v1/messages HTTP/1.1\r\nHost: gbr\r\nContent-Type: \(Envelope.mediaType)\r\n"
            + "Content-Length: \(length)\r\n\r\n"
    }

    @Test(.timeLimit(.minutes(10)))
    func `the same bytes again get the same receipts, and other bytes under the id get none`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let id = try MessageID.generate(at: .now())
        func sealed(_ payload: String) throws -> Envelope {
            try coalition.seal(
                from: "GBR/j2-fusion",
                to: ["FRA/cni", "DEU/lage"],
                marking: Self.marking,
                payload: Array(payload.utf8),
                id: id
            )
        }
        let envelope = try sealed("one")
        let first = try await coalition.submit(envelope)
        #expect(first.status == .created)
        let second = try await coalition.submit(envelope)
        #expect(second.status == .ok)
        #expect(try second.links.map(\.json.canonicalBytes) == first.links.map(\.json.canonicalBytes))
        #expect(try first.links.count == 2)
        expectProblem(try await coalition.submit(sealed("two")), 409, "id-conflict")
        let refusal = try await coalition.refusal("id-conflict", at: "GBR")
        #expect(refusal.peer == (try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")))
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        #expect(try await coalition.entries(of: "GBR", .refusal) == [refusal], "a conflict is logged once")
        #expect(try await coalition.traced(id, at: "GBR").envelope == envelope.digest)
        #expect(try await coalition.entries(of: "GBR", .release).count == 2)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a resend gets the first receipts also when the message has expired since`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        let envelope = try seal(in: coalition)
        let first = try await coalition.submit(envelope)
        #expect(first.status == .created)
        clock.shift(seconds: 2 * 3600)
        let second = try await coalition.submit(envelope)
        #expect(second.status == .ok, "\(String(buffer: second.body))")
        #expect(try second.links.map(\.json.canonicalBytes) == first.links.map(\.json.canonicalBytes))
        // With another body it is another message, and expired.
        let replanted = Envelope(header: envelope.header, body: envelope.body.damagedAtTheEnd)
        expectProblem(try await coalition.submit(replanted), 422, "expired")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `one denied recipient denies the message, and every recipient's decision is listed`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let response = try await coalition.submit(seal(in: coalition, to: ["ACME/soc", "FRA/cni"]))
        expectProblem(response, 403, "denied")
        let problem = try #require(response.problem)
        let decisions = try #require(problem.extensions["decisions"]?.arrayValue)
        #expect(decisions.map { $0["recipient"]?.stringValue } == ["ACME/soc", "FRA/cni"])
        #expect(decisions.map { $0["outcome"]?.stringValue } == ["denied", "allowed"])
        let rules = decisions[0]["rules"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(rules.contains("private-cap") && rules.contains("releasability"), "\(rules)")
        let words = String(decoding: decisions[0].canonicalBytes, as: UTF8.self)
        #expect(words.contains("private partners get nothing above RESTRICTED"), "\(words)")

        let index = try #require(problem.extensions["audit-index"]?.integerValue)
        let link = try TransferLink(json: try #require(problem.extensions["entry"]))
        #expect(link.entry.index == UInt64(index) && link.entry.kind == .denial && link.entry.reasons == rules)
        try link.verify(log: coalition.nodeID("GBR"), in: coalition.fixture.directory)
        #expect(try await coalition.entries(of: "GBR", .denial) == [link.entry])
        try await coalition.expectNothingStored(at: "GBR", besides: [.denial])
        try await coalition.stopAll()
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (#""classification":"SECRET""#, #""classification":"PURPLE""#, "PURPLE"),
            (#""type":"INTREP""#, #""type":"RUMOUR""#, "RUMOUR"),
            (#""policy":"EXAMPLE COALITION""#, #""policy":"OTHER COALITION""#, "OTHER COALITION"),
        ]
    )
    func `a label with an unknown token is denied for every recipient`(old: String, new: String, token: String)
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.forge(seal(in: coalition, to: ["DEU/lage", "FRA/cni"]), replacing: [(old, new)])
        let response = try await coalition.submit(envelope)
        expectProblem(response, 403, "denied")
        let decisions = response.problem?.extensions["decisions"]?.arrayValue ?? []
        #expect(decisions.map { $0["outcome"]?.stringValue } == ["denied", "denied"])
        for decision in decisions {
            #expect(String(decoding: decision.canonicalBytes, as: UTF8.self).contains(token))
        }
        try await coalition.expectNothingStored(at: "GBR", besides: [.denial])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a recipient at the own node gets the message, and nothing crosses a border for it`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        // Releasable to nobody: only a border would be in its way.
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/maritime-desk"],
            marking: "GBR TOP SECRET//SI/TK//EYES ONLY//INTREP"
        )
        let response = try await coalition.submit(envelope)
        #expect(response.status == .created, "\(String(buffer: response.body))")
        #expect(try response.links.map(\.entry.kind) == [.acceptance])
        #expect(try await coalition.inbox("GBR/maritime-desk") == [try envelope.id])
        #expect(try await coalition.entries(of: "GBR", .release, .transfer).isEmpty)
        #expect(try await coalition.node("GBR").store.status().queues.isEmpty)
        try await coalition.expectNothingStored(at: "FRA")
        try await coalition.stopAll()
    }
}
