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
        #expect(try await coalition.entries(of: "GBR", .policyChange).isEmpty)
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
        #expect(try await coalition.refusal("revoked", at: "GBR").peer == nil)
        #expect(try await bystander.get("/v1/log/checkpoint").status == .ok)
        let change = try #require(try await coalition.entries(of: "GBR", .trustChange).first)
        #expect(change.directory == (try coalition.node("GBR").state.view.directory.stateHash))
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        await bystander.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a lower version of a sheet is refused, after a restart too`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let first = try coalition.firstSheet(of: "FRA")
        try coalition.publish(try coalition.nextSheet(of: "FRA"))
        try await coalition.reload("GBR")
        let state = try coalition.node("GBR").state.view.directory.stateHash
        #expect(state != coalition.fixture.directory.stateHash)
        try coalition.publish(first)
        guard case .kept(let reason) = try await coalition.reload("GBR") else {
            Issue.record("an older sheet was taken")
            return
        }
        #expect(reason.contains("FRA.cms") && reason.contains("expected version 2"), "\(reason)")
        #expect(try coalition.node("GBR").state.view.directory.stateHash == state)
        try await coalition.stop("GBR")
        let error = await #expect(throws: ConfigurationError.self) { try await coalition.start("GBR") }
        #expect(error?.description.contains("expected version 2") == true)
    }

    @Test(.timeLimit(.minutes(10)))
    func `of two sheets of one version the first stays, and the other is kept as evidence`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let honest = try coalition.nextSheet(of: "FRA")
        let other = try coalition.nextSheet(of: "FRA") { $0.name = "Another France" }
        try coalition.publish(honest)
        try await coalition.reload("GBR")
        let state = try coalition.node("GBR").state.view.directory.stateHash
        try coalition.publish(other)
        guard case .kept(let reason) = try await coalition.reload("GBR") else {
            Issue.record("a forked sheet was taken")
            return
        }
        #expect(reason.contains("forked"), "\(reason)")
        #expect(try coalition.node("GBR").state.view.directory.stateHash == state)
        let archive = coalition.dataFolder(of: "GBR").appendingPathComponent("sheets")
        let evidence = archive.appendingPathComponent("fork-FRA-\(SHA256Digest.hash(other.bytes)).cms")
        #expect(try Array(Data(contentsOf: evidence)) == other.bytes)
        let accepted = archive.appendingPathComponent("FRA@live.cms")
        #expect(try Array(Data(contentsOf: accepted)) == honest.bytes)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a sheet that its partner did not sign is refused`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let partner = try coalition.fixture.partner("FRA")
        let draft = try partner.draft(after: coalition.firstSheet(of: "FRA"), at: .now())
        let forged = try partner.sign(draft, by: try coalition.fixture.partner("DEU").registrar)
        for bytes in [forged, Array(forged.dropLast()), []] {
            try coalition.write(bytes, "FRA.cms")
            guard case .kept(let reason) = try await coalition.reload("GBR") else {
                Issue.record("an unsigned sheet was taken")
                continue
            }
            #expect(reason.contains("FRA.cms"), "\(reason)")
        }
        let directory = try coalition.node("GBR").state.view.directory
        #expect(directory.stateHash == coalition.fixture.directory.stateHash)
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
    func `what needs a restart is not changed by a reload`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        try coalition.editConfiguration(of: "GBR") { $0.replacing("data: data-GBR", with: "data: data-other") }
        guard case .kept(let reason) = try await coalition.reload("GBR") else {
            Issue.record("another data folder was taken")
            return
        }
        #expect(reason.contains("only with a restart"), "\(reason)")
        let node = try coalition.node("GBR")
        try await coalition.stopAll()
        // Whoever asks a node that has stopped gets an answer too.
        #expect(await node.reload(cause: "test") == .kept("the node is stopping"))
    }
}
