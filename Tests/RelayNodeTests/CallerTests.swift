import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

/// Who may speak with a node at all, and who may ask what.
@Suite struct CallerTests {
    private struct Stranger {
        let name: String
        let credential: Credential
        let code: String
        let alert: TLSAlert
    }

    private func strangers(in coalition: RunningCoalition) throws -> [Stranger] {
        let gbr = try coalition.fixture.partner("GBR")
        let fra = try coalition.fixture.partner("FRA")
        let mailbox = Principal.mailbox(try MailboxName("j2-fusion"))
        let node = Principal.node(try NodeName("fra-hub"))
        let exercise = try PartnerFixture(
            .example("GBR", realm: try Realm("dragon")),
            at: coalition.fixture.time
        )
        let day: Int64 = 86_400
        return [
            Stranger(
                name: "under another partner's root",
                credential: try gbr.credential(.mailboxSigning, for: mailbox, issuer: fra.intermediates[.mailboxes]),
                code: "unknown-issuer",
                alert: .unknownCA
            ),
            Stranger(
                name: "a node of a mailboxes' authority",
                credential: try fra.credential(.node, for: node, issuer: fra.intermediates[.mailboxes]),
                code: "wrong-issuer",
                alert: .unknownCA
            ),
            Stranger(
                name: "expired",
                credential: try fra.credential(.node, for: node) { template in
                    template.notBefore -= 2 * day
                    template.notAfter = template.notBefore + day
                },
                code: "expired",
                alert: .certificateExpired
            ),
            Stranger(
                name: "not yet valid",
                credential: try fra.credential(.node, for: node) { $0.notBefore += day },
                code: "not-yet-valid",
                alert: .certificateUnknown
            ),
            Stranger(
                name: "of an exercise",
                credential: try exercise.node("gbr-1").credential,
                code: "unknown-trust-domain",
                alert: .unknownCA
            ),
            Stranger(
                name: "without a URI",
                credential: try fra.credential(.node, for: node) { $0.uris = [] },
                code: "no-spiffe-id",
                alert: .badCertificate
            ),
            Stranger(
                name: "with two URIs",
                credential: try fra.credential(.node, for: node) { template in
                    template.uris.append("spiffe://fra.example/node/fra-2")
                },
                code: "many-uris",
                alert: .badCertificate
            ),
            Stranger(
                name: "with a URI that is no identity",
                credential: try fra.credential(.node, for: node) { $0.uris = ["spiffe://fra.example/node/"] },
                code: "invalid-spiffe-id",
                alert: .badCertificate
            ),
            Stranger(
                name: "a node that no sheet lists",
                credential: try fra.credential(.node, for: .node(try NodeName("fra-2"))),
                code: "not-in-directory",
                alert: .certificateUnknown
            ),
            Stranger(
                name: "an officer, whose certificate is for signing",
                credential: gbr.registrar,
                code: "wrong-kind",
                alert: .certificateUnknown
            ),
            Stranger(
                name: "a mailbox with an encryption certificate",
                credential: try gbr.credential(.mailboxEncryption, for: mailbox),
                code: "wrong-usage",
                alert: .unsupportedCertificate
            ),
        ]
    }

    @Test(.timeLimit(.minutes(10)))
    func `a caller whose certificate does not hold is refused in the handshake, and logged`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        for stranger in try strangers(in: coalition) {
            let client = try coalition.connect(to: "GBR", with: stranger.credential)
            let alert = try await client.refusedBy()
            #expect(alert == stranger.alert, "\(stranger.name)")
            let entry = try await coalition.refusal(stranger.code, at: "GBR")
            // What a refused certificate says of its bearer is not repeated as if it were known.
            #expect(entry.peer == nil, "\(stranger.name)")
            await client.close()
        }
        try await coalition.expectNothingStored(at: "GBR")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a caller without a certificate is told that one is required, and logged`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let answer = try await StockClient.run(
            to: "GBR",
            in: coalition,
            as: nil,
            sending: "GET /v1/log/checkpoint HTTP/1.1\r\nHost: gbr\r\n\r\n"
        )
        #expect(answer.output.contains("alert number 116"), "\(answer.output)")
        let entry = try await coalition.refusal("no-certificate", at: "GBR")
        #expect(entry.peer == nil)
        try await coalition.expectNothingStored(at: "GBR")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a caller of the wrong kind or partner is refused by the route, and logged by name`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let own = try coalition.fixture.mailbox("GBR/j2-fusion").signing
        let callers: [(String, Credential, String, String)] = [
            ("a mailbox posing as a node", own, "/v1/transfers", Transfer.mediaType),
            ("a node posing as a mailbox", try coalition.nodeCredential("GBR"), "/v1/messages", Envelope.mediaType),
            ("another partner's node", try coalition.nodeCredential("FRA"), "/v1/messages", Envelope.mediaType),
            (
                "another partner's mailbox", try coalition.fixture.mailbox("FRA/cni").signing, "/v1/messages",
                Envelope.mediaType
            ),
        ]
        for (name, credential, path, mediaType) in callers {
            let client = try coalition.connect(to: "GBR", with: credential)
            let response = try await client.post(path, mediaType, envelope.bytes)
            expectProblem(response, 403, "caller-not-allowed", "\(name)")
            let isOwn = credential.certificate.uris.first?.contains("gbr.example") == true
            #expect((response.problem?.detail != nil) == isOwn, "the own people read why: \(name)")
            let peer = try SPIFFEID(try #require(credential.certificate.uris.first))
            _ = try await coalition.eventually {
                try await coalition.entries(of: "GBR", .refusal).first {
                    $0.reasons == ["caller-not-allowed"] && $0.peer == peer
                }
            }
            await client.close()
        }
        // Once each, and nothing besides.
        #expect(try await coalition.entries(of: "GBR", .refusal).count == callers.count)
        try await coalition.expectNothingStored(at: "GBR")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a caller with too many connections is refused, and logged by name`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "GBR") { $0 + "\nlimits: {connections-per-peer: 1}\n" }
        try await coalition.start("GBR")
        let first = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await first.get("/v1/log/checkpoint").status == .ok)
        let second = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        await #expect(throws: WireClientError.self) { try await second.get("/v1/log/checkpoint") }
        let refusal = try await coalition.refusal("too-many-connections", at: "GBR")
        #expect(refusal.peer == (try coalition.nodeID("FRA")))
        await first.close()
        await second.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a mailbox reads no other mailbox and no message that is not its own`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["GBR/maritime-desk"],
            marking: "GBR SECRET//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let curious = try coalition.connect(as: "GBR/j2-fusion")
        expectProblem(try await curious.get("/v1/mailboxes/maritime-desk/messages"), 403, "not-own-mailbox")
        for part in ["", "/header", "/body"] {
            expectProblem(try await curious.get("/v1/messages/\(try envelope.id)\(part)"), 404, "no-such-message")
        }
        _ = try await coalition.refusal("not-own-mailbox", at: "GBR")
        _ = try await coalition.refusal("no-such-message", at: "GBR")
        await curious.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a flood of refusals is counted, and does not fill the log`() async throws {
        let coalition = try RunningCoalition()
        let now = Timestamp.now()
        try await coalition.start("GBR", clock: { now })
        let client = try coalition.connect(as: "GBR/j2-fusion")
        for _ in 0..<60 {
            expectProblem(try await client.get("/v1/nothing"), 404, "no-such-route")
        }
        await client.close()
        try await coalition.stop("GBR")
        let refusals = try coalition.leftBehind(by: "GBR", .refusal)
        // Twenty of a window, which the clock does not leave, and the count of the rest; together they are all.
        #expect(refusals.count == 21)
        let counts = try refusals.map { entry in
            try JSONValue.parseCanonical(try #require(entry.details).bytes)["count"]?.integerValue ?? 0
        }
        #expect(counts.reduce(0, +) == 60)
    }
}
