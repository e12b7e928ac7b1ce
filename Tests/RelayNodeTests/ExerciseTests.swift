import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

/// Nodes of an exercise: they work among themselves, and nothing live gets in.
@Suite struct ExerciseTests {
    private static let marking = "GBR SECRET//REL TO FRA//INTREP"

    @Test(.timeLimit(.minutes(10)))
    func `an exercise runs like live traffic, and refuses live messages, certificates and sheets`() async throws {
        let realm = try Realm("dragon")
        let exercise = try RunningCoalition(realm: realm)
        let live = try RunningCoalition()
        try await exercise.start("FRA", "GBR")
        let envelope = try exercise.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: Self.marking)
        #expect(try await exercise.submit(envelope).status == .created)
        _ = try await exercise.eventually { try await exercise.inbox("FRA/cni").first }
        #expect(try await exercise.inbox("FRA/cni") == [try envelope.id])
        for code in ["FRA", "GBR"] {
            #expect(try await exercise.entries(of: code).allSatisfy { $0.realm == realm })
        }

        // A live message, by whoever brings it.
        let stray = try live.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: Self.marking)
        let client = try exercise.connect(as: "GBR/j2-fusion")
        expectProblem(try await client.post("/v1/messages", Envelope.mediaType, stray.bytes), 422, "wrong-realm")
        _ = try await exercise.refusal("wrong-realm", at: "GBR")

        // A live certificate, of a mailbox and of a node.
        for credential in [try live.fixture.mailbox("GBR/j2-fusion").signing, try live.nodeCredential("FRA")] {
            let stranger = try exercise.connect(to: "GBR", with: credential)
            #expect(try await stranger.refusedBy() == .unknownCA)
            await stranger.close()
        }
        let handshake = try await exercise.refusal("unknown-trust-domain", at: "GBR")
        #expect(handshake.peer == nil)

        // A live sheet.
        let directory = try exercise.node("GBR").state.view.directory.stateHash
        try exercise.write(try live.firstSheet(of: "FRA").bytes, "FRA.cms")
        guard case .partial(policy: false, directory: false, refused: let refused) = try await exercise.reload("GBR")
        else {
            Issue.record("the live sheet is not reported")
            return
        }
        #expect(refused.map(\.code) == ["sheet-wrong-partner"])
        #expect(try exercise.node("GBR").state.view.directory.stateHash == directory)
        #expect(try await client.get("/v1/log/checkpoint").status == .ok)
        await client.close()
        try await exercise.stopAll()
    }
}
