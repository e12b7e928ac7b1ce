import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NIOPosix
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// Nodes that witness each other's logs, over real TLS.
@Suite struct WitnessingTests {
    private func report(_ coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
    }

    @Test(.timeLimit(.minutes(10)))
    func `receipts are provisional first, and witnessed on both sides when two partners have cosigned`() async throws {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA", "UN"])
        try coalition.witness("FRA", by: ["GBR", "UN"])
        try await coalition.start("GBR", "FRA", "UN")
        let link = try #require(try await coalition.submit(report(coalition)).links.first)
        let stable = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA", "UN"])
        let directory = coalition.fixture.directory
        let policy = try directory.witnessPolicy(of: coalition.nodeID("GBR"), quorum: 2)
        #expect(policy.judge(stable.signed, at: .max).isAccepted)
        #expect(stable.witnessed != nil)
        // The proof that an auditor gets holds under the policy, which a stranger to this software can read.
        let proven = try #require(try await coalition.node("GBR").store.link(index: link.entry.index))
        let leaf = MerkleTree.leafHash(proven.entryBytes)
        try proven.proof.verify(leafHash: leaf, policy: WitnessPolicy(parsing: policy.bytes), at: .max)
        #expect(throws: ProofError.self) { try link.proof.verify(leafHash: leaf, policy: policy, at: .max) }
        // What GBR proved to FRA alone is part of what it shows everybody, and the other way round.
        for (holder, log) in [("FRA", "GBR"), ("GBR", "FRA")] {
            let origin = try LogOrigin(try coalition.nodeID(log).logName)
            try await coalition.eventually {
                let waiting = try await coalition.node(holder).store.provisionalReceipts()
                return waiting.contains { $0.origin == origin } ? nil : ()
            }
        }
        let received = try #require(
            try await coalition.node("FRA").store.received(link.proof.signedCheckpoint.checkpoint)
        )
        guard case .witnessed(_, let cosigners) = received.state else {
            Issue.record("\(received.state)")
            return
        }
        #expect(cosigners.count >= 2)
        #expect(try coalition.alarms(of: "GBR").isEmpty && coalition.alarms(of: "FRA").isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `nothing new is given out while nothing happens, and everybody gets the same`() async throws {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("GBR", "FRA")
        let first = try await coalition.cosigned("GBR", index: 0, by: ["FRA"])
        var texts: Set<[UInt8]> = []
        for code in ["FRA", "UN", "DEU"] {
            let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential(code))
            texts.insert(try await client.get("/v1/log/checkpoint").bytes)
            await client.close()
        }
        #expect(texts == [first.signed.bytes])
        try await Task.sleep(for: .seconds(3))
        #expect(try await coalition.node("GBR").store.stableCheckpoint() == first)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a witness that hangs and one that is gone stop nothing, and are alarmed`() async throws {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["UN", "DEU", "FRA"], quorum: 1, patience: 1)
        // UN takes connections and never says a word; nobody is there at DEU.
        let silence = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: coalition.port(of: "UN")).get()
        try await coalition.start("FRA", "GBR")
        let envelope = try report(coalition)
        let link = try #require(try await coalition.submit(envelope).links.first)
        _ = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA"])
        let id = try envelope.id
        try await coalition.eventually { try await coalition.inbox("FRA/cni").contains(id) ? () : nil }
        let late = try await coalition.eventually {
            let alarms = try coalition.node("GBR").description.alarms.filter { $0.code == "witness-late" }
            return alarms.count == 2 ? alarms.compactMap(\.partner?.rawValue).sorted() : nil
        }
        #expect(late == ["DEU", "UN"])
        try await silence.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node restored from an old copy notices at its start, takes on nothing, and is alarmed on both sides`()
        async throws
    {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("FRA", "GBR")
        _ = try await coalition.submit(report(coalition)).links
        try await coalition.stop("GBR")
        try coalition.copyDatabase(of: "GBR", to: "backup")
        try await coalition.start("GBR")
        let link = try #require(try await coalition.submit(report(coalition)).links.first)
        let seen = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA"])
        try await coalition.stop("GBR")
        try coalition.copyDatabase(of: "GBR", to: "backup", restoring: true)
        try await coalition.start("GBR")

        expectProblem(try await coalition.submit(report(coalition)), 503, "log-behind")
        #expect(try coalition.alarms(of: "GBR").contains("log-behind"))
        let own = try #require(try await coalition.node("GBR").store.forks().first)
        #expect(own.fork.second.checkpoint == seen.signed.checkpoint && own.fork.claim == .rollback)
        #expect(try await coalition.entries(of: "GBR", .fork).map(\.reasons) == [["log-behind"]])
        // Nobody has seen a tree with what was appended to the old copy: it would be another history.
        let began = try #require(try await coalition.entries(of: "GBR", .start).last).index
        #expect(own.fork.first.checkpoint.head.size <= began)
        try await Task.sleep(for: .seconds(2))
        #expect(try await coalition.node("GBR").store.stableCheckpoint()?.head == own.fork.first.checkpoint.head)
        // Reading goes on: what is in the mailboxes can be fetched.
        let client = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await client.get("/v1/mailboxes/j2-fusion/messages").status == .ok)
        await client.close()

        let evidence = try await coalition.eventually { try await coalition.node("FRA").store.forks().first }
        #expect(evidence.fork.claim == .rollback && evidence.fork.second.checkpoint == seen.signed.checkpoint)
        try Fork(parsing: evidence.fork.bytes).verify(by: coalition.logSigner(of: "GBR").verifier)
        let entry = try #require(try await coalition.entries(of: "FRA", .fork).first)
        #expect(try entry.reasons == ["log-rolled-back"] && entry.peer == coalition.nodeID("GBR"))
        try await coalition.eventually { try coalition.alarms(of: "FRA").contains("log-rolled-back") ? () : nil }
        // A restart is no way out.
        try await coalition.stop("GBR")
        try await coalition.stop("FRA")
        try await coalition.start("GBR")
        expectProblem(try await coalition.submit(report(coalition)), 503, "log-behind")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node restored from a copy that lacks no entry goes on, though it gave out a checkpoint since`() async throws
    {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("FRA", "GBR")
        let link = try #require(try await coalition.submit(report(coalition)).links.first)
        let seen = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA"])
        try await coalition.stop("GBR")
        // As if it had been copied, and killed, between the last entry and the checkpoint that was given out.
        try coalition.edit(
            "GBR",
            "DROP TRIGGER stable_checkpoints_never_go; DELETE FROM stable_checkpoints WHERE size >= \(seen.head.size); "
                + "CREATE TRIGGER stable_checkpoints_never_go BEFORE DELETE ON stable_checkpoints "
                + "BEGIN SELECT RAISE(ABORT, 'stable checkpoints are never deleted'); END"
        )
        try await coalition.start("GBR")
        let next = try #require(try await coalition.submit(report(coalition)).links.first)
        _ = try await coalition.cosigned("GBR", index: next.entry.index, by: ["FRA"])
        #expect(try coalition.alarms(of: "GBR").isEmpty && coalition.alarms(of: "FRA").isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `while no witness can be reached, an old copy takes on messages with an alarm, and nothing once one answers`()
        async throws
    {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("FRA", "GBR")
        #expect(try !coalition.alarms(of: "GBR").contains("log-unconfirmed"))
        _ = try await coalition.submit(report(coalition)).links
        try await coalition.stop("GBR")
        try coalition.copyDatabase(of: "GBR", to: "backup")
        try await coalition.start("GBR")
        let link = try #require(try await coalition.submit(report(coalition)).links.first)
        _ = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA"])
        try await coalition.stop("GBR")
        try await coalition.stop("FRA")
        try coalition.copyDatabase(of: "GBR", to: "backup", restoring: true)
        try await coalition.start("GBR")

        #expect(try coalition.alarms(of: "GBR").contains("log-unconfirmed"))
        #expect(try await coalition.submit(report(coalition)).links.count == 1)
        try await coalition.start("FRA")
        try await coalition.eventually { try coalition.alarms(of: "GBR").contains("log-behind") ? () : nil }
        #expect(try !coalition.alarms(of: "GBR").contains("log-unconfirmed"))
        expectProblem(try await coalition.submit(report(coalition)), 503, "log-behind")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a log that shows one partner another history is convicted by a leaf, offline and by both its signatures`()
        async throws
    {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["UN"])
        try coalition.editConfiguration(of: "FRA") { $0 + "\nwitnessing: {interval: 1, quorum: 1}\n" }
        try await coalition.start("UN", "GBR", "FRA")
        // Whoever holds GBR's keys hands FRA a message out of a log of his own.
        var rogue = try RogueLog(of: "GBR", in: coalition)
        let envelope = try report(coalition)
        let link = try rogue.release(envelope, to: coalition.nodeID("FRA"))
        let client = try coalition.connect(to: "FRA", with: coalition.nodeCredential("GBR"))
        #expect(try await client.transfer([link], .message, envelope.bytes).status == .created)
        await client.close()
        for _ in 0..<3 { _ = try await coalition.submit(report(coalition)).links }

        let record = try await coalition.eventually { try await coalition.node("FRA").store.forks().first }
        let evidence = try Fork(parsing: record.fork.bytes)
        try evidence.verify(by: coalition.logSigner(of: "GBR").verifier)
        switch evidence.claim {
        case .leaf, .sameSize: break
        case .failedProof, .rollback: Issue.record("expected evidence that convicts by itself, got \(evidence)")
        }
        #expect(evidence.first.checkpoint == link.proof.signedCheckpoint.checkpoint)
        let received = try await coalition.node("FRA").store.received(link.proof.signedCheckpoint.checkpoint)
        #expect(received?.state == .forked)
        try await coalition.eventually { try coalition.alarms(of: "FRA").contains("log-forked") ? () : nil }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a path that shows a fork convicts the log, whoever brings it`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("FRA")
        let signer = try coalition.logSigner(of: "GBR")
        let origin = try LogOrigin(signer.name.rawValue)
        // Another partner's node has both checkpoints from somewhere.
        let client = try coalition.connect(to: "FRA", with: coalition.nodeCredential("UN"))
        func ask(old: UInt64, _ head: TreeHead, _ path: [SHA256Digest]) async throws -> UInt {
            let signed = try SignedCheckpoint(signing: Checkpoint(origin: origin, head: head), by: signer)
            let body = AddCheckpointRequest(oldSize: old, proof: path, signedCheckpoint: signed).bytes
            return UInt(
                try await client.send(
                    WireClientRequest(method: .post, path: "/v1/log/add-checkpoint", body: ByteBuffer(bytes: body))
                ).status.code
            )
        }
        var tree = AppendableTree()
        tree.append((0..<5).map { MerkleTree.leafHash([$0, 1]) })
        #expect(try await ask(old: 0, tree.head, []) == 200)
        // The consistency proof from 5 to 8 leaves of another tree (RFC 6962 section 2.1.2).
        let leaves = (0..<8).map { MerkleTree.leafHash([$0, 2]) }
        let node = MerkleTree.nodeHash
        let (left, right) = (node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3])), node(leaves[6], leaves[7]))
        let root = node(left, node(node(leaves[4], leaves[5]), right))
        let path = [leaves[4], leaves[5], right, left]
        #expect(try await ask(old: 5, TreeHead(size: 8, root: root), path.map { _ in leaves[0] }) == 422)
        #expect(try await coalition.node("FRA").store.forks().isEmpty)
        #expect(try await ask(old: 5, TreeHead(size: 8, root: root), path) == 422)
        let fork = try #require(try await coalition.node("FRA").store.forks().first?.fork)
        #expect(fork.claimName == "failed-proof" && fork.convictsByItself)
        #expect(try await ask(old: 5, tree.head, []) == 403)
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a witness answers as the specification has it, and keeps both notes of a fork`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "FRA") { $0 + "\nwitnessing: {interval: 1, quorum: 1}\n" }
        try await coalition.start("FRA")
        let signer = try coalition.logSigner(of: "GBR")
        let origin = try LogOrigin(signer.name.rawValue)
        let client = try coalition.connect(to: "FRA", with: coalition.nodeCredential("GBR"))
        func tree(_ mark: UInt8) -> AppendableTree {
            var tree = AppendableTree()
            tree.append((0..<5).map { MerkleTree.leafHash([$0, mark]) })
            return tree
        }
        func ask(old: UInt64, _ head: TreeHead, by other: NoteSigner? = nil, of name: LogOrigin? = nil) async throws
            -> WireResponse
        {
            let checkpoint = Checkpoint(origin: name ?? origin, head: head)
            let signed = try SignedCheckpoint(signing: checkpoint, by: other ?? signer)
            let body = AddCheckpointRequest(oldSize: old, proof: [], signedCheckpoint: signed).bytes
            return try await client.send(
                WireClientRequest(method: .post, path: "/v1/log/add-checkpoint", body: ByteBuffer(bytes: body))
            )
        }
        let impostor = try NoteSigner(name: signer.name, key: .generate(.ed25519))
        let stranger = try NoteSigner(name: NoteKeyName("other.example/log"), key: .generate(.ed25519))
        #expect(try await ask(old: 9, tree(1).head).status.code == 400)
        #expect(try await ask(old: 0, tree(1).head, by: impostor).status.code == 403)
        #expect(
            try await ask(old: 0, tree(1).head, by: stranger, of: LogOrigin("other.example/log")).status.code == 404
        )
        // No store can hold these, and the node goes on.
        for size in [Checkpoint.maximumSize + 1, UInt64(Int64.max), 1 << 63, .max] {
            #expect(try await ask(old: 0, TreeHead(size: size, root: .hash([1]))).status.code == 400)
        }
        let cosigned = try await ask(old: 0, tree(1).head)
        #expect(cosigned.status.code == 200)
        let witness = try #require(coalition.fixture.directory.witness(coalition.nodeID("FRA")))
        let signed = try SignedCheckpoint(signing: Checkpoint(origin: origin, head: tree(1).head), by: signer)
        let note = try AddCheckpointResponse(parsing: cosigned.bytes).added(to: signed, by: [witness])
        #expect(try witness.verify(note) > 1_795_000_000)
        let stale = try await ask(old: 0, tree(1).head)
        #expect(stale.status.code == 409 && stale.bytes == Array("5\n".utf8))
        #expect(stale.headers[.contentType] == "text/x.tlog.size")
        #expect(try await ask(old: 5, tree(2).head).status.code == 409)
        let larger = TreeHead(size: 6, root: .hash([1]))
        #expect(try await ask(old: 5, larger).status.code == 422)
        let forks = try await coalition.node("FRA").store.forks().map(\.fork)
        // A proof that leads nowhere shows nothing.
        #expect(forks.map(\.claimName) == ["same-size"])
        for fork in forks {
            #expect(fork.first.checkpoint.head == tree(1).head)
            try Fork(parsing: fork.bytes).verify(by: signer.verifier)
        }
        // The key is convicted: what goes on from what was cosigned is not cosigned either, whatever operators say.
        let forked = ["log-forked"]
        try await coalition.eventually { try coalition.alarms(of: "FRA") == forked ? () : nil }
        for number in [1] as [Int64] {
            #expect(try await ask(old: 5, tree(1).head).status.code == 403)
            let store = try coalition.node("FRA").store
            _ = try await store.acknowledge(fork: number, authority: "a", reason: "r", persons: [])
            let rest = Array(forked.dropFirst(Int(number)))
            try await coalition.eventually { try coalition.alarms(of: "FRA") == rest ? () : nil }
        }
        #expect(try await ask(old: 5, tree(1).head).status.code == 403)
        try await coalition.eventually {
            try await coalition.entries(of: "FRA", .refusal).contains { $0.reasons == ["log-convicted"] } ? () : nil
        }
        // What it has cosigned, it shows to whoever asks.
        let digest = SHA256Digest.hash(Array(origin.rawValue.utf8)).hex
        #expect(try await client.get("/v1/log/witnessed/\(digest)").bytes == signed.bytes)
        expectProblem(try await client.get("/v1/log/witnessed/00"), 404, "no-such-checkpoint")
        await client.close()
        let mailbox = try coalition.connect(as: "FRA/cni")
        expectProblem(try await mailbox.post("/v1/log/add-checkpoint", "text/plain", []), 403, "caller-not-allowed")
        await mailbox.close()
        try await coalition.stopAll()
    }
}
