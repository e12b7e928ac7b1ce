import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import TestSupport
import Testing
import TransparencyLog

@testable import Relaying

/// What a node makes of the links that come with an object: GBR releases to DEU by way of FRA.
@Suite struct VerifiedTransferTests {
    let scene: Scene
    let received: ReceivedEnvelope
    let release: AuditEntryDraft
    let relay: AuditEntryDraft
    private let britain: LogFixture
    private let france: LogFixture

    init() throws {
        var scene = try Scene()
        try scene.route("gbr-1", to: "DEU", through: "fra-hub")
        self.scene = scene
        received = try scene.message(to: ["DEU/lage"])
        let verdict = try scene.view("gbr-1")
            .admit(submission: received, from: scene.mailbox("GBR/j2-fusion"), at: scene.time)
        release = try #require(verdict.admitted?.onward.first?.entry)
        var log = try LogFixture("gbr-1", in: scene)
        britain = log
        france = try LogFixture("fra-hub", in: scene)
        let transfer = Transfer(links: [try log.link(release, sequence: 1)], object: .message(received))
        let verified = try transfer.verified(
            at: scene.identity("fra-hub"),
            from: Scene.node("gbr-1"),
            in: scene.directory
        )
        let relayed = try scene.view("fra-hub")
            .admit(message: received, in: verified, from: scene.peer("gbr-1"), at: scene.time)
        relay = try #require(relayed.admitted?.onward.first?.entry)
    }

    private func releaseLink(
        sequence: UInt64? = 1,
        _ edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> TransferLink {
        var draft = release
        try edit(&draft)
        var log = britain
        return try log.link(draft, sequence: sequence)
    }

    private func relayLink(
        sequence: UInt64? = nil,
        _ edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> TransferLink {
        var draft = relay
        try edit(&draft)
        var log = france
        return try log.link(draft, sequence: sequence)
    }

    private func verify(
        _ links: [TransferLink],
        at node: String = "deu-1",
        from peer: String = "fra-hub",
        object: TransferObject? = nil
    ) throws(TransferError) -> VerifiedTransfer {
        do {
            let transfer = Transfer(links: links, object: object ?? .message(received))
            let identity = try scene.identity(node)
            return try transfer.verified(at: identity, from: Scene.node(peer), in: scene.directory)
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError(.malformedTransfer, "the test is wrong: \(error)")
        }
    }

    @Test func `the honest chain passes at the hub and at the destination`() throws {
        let first = try verify([releaseLink()], at: "fra-hub", from: "gbr-1")
        #expect(first.origin == (try Scene.node("gbr-1")))
        #expect(first.destination == (try Scene.node("deu-1")))
        #expect(first.sequence == 1)
        let second = try verify([releaseLink(), relayLink()])
        #expect(second.origin == (try Scene.node("gbr-1")))
        #expect(second.transfer.links.count == 2)
    }

    @Test(arguments: [0, 1])
    func `every field that says what goes where is compared, proven or not`(position: Int) throws {
        let other = try scene.message(to: ["DEU/lage"])
        let japan = try Scene.node("jpn-1")
        let edits: [(String, (inout AuditEntryDraft) throws -> Void)] = [
            ("kind", { $0.kind = position == 0 ? .relay : .release }),
            ("kind", { $0.kind = .acceptance }),
            ("outcome", { $0.outcome = .denied }),
            ("realm", { $0.realm = .exercise(try ExerciseName("northern-wall")) }),
            ("object", { $0.object = .deliveryReceipt }), ("object", { $0.object = nil }),
            ("digest", { $0.digest = other.digest }), ("digest", { $0.digest = nil }),
            ("envelope", { $0.envelope = other.digest }), ("envelope", { $0.envelope = nil }),
            ("message", { $0.message = other.header.id }), ("message", { $0.message = nil }),
            ("destination", { $0.destination = japan }), ("destination", { $0.destination = nil }),
            ("next hop", { $0.nextHop = japan }), ("next hop", { $0.nextHop = nil }),
            ("peer", { $0.peer = nil }),
            ("peer", { $0.peer = try SPIFFEID("spiffe://gbr.example/mailbox/maritime-desk") }),
            ("reasons", { $0.reasons = ["x"] }),
        ]
        for (name, edit) in edits {
            let links =
                position == 0 ? [try releaseLink(edit), try relayLink()] : [try releaseLink(), try relayLink(edit)]
            expectRefusal(.entryMismatch, "\(name)") { try verify(links) }
        }
    }

    @Test func `the release has a number, the relay has none and names whom it got the object from`() throws {
        expectRefusal(.entryMismatch) { try verify([releaseLink(sequence: nil), relayLink()]) }
        expectRefusal(.entryMismatch) { try verify([releaseLink(sequence: 0), relayLink()]) }
        expectRefusal(.entryMismatch) { try verify([releaseLink(), relayLink(sequence: 1)]) }
        for peer in [nil, try Scene.node("jpn-1"), try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")] {
            expectRefusal(.entryMismatch) { try verify([releaseLink(), relayLink { $0.peer = peer }]) }
        }
    }

    @Test func `a field that is not compared cannot be changed behind the log's back either`() throws {
        let links = [try releaseLink(), try relayLink()]
        for position in links.indices {
            let entry = links[position].entry
            var drafts: [(AuditEntryDraft, UInt64?)] = []
            func change(_ sequence: UInt64? = nil, _ edit: (inout AuditEntryDraft) -> Void) {
                var draft = position == 0 ? release : relay
                edit(&draft)
                drafts.append((draft, sequence ?? entry.sequence))
            }
            change { $0.policy = .hash([]) }
            change { $0.directory = nil }
            change { $0.details = ["decisions": []] }
            if position == 0 { change(2) { _ in } }
            for (draft, sequence) in drafts {
                var log = position == 0 ? britain : france
                let bytes = try log.link(draft, sequence: sequence).entryBytes
                #expect(bytes != links[position].entryBytes)
                var changed = links
                changed[position] = try TransferLink(entryBytes: bytes, proof: links[position].proof)
                expectRefusal(.proofMismatch) { try verify(changed) }
            }
        }
    }

    @Test func `a proof of another entry, of another place or of another log is refused`() throws {
        let honest = try releaseLink()
        let last = try relayLink()
        var log = britain
        _ = try log.link(release, sequence: 1)
        let elsewhere = try log.proof(of: 2)
        expectRefusal(.proofMismatch) {
            try verify([TransferLink(entryBytes: honest.entryBytes, proof: elsewhere), last])
        }
        // An entry that says it stands where something else stands.
        var other = britain
        let displaced = try other.link(release, sequence: 1, index: 2)
        expectRefusal(.proofMismatch) { try verify([displaced, last]) }
        expectRefusal(.proofMismatch) {
            try verify([TransferLink(entryBytes: displaced.entryBytes, proof: elsewhere), last])
        }
        // Britain's entry in France's log.
        var foreign = france
        let smuggled = try foreign.link(release, sequence: 1, log: britain.origin)
        expectRefusal(.proofMismatch) { try verify([smuggled, last]) }
    }

    @Test func `a checkpoint that another key has signed is refused`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let impostor = try NoteSigner(name: NoteKeyName(britain.origin.rawValue), key: key)
        var log = britain
        let honest = try log.link(release, sequence: 1)
        let proof = try log.proof(of: honest.entry.index, by: impostor)
        expectRefusal(.proofMismatch) {
            try verify([TransferLink(entryBytes: honest.entryBytes, proof: proof), relayLink()])
        }
    }

    @Test func `the log of a node that no sheet lists is refused`() throws {
        var log = britain
        let unknown = try log.link(release, sequence: 1, log: LogOrigin("gbr.example/node/gbr-9"))
        expectRefusal(.entryMismatch) { try verify([unknown, relayLink()]) }
    }

    @Test func `the last link is by the node that sends`() throws {
        expectRefusal(.entryMismatch) { try verify([releaseLink(), relayLink()], from: "gbr-1") }
        expectRefusal(.entryMismatch) { try verify([releaseLink(), relayLink()], from: "jpn-1") }
        // The release alone, brought by the hub, to the hub's next hop.
        expectRefusal(.entryMismatch) { try verify([releaseLink()], from: "fra-hub") }
        expectRefusal(.entryMismatch) { try verify([releaseLink()], from: "gbr-1") }
    }

    @Test func `links in another order, or without the release, are refused`() throws {
        expectRefusal(.entryMismatch) { try verify([relayLink(), releaseLink()], from: "gbr-1") }
        expectRefusal(.entryMismatch) { try verify([relayLink()]) }
    }

    @Test func `an object that has passed a node before is a loop`() throws {
        let japan = try Scene.node("jpn-1")
        let back = try releaseLink { $0.nextHop = try Scene.node("gbr-1") }
        expectRefusal(.loop) { try verify([back, releaseLink(), relayLink()]) }
        expectRefusal(.loop) { try verify([releaseLink(), relayLink()], at: "gbr-1") }
        expectRefusal(.loop) { try verify([releaseLink(), relayLink()], at: "fra-hub") }
        expectRefusal(.loop) { try verify([releaseLink { $0.destination = try Scene.node("gbr-1") }, relayLink()]) }
        var log = try LogFixture("jpn-1", in: scene)
        var draft = relay
        draft.peer = try Scene.node("fra-hub")
        draft.nextHop = try Scene.node("fra-hub")
        let third = try log.link(draft)
        let second = try relayLink { $0.nextHop = japan }
        expectRefusal(.loop) { try verify([releaseLink(), second, third, relayLink()]) }
    }

    @Test func `the links of one object do not carry another`() throws {
        let other = try scene.message(to: ["DEU/lage"])
        let links = [try releaseLink(), try relayLink()]
        expectRefusal(.entryMismatch) { try verify(links, object: .message(other)) }
        let report = NonDelivery(
            message: received.header.id,
            envelope: received.digest,
            destination: try Scene.node("deu-1"),
            reason: "expired",
            time: scene.time
        )
        expectRefusal(.entryMismatch) { try verify(links, object: .nonDelivery(report)) }
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        expectRefusal(.entryMismatch) { try verify(links, object: .deliveryReceipt(receipt)) }
    }
}
