import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
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

/// What a running node does when its files change.
@Suite struct ReloadTests {
    private func seal(in coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
    }

    @Test(.timeLimit(.minutes(10)))
    func `a changed policy is in force without a restart, and without being told`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        let before = node.state.view.policy.hash
        #expect(try await coalition.submit(seal(in: coalition)).status == .created)
        try coalition.editPolicy { $0.replacing("up-to: SECRET", with: "up-to: RESTRICTED") }
        let change = try await coalition.eventually { try await coalition.entries(of: "GBR", .policyChange).first }
        #expect(node.state.view.policy.hash != before)
        #expect(change.policy == node.state.view.policy.hash)
        expectProblem(try await coalition.submit(seal(in: coalition)), 403, "denied")
        #expect(try await coalition.entries(of: "GBR", .denial).map(\.policy) == [change.policy])
        #expect(try await coalition.reload("GBR") == .unchanged)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a policy that does not load is not put in force, and the reason is told with its line`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        let before = node.state.view.policy.hash
        let edits: [(String) -> String] = [
            { $0.replacing("up-to: SECRET", with: "up-to: PURPLE") }, { $0 + "\nsurprise: true\n" },
            { _ in "" }, { $0.replacing("  ACME: {kind: private, ceiling: RESTRICTED}\n", with: "") },
        ]
        let good = try String(contentsOf: coalition.policyFile, encoding: .utf8)
        for edit in edits {
            try coalition.editPolicy(edit)
            guard case .kept(let reason) = try await coalition.reload("GBR") else {
                Issue.record("a broken policy was taken")
                continue
            }
            #expect(reason.contains("policy.yaml:"), "\(reason)")
            #expect(node.state.view.policy.hash == before)
            try coalition.write(Array(good.utf8), "policy.yaml")
        }
        #expect(try await coalition.submit(seal(in: coalition)).status == .created)
        let changes = try await coalition.entries(of: "GBR", .policyChange)
        #expect(changes.count >= edits.count)
        #expect(changes.allSatisfy { $0.outcome == .failed && $0.policy == before })
        #expect(Set(changes.flatMap(\.reasons)) == ["policy-refused"])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a suspended partner is cut off, refused, and sent nothing, until it is no longer suspended`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("FRA", "GBR")
        let partner = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await partner.get("/v1/log/checkpoint").status == .ok)
        let good = try String(contentsOf: coalition.policyFile, encoding: .utf8)
        let suspended = good.replacing(
            "FRA: {kind: nation, ceiling: TOP SECRET, compartments: [SI]}",
            with: "FRA: {kind: nation, ceiling: TOP SECRET, compartments: [SI], suspended: true}"
        )
        try coalition.write(Array(suspended.utf8), "policy.yaml")
        try await coalition.reload("GBR")
        // The connection from before is gone: on it, this would still be answered.
        #expect(try await partner.refusedBy() == .certificateUnknown)
        _ = try await coalition.refusal("suspended", at: "GBR")
        let response = try await coalition.submit(seal(in: coalition))
        expectProblem(response, 403, "denied")
        #expect(String(buffer: response.body).contains("suspended"))
        try coalition.write(Array(good.utf8), "policy.yaml")
        try await coalition.reload("GBR")
        // FRA's node watches the same file, and may have seen itself suspended meanwhile.
        try await coalition.reload("FRA")
        #expect(try await partner.get("/v1/log/checkpoint").status == .ok)
        let envelope = try seal(in: coalition)
        #expect(try await coalition.submit(envelope).status == .created)
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").first }
        #expect(try await coalition.inbox("FRA/cni") == [try envelope.id])
        await partner.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["FRA/node", "GBR/mailbox"])
    func `whose certificate is revoked is cut off, and refused from then on`(who: String) async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let isNode = who == "FRA/node"
        let credential =
            try isNode
            ? coalition.nodeCredential("FRA") : coalition.fixture.mailbox("GBR/j2-fusion").signing
        let code = isNode ? "FRA" : "GBR"
        let client = try coalition.connect(to: "GBR", with: credential)
        let bystander = try coalition.connect(as: "GBR/maritime-desk")
        for caller in [client, bystander] { #expect(try await caller.get("/v1/log/checkpoint").status == .ok) }
        let partner = try coalition.fixture.partner(code)
        let next = try coalition.nextSheet(of: code) { draft in
            draft.revocationLists = try partner.revocationLists(
                number: 2,
                revoking: [credential.certificate],
                at: .now()
            )
        }
        try coalition.publish(next)
        try await coalition.reload("GBR")
        #expect(try await client.refusedBy() == .certificateRevoked)
        let id = isNode ? try coalition.nodeID("FRA") : try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")
        try await coalition.refusal("revoked", of: id, at: "GBR")
        try await coalition.refusal("revoked", of: nil, at: "GBR")
        #expect(try await bystander.get("/v1/log/checkpoint").status == .ok)
        let change = try #require(try await coalition.entries(of: "GBR", .trustChange).first)
        #expect(change.directory == (try coalition.node("GBR").state.view.directory.stateHash))
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        await bystander.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node that renews its certificate shows the new one on the connections that it makes`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("FRA", "GBR")
        let gbr = try coalition.fixture.partner("GBR")
        let old = try coalition.nodeCredential("GBR").certificate
        let first = try seal(in: coalition)
        #expect(try await coalition.submit(first).status == .created)
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").first }

        let renewed = try gbr.credential(.node, for: .node(try NodeName("gbr-1")))
        try coalition.write(renewed.chain.flatMap { $0.pem() }, "gbr-1.pem")
        try coalition.write(try renewed.key.pem(), "gbr-1.key")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600],
            ofItemAtPath: coalition.folder.appendingPathComponent("gbr-1.key").path
        )
        try await coalition.reload("GBR")
        _ = try await coalition.eventually { try await coalition.entries(of: "GBR", .trustChange).first }
        let next = try coalition.nextSheet(of: "GBR") { draft in
            draft.revocationLists = try gbr.revocationLists(number: 2, revoking: [old], at: .now())
        }
        try coalition.publish(next)
        try await coalition.reload("FRA")
        let second = try seal(in: coalition)
        #expect(try await coalition.submit(second).status == .created)
        let inbox = try await coalition.eventually(within: 30) {
            let inbox = try await coalition.inbox("FRA/cni")
            return inbox.count == 2 ? inbox : nil
        }
        #expect(inbox == [try first.id, try second.id])
        #expect(try await coalition.entries(of: "FRA", .refusal).isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a log keeps its key: a reload is refused, and a start says what to do`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let directory = try coalition.node("GBR").state.view.directory.stateHash
        let before = try coalition.archive(of: "GBR")
        let key = try PrivateKey.generate(.ed25519)
        let next = try coalition.nextSheet(of: "GBR") { draft in
            draft.nodes = try draft.nodes.map { node in
                PartnerSheet.Node(
                    name: node.name,
                    endpoint: node.endpoint,
                    log: try LogVerifierKey(origin: node.log.origin, publicKey: key.publicKey)
                )
            }
        }
        // The sheet alone: it names another key than the file holds.
        try coalition.publish(next)
        guard case .kept(let mismatch) = try await coalition.reload("GBR") else {
            Issue.record("a sheet with another log key was taken")
            return
        }
        #expect(mismatch.contains("the sheet lists the log key"), "\(mismatch)")
        // Sheet and file together: they fit, and the log goes on under the old key all the same.
        let file = coalition.folder.appendingPathComponent("gbr-1-log.key")
        try FileManager.default.removeItem(at: file)
        try KeyFile.create(key, at: file.path)
        guard case .kept(let reason) = try await coalition.reload("GBR") else {
            Issue.record("another log key was taken")
            return
        }
        #expect(reason.contains("a log keeps its key for life"), "\(reason)")
        #expect(try coalition.node("GBR").state.view.directory.stateHash == directory)
        #expect(try coalition.archive(of: "GBR") == before)
        try await coalition.stop("GBR")
        let error = await #expect(throws: StoreError.self) { try await coalition.start("GBR") }
        guard case .otherLog(name: "log key", _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("give the node the data folder and log key that belong together") == true)
        #expect(try coalition.archive(of: "GBR") == before)
    }

    @Test(.timeLimit(.minutes(10)))
    func `what needs a restart is not changed by a reload`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        try coalition.editConfiguration(of: "GBR") { $0.replacing("data: data-GBR", with: "data: data-other") }
        guard case .kept(let reason) = try await coalition.reload("GBR") else {
            Issue.record("another data folder was taken")
            return
        }
        #expect(reason.contains("only with a restart"), "\(reason)")
        let entry = try #require(try await coalition.entries(of: "GBR", .trustChange).first)
        #expect(entry.outcome == .failed && entry.reasons == ["configuration-refused"])
        let node = try coalition.node("GBR")
        try await coalition.stopAll()
        // Whoever asks a node that has stopped gets an answer too.
        #expect(await node.reload(cause: "test") == .kept("the node is stopping"))
    }
}
