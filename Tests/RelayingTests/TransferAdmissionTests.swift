import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import Relaying

/// What a node makes of the messages that other nodes bring.
@Suite struct TransferAdmissionTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    /// A chain of links as honest nodes would have made it: each node's own admission is logged.
    private struct Chain {
        var received: ReceivedEnvelope
        var links: [TransferLink] = []
        var peer: String
        var nextHop: SPIFFEID

        var transfer: Transfer { Transfer(links: links, object: .message(received)) }
    }

    private func release(
        _ received: ReceivedEnvelope,
        by node: String = "gbr-1",
        to destination: String,
        nextHop: String? = nil,
        in scene: Scene? = nil,
        at time: Timestamp? = nil,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> Chain {
        let scene = scene ?? self.scene
        var draft = AuditEntryDraft(
            .release,
            .allowed,
            realm: .live,
            peer: scene.directory.id(of: received.header.originator),
            message: received.header.id,
            object: .message,
            digest: received.digest,
            envelope: received.digest,
            destination: try Scene.node(destination),
            nextHop: try Scene.node(nextHop ?? destination)
        )
        try edit(&draft)
        var log = try LogFixture(node, in: scene)
        return Chain(
            received: received,
            links: [try log.link(draft, sequence: 1, at: time)],
            peer: node,
            nextHop: try Scene.node(nextHop ?? destination)
        )
    }

    private func admit(_ chain: Chain, at node: String, in scene: Scene? = nil) throws -> AdmissionVerdict {
        let scene = scene ?? self.scene
        let verified = try chain.transfer.verified(
            at: scene.identity(node),
            from: Scene.node(chain.peer),
            in: scene.directory
        )
        return try scene.view(node)
            .admit(message: chain.received, in: verified, from: scene.peer(chain.peer), at: scene.time)
    }

    @Test func `the destination takes what was released to it, for its own mailboxes only`() throws {
        let received = try scene.message(to: ["DEU/lage", "FRA/cni"])
        let admission = try #require(try admit(release(received, to: "deu-1"), at: "deu-1").admitted)
        #expect(admission.decisions.map(\.recipient.description) == ["DEU/lage"])
        #expect(admission.decisions[0].steps.map(\.action.rawValue) == ["accept", "deliver"])
        #expect(admission.acceptance?.mailboxes.map(\.rawValue) == ["lage"])
        #expect(admission.onward.isEmpty)
        #expect(admission.links.count == 1)
        let entry = try #require(admission.acceptance?.entry)
        #expect(entry.kind == .acceptance)
        #expect(entry.peer == (try Scene.node("gbr-1")))
        #expect(entry.envelope == received.digest)
    }

    @Test func `a hub passes on, with an entry that the next node takes`() throws {
        let received = try scene.message(to: ["DEU/lage"])
        var chain = try release(received, to: "deu-1", nextHop: "fra-hub")
        let admission = try #require(try admit(chain, at: "fra-hub").admitted)
        #expect(admission.acceptance == nil)
        #expect(admission.decisions[0].steps.map(\.action.rawValue) == ["relay"])
        let onward = try #require(admission.onward.first)
        #expect(onward.entry.kind == .relay)
        #expect(onward.entry.peer == (try Scene.node("gbr-1")))
        #expect(onward.destination == (try Scene.node("deu-1")))
        #expect(onward.nextHop == (try Scene.node("deu-1")))
        var log = try LogFixture("fra-hub", in: scene)
        chain.links.append(try log.link(onward.entry))
        chain.peer = "fra-hub"
        let accepted = try #require(try admit(chain, at: "deu-1").admitted)
        #expect(accepted.acceptance?.mailboxes.map(\.rawValue) == ["lage"])
    }

    @Test func `a hub never sends back, and goes by another way where there is one`() throws {
        var scene = scene
        try scene.route("fra-hub", to: "DEU", through: "gbr-1")
        let chain = try release(scene.message(to: ["DEU/lage"]), to: "deu-1", nextHop: "fra-hub")
        expectRefusal("no-route") { try admit(chain, at: "fra-hub", in: scene) }
        try scene.route("fra-hub", to: "DEU", through: "gbr-1", "fra-hub", "jpn-1")
        #expect(try admit(chain, at: "fra-hub", in: scene).admitted?.onward.first?.nextHop.name == "jpn-1")
    }

    @Test func `a hub does not pass on what has come over four nodes`() throws {
        let view = try scene.view("fra-hub")
        let logs = ["a", "b", "c", "d"].map { "\($0).example/node/\($0)" }
        expectRefusal("too-many-hops") { try view.relayHop(to: Scene.node("deu-1"), passed: logs) }
        #expect(throws: Never.self) { try view.relayHop(to: Scene.node("deu-1"), passed: logs.dropLast()) }
    }

    @Test func `only the originator's own node releases`() throws {
        let received = try scene.message(to: ["DEU/lage"])
        for node in ["jpn-1", "fra-hub", "gbr-2"] {
            let chain = try release(received, by: node, to: "deu-1")
            expectRefusal("entry-mismatch") { try admit(chain, at: "deu-1") }
        }
    }

    @Test func `a release to a node that holds no recipient's mailbox is refused`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        expectRefusal("entry-mismatch") { try admit(release(received, to: "deu-1"), at: "deu-1") }
        // Neither does a hub carry it: Japan has no recipient.
        let chain = try release(received, to: "jpn-1", nextHop: "fra-hub")
        expectRefusal("entry-mismatch") { try admit(chain, at: "fra-hub") }
    }

    @Test func `the destination decides by its own policy`() throws {
        let received = try scene.message(to: ["JPN/maritime-ops"])
        let denial = try #require(try admit(release(received, to: "jpn-1"), at: "jpn-1").denied)
        #expect(denial.entry.kind == .denial)
        #expect(denial.entry.reasons == ["no-agreement"])
        #expect(denial.entry.peer == (try Scene.node("gbr-1")))
        let strict = try Scene { $0.replacing("GBR: {kind: nation,", with: "GBR: {kind: nation, suspended: true,") }
        let chain = try release(strict.message(to: ["FRA/cni"]), to: "fra-hub", in: strict)
        #expect(try admit(chain, at: "fra-hub", in: strict).denied?.entry.reasons == ["suspended"])
    }

    @Test func `the hub decides by its own policy, and a suspended hub is noticed behind it`() throws {
        let uncovered = try release(scene.message(to: ["JPN/maritime-ops"]), to: "jpn-1", nextHop: "fra-hub")
        #expect(try admit(uncovered, at: "fra-hub").denied?.entry.reasons == ["no-agreement"])

        let received = try scene.message(to: ["DEU/lage"])
        var chain = try release(received, to: "deu-1", nextHop: "fra-hub")
        let onward = try #require(try admit(chain, at: "fra-hub").admitted?.onward.first)
        var log = try LogFixture("fra-hub", in: scene)
        chain.links.append(try log.link(onward.entry))
        chain.peer = "fra-hub"
        let wary = try Scene { $0.replacing("FRA: {kind: nation,", with: "FRA: {kind: nation, suspended: true,") }
        #expect(try admit(chain, at: "deu-1", in: wary).denied?.entry.reasons == ["suspended"])
    }

    @Test func `what comes from the partner's own node by way of a foreign hub is judged as crossing a border`() throws
    {
        let received = try scene.message(to: ["GBR/rear-desk"])
        let direct = try #require(try admit(release(received, to: "gbr-2"), at: "gbr-2").admitted)
        #expect(direct.decisions[0].steps.map(\.action.rawValue) == ["deliver"])

        var chain = try release(received, to: "gbr-2", nextHop: "fra-hub")
        let onward = try #require(try admit(chain, at: "fra-hub").admitted?.onward.first)
        var log = try LogFixture("fra-hub", in: scene)
        chain.links.append(try log.link(onward.entry))
        chain.peer = "fra-hub"
        let admission = try #require(try admit(chain, at: "gbr-2").admitted)
        #expect(admission.decisions[0].steps.map(\.action.rawValue) == ["accept", "deliver"])
    }

    @Test func `the envelope is verified again at every hop`() throws {
        let received = try scene.message(to: ["DEU/lage"])
        var body = received.envelope.body
        body[body.count - 1] ^= 1
        var chain = try release(received, to: "deu-1")
        chain.received = try ReceivedEnvelope(Envelope(header: received.envelope.header, body: body))
        expectRefusal("body-mismatch") { try admit(chain, at: "deu-1") }
    }

    @Test func `the message that is judged is the one that the links prove`() throws {
        let chain = try release(scene.message(to: ["DEU/lage"]), to: "deu-1")
        let verified = try chain.transfer.verified(
            at: scene.identity("deu-1"),
            from: Scene.node("gbr-1"),
            in: scene.directory
        )
        let other = try scene.message(to: ["DEU/lage"])
        expectRefusal("entry-mismatch") {
            try scene.view("deu-1").admit(message: other, in: verified, from: scene.peer("gbr-1"), at: scene.time)
        }
    }

    @Test func `the time of the release is bounded by the message and by now`() throws {
        let received = try scene.message(to: ["DEU/lage"])
        let skew = ReceivedEnvelope.toleratedSkew
        let expires = received.header.expires
        func admit(at time: Timestamp, now: Timestamp? = nil) throws -> AdmissionVerdict {
            let chain = try release(received, to: "deu-1", at: time)
            let verified = try chain.transfer.verified(
                at: scene.identity("deu-1"),
                from: Scene.node("gbr-1"),
                in: scene.directory
            )
            return try scene.view("deu-1")
                .admit(message: received, in: verified, from: scene.peer("gbr-1"), at: now ?? scene.time)
        }
        let origin = received.header.dateTime
        expectRefusal("entry-mismatch") { try admit(at: origin.adding(seconds: -skew).adding(milliseconds: -1)) }
        expectRefusal("invalid-time") { try admit(at: scene.time.adding(seconds: skew).adding(milliseconds: 1)) }
        let late = expires.adding(milliseconds: 1)
        expectRefusal("entry-mismatch") { try admit(at: late, now: expires.adding(milliseconds: -1)) }
        for time in [origin.adding(seconds: -600), origin, scene.time.adding(seconds: skew)] {
            #expect(try admit(at: time).admitted != nil)
        }
    }
}
