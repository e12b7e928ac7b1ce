import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import TestSupport
import Testing

@testable import Relaying

/// Delivery receipts and reports of non-delivery: GBR/j2-fusion has written to DEU/lage, by way of FRA.
@Suite struct AnswerTests {
    var scene: Scene
    let received: ReceivedEnvelope

    init() throws {
        scene = try Scene()
        try scene.route("gbr-1", to: "DEU", through: "fra-hub")
        try scene.route("deu-1", to: "GBR", through: "fra-hub")
        received = try scene.message(to: ["DEU/lage"])
    }

    /// What each node's log says about the message.
    private func stored(at node: String, in scene: Scene? = nil) throws -> StoredMessage {
        switch node {
        case "gbr-1": try (scene ?? self.scene).stored(received, nextHops: ["deu-1": ["fra-hub"]])
        case "fra-hub": try (scene ?? self.scene).stored(received, nextHops: ["deu-1": ["deu-1"]])
        default: try (scene ?? self.scene).stored(received, isAccepted: true)
        }
    }

    private func post(
        _ receipt: DeliveryReceipt,
        at node: String = "deu-1",
        from caller: String = "DEU/lage",
        for message: StoredMessage? = nil,
        in scene: Scene? = nil
    ) throws -> AnswerAdmission {
        let scene = scene ?? self.scene
        return try scene.view(node).admit(
            receipt: receipt,
            for: message ?? stored(at: node),
            from: scene.mailbox(caller),
            at: scene.time
        ).admission
    }

    /// The object as released by `origin`, and relayed by France where that is the peer, for `node`.
    private func transfer(
        _ object: TransferObject,
        by origin: String,
        through peer: String? = nil,
        to destination: String = "gbr-1",
        at node: String,
        releasedAt time: Timestamp? = nil,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> VerifiedTransfer {
        let arrival = try Scene.node(node)
        var draft = AuditEntryDraft(
            .release,
            .allowed,
            realm: .live,
            message: received.header.id,
            object: object.kind,
            digest: object.digest,
            envelope: received.digest,
            destination: try Scene.node(destination),
            nextHop: try peer.map { try Scene.node($0) } ?? arrival
        )
        try edit(&draft)
        var log = try LogFixture(origin, in: scene)
        var links = [try log.link(draft, sequence: 1, at: time)]
        if let peer {
            draft.kind = .relay
            draft.peer = try Scene.node(origin)
            draft.nextHop = arrival
            var log = try LogFixture(peer, in: scene)
            links.append(try log.link(draft))
        }
        return try Transfer(links: links, object: object)
            .verified(at: scene.identity(node), from: Scene.node(peer ?? origin), in: scene.directory)
    }

    private func admit(
        _ receipt: DeliveryReceipt,
        at node: String,
        by origin: String = "deu-1",
        through peer: String? = nil,
        to destination: String = "gbr-1",
        for message: StoredMessage? = nil,
        in other: Scene? = nil,
        releasedAt time: Timestamp? = nil,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> AnswerAdmission {
        let object = TransferObject.deliveryReceipt(receipt)
        let transfer = try transfer(
            object,
            by: origin,
            through: peer,
            to: destination,
            at: node,
            releasedAt: time,
            edit: edit
        )
        let scene = other ?? self.scene
        return try scene.view(node).admit(
            receipt: receipt,
            for: message ?? stored(at: node),
            in: transfer,
            from: scene.peer(peer ?? origin),
            at: scene.time
        ).admission
    }

    private func report(_ destination: String = "deu-1", reason: String = "denied") throws -> NonDelivery {
        NonDelivery(
            message: received.header.id,
            envelope: received.digest,
            destination: try Scene.node(destination),
            reason: reason,
            time: scene.time
        )
    }

    private func admit(
        _ report: NonDelivery,
        at node: String = "gbr-1",
        by origin: String,
        through peer: String? = nil,
        for message: StoredMessage? = nil,
        now: Timestamp? = nil
    ) throws -> AnswerAdmission {
        let transfer = try transfer(.nonDelivery(report), by: origin, through: peer, at: node)
        return try scene.view(node).admit(
            nonDelivery: report,
            for: message ?? stored(at: node),
            in: transfer,
            from: scene.peer(peer ?? origin),
            at: now ?? scene.time
        ).admission
    }

    // MARK: Receipts by mailboxes

    @Test func `a recipient's receipt is logged and released to the originator's node`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let admission = try post(receipt)
        #expect(admission.entries.map(\.kind) == [.delivery])
        #expect(admission.recipient?.description == "DEU/lage")
        #expect(!admission.hasArrived)
        #expect(admission.message == received.header.id)
        #expect(admission.envelope == received.digest)
        #expect(admission.precedence == received.header.precedence)
        let onward = try #require(admission.onward)
        #expect(onward.destination == (try Scene.node("gbr-1")))
        #expect(onward.nextHop == (try Scene.node("fra-hub")))
        #expect(onward.entry.kind == .release)
        #expect(onward.entry.object == .deliveryReceipt)
        #expect(onward.entry.digest == receipt.digest)
        #expect(onward.entry.envelope == received.digest)
        #expect(onward.entry.message == received.header.id)
    }

    @Test func `a receipt whose originator lives at the same node has arrived`() throws {
        let local = try scene.message(to: ["GBR/maritime-desk"])
        let receipt = try scene.receipt(for: local, by: "GBR/maritime-desk")
        let stored = try scene.stored(local, isAccepted: true)
        let admission = try post(receipt, at: "gbr-1", from: "GBR/maritime-desk", for: stored)
        #expect(admission.entries.map(\.kind) == [.delivery, .receipt])
        #expect(admission.hasArrived)
        #expect(admission.onward == nil)
    }

    @Test func `a receipt is posted by its signer, for a message that lies here, at the signer's node`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        expectRefusal("signer-not-caller", .forbidden) { try post(receipt, from: "JPN/maritime-ops") }
        let absent = try scene.stored(received, nextHops: ["deu-1": ["deu-1"]])
        expectRefusal("unknown-message") { try post(receipt, for: absent) }
        let stranger = try scene.receipt(for: received, by: "DEU/lage", signing: "JPN/maritime-ops")
        expectRefusal("not-a-recipient", .invalid) { try post(stranger, from: "JPN/maritime-ops") }
        let other = try scene.message(to: ["DEU/lage"])
        expectRefusal("invalid-signature", .invalid) { try post(scene.receipt(for: other, by: "DEU/lage")) }

        // A recipient at two nodes' partner posts at the node of the other recipient.
        let both = try scene.message(to: ["GBR/maritime-desk", "GBR/rear-desk"])
        let rear = try scene.receipt(for: both, by: "GBR/rear-desk")
        let stored = try scene.stored(both, nextHops: ["gbr-2": ["gbr-2"]], isAccepted: true)
        expectRefusal("wrong-node", .forbidden) { try post(rear, at: "gbr-1", from: "GBR/rear-desk", for: stored) }
    }

    // MARK: Receipts by nodes

    @Test func `a receipt goes through the hub and arrives at the originator's node`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let relayed = try admit(receipt, at: "fra-hub")
        #expect(relayed.entries.isEmpty)
        #expect(relayed.onward?.entry.kind == .relay)
        #expect(relayed.onward?.entry.peer == (try Scene.node("deu-1")))
        #expect(relayed.onward?.nextHop == (try Scene.node("gbr-1")))
        let arrived = try admit(receipt, at: "gbr-1", through: "fra-hub")
        #expect(arrived.hasArrived)
        #expect(arrived.entries.map(\.kind) == [.receipt])
        #expect(arrived.entries[0].peer == (try Scene.node("fra-hub")))
        #expect(arrived.recipient?.description == "DEU/lage")
        #expect(arrived.onward == nil)
        #expect(arrived.links.count == 2)
    }

    @Test func `a receipt that answers no release of this node is refused`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let unreleased = try scene.stored(received, nextHops: ["fra-hub": ["fra-hub"]])
        expectRefusal("unknown-message") {
            try admit(receipt, at: "gbr-1", through: "fra-hub", for: unreleased)
        }
        let accepted = try scene.stored(received, isAccepted: true)
        expectRefusal("unknown-message") { try admit(receipt, at: "gbr-1", for: accepted) }
    }

    @Test func `a receipt is released by its signer's own node`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        for node in ["jpn-1", "fra-hub"] {
            expectRefusal("entry-mismatch") { try admit(receipt, at: "gbr-1", by: node) }
        }
    }

    @Test func `the release of a receipt names the message, and goes to the originator's node`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let other = try scene.message(to: ["DEU/lage"])
        expectRefusal("entry-mismatch") { try admit(receipt, at: "gbr-1") { $0.message = other.header.id } }
        expectRefusal("entry-mismatch") { try admit(receipt, at: "gbr-1") { $0.envelope = other.digest } }
        expectRefusal("entry-mismatch") { try admit(receipt, at: "fra-hub", to: "jpn-1") }
        // The receipt for another message, under links that name this one.
        expectRefusal("invalid-signature") {
            try admit(scene.receipt(for: other, by: "DEU/lage"), at: "gbr-1", through: "fra-hub")
        }
    }

    @Test func `the receipt that is judged is the one that the links prove`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let again = try scene.receipt(for: received, by: "DEU/lage")
        #expect(again != receipt)
        let transfer = try transfer(.deliveryReceipt(receipt), by: "deu-1", at: "gbr-1")
        expectRefusal("entry-mismatch") {
            try scene.view("gbr-1").admit(
                receipt: again,
                for: stored(at: "gbr-1"),
                in: transfer,
                from: scene.peer("deu-1"),
                at: scene.time
            )
        }
    }

    @Test(arguments: ["GBR", "FRA", "DEU"])
    func `guardrails apply to receipts, at every node, to ends and hub alike`(suspended: String) throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        var strict = try Scene {
            $0.replacing("\(suspended): {kind: nation,", with: "\(suspended): {kind: nation, suspended: true,")
        }
        strict.routes = scene.routes
        let (gbr, fra) = (try Scene.node("gbr-1"), try Scene.node("fra-hub"))
        let lage = try SPIFFEID("spiffe://deu.example/mailbox/lage")
        let attempts: [(peer: SPIFFEID, destination: SPIFFEID?, attempt: () throws -> AnswerAdmission)] = [
            (lage, gbr, { try post(receipt, in: strict) }),
            (try Scene.node("deu-1"), gbr, { try admit(receipt, at: "fra-hub", in: strict) }),
            (fra, nil, { try admit(receipt, at: "gbr-1", through: "fra-hub", in: strict) }),
        ]
        for (peer, destination, attempt) in attempts {
            let denied = #expect(throws: Denied.self) { try attempt() }
            let entry = try #require(denied).entry
            #expect(entry.kind == .denial && entry.outcome == .denied && entry.reasons == ["suspended"])
            #expect(entry.peer == peer && entry.destination == destination)
            #expect(entry.message == received.header.id && entry.envelope == received.digest)
            #expect(entry.object == .deliveryReceipt && entry.digest == receipt.digest)
            #expect(entry.policy == strict.policy.hash)
            #expect(entry.details["recipient"] == "DEU/lage")
            let words = String(decoding: entry.details["explanation"]?.canonicalBytes ?? [], as: UTF8.self)
            #expect(words.contains(suspended) && words.contains("suspended"), "\(words)")
        }
    }

    @Test func `guardrails apply to reports of non-delivery too`() throws {
        var strict = try Scene { $0.replacing("DEU: {kind: nation,", with: "DEU: {kind: nation, suspended: true,") }
        strict.routes = scene.routes
        let verdict = try strict.view("fra-hub").nonDelivery(
            of: stored(at: "fra-hub"),
            to: Scene.node("deu-1"),
            reason: "expired",
            at: scene.time
        )
        let denied = #expect(throws: Denied.self) { try verdict?.admission }
        let entry = try #require(denied).entry
        #expect(entry.kind == .denial && entry.object == .nonDelivery && entry.reasons == ["suspended"])
        #expect(entry.destination == (try Scene.node("gbr-1")))
    }

    @Test func `an answer cannot be released before its message, nor far ahead of now`() throws {
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        let skew = ReceivedEnvelope.toleratedSkew
        func admit(releasedAfter seconds: Int64) throws -> AnswerAdmission {
            try self.admit(receipt, at: "gbr-1", through: "fra-hub", releasedAt: scene.time.adding(seconds: seconds))
        }
        expectRefusal("entry-mismatch") { try admit(releasedAfter: -skew - 1) }
        expectRefusal("invalid-time") { try admit(releasedAfter: skew + 1) }
        for seconds in [-skew, 0, skew] { #expect(try admit(releasedAfter: seconds).hasArrived) }
    }

    @Test func `receipts need no agreement`() throws {
        var lapsed = try Scene {
            $0.replacing("2030-12-31, review: 2030-01-01", with: "2026-06-30, review: 2026-05-01")
        }
        lapsed.routes = scene.routes
        let receipt = try scene.receipt(for: received, by: "DEU/lage")
        #expect(try post(receipt, in: lapsed).onward != nil)
        #expect(try admit(receipt, at: "fra-hub", in: lapsed).onward != nil)
        #expect(try admit(receipt, at: "gbr-1", through: "fra-hub", in: lapsed).hasArrived)
    }

    // MARK: Non-delivery

    @Test func `the hub that has the message, and the destination, may report`() throws {
        let byHub = try admit(report(), by: "fra-hub")
        #expect(byHub.hasArrived)
        #expect(byHub.recipient == nil)
        #expect(byHub.entries.map(\.kind) == [.nonDelivery])
        #expect(byHub.entries[0].reasons == ["denied"])
        #expect(try admit(report(), by: "deu-1").hasArrived)
        #expect(try admit(report(), by: "deu-1", through: "fra-hub").hasArrived)
        #expect(try admit(report(), at: "fra-hub", by: "deu-1").onward?.entry.kind == .relay)
    }

    @Test func `a report against the evidence is refused`() throws {
        let hops: [String: Set<String>] = ["deu-1": ["fra-hub"]]
        let again = try scene.stored(received, nextHops: hops, reported: ["deu-1"])
        expectRefusal("entry-mismatch") { try admit(report(), by: "fra-hub", for: again) }
        let signed = try scene.stored(received, nextHops: hops, receipts: ["DEU/lage"])
        expectRefusal("entry-mismatch") { try admit(report(), by: "fra-hub", for: signed) }
        let other = try scene.stored(received, nextHops: hops, receipts: ["FRA/cni"], reported: ["fra-hub"])
        #expect(try admit(report(), by: "fra-hub", for: other).hasArrived)
        expectRefusal("entry-mismatch") { try admit(report(reason: "expired"), by: "fra-hub") }
        #expect(try admit(report(reason: "expired"), by: "fra-hub", now: received.header.expires).hasArrived)
    }

    @Test func `a stranger's report is refused, whoever it names, at the origin and at the hub`() throws {
        expectRefusal("entry-mismatch") { try admit(report(), by: "jpn-1") }
        expectRefusal("unknown-message") { try admit(report("jpn-1"), by: "jpn-1") }
        expectRefusal("entry-mismatch") { try admit(report(), at: "fra-hub", by: "jpn-1") }
        expectRefusal("unknown-message") { try admit(report(), by: "fra-hub", for: scene.stored(received)) }
    }

    @Test func `a hub reports only what it was handed`() throws {
        let both = try scene.stored(received, nextHops: ["deu-1": ["deu-1"], "jpn-1": ["fra-hub"]])
        expectRefusal("entry-mismatch") { try admit(report("deu-1"), by: "fra-hub", for: both) }
        #expect(try admit(report("jpn-1"), by: "fra-hub", for: both).hasArrived)
    }

    @Test func `a node reports what it cannot deliver, to another node and not to itself`() throws {
        let made = try scene.view("fra-hub").nonDelivery(
            of: stored(at: "fra-hub"),
            to: Scene.node("deu-1"),
            reason: "expired",
            at: scene.time
        )
        let admission = try #require(try made?.admission)
        guard case .nonDelivery(let report) = admission.object else {
            Issue.record("expected a report, got \(admission.object.kind)")
            return
        }
        #expect(report == (try self.report(reason: "expired")))
        #expect(admission.onward?.destination == (try Scene.node("gbr-1")))
        #expect(admission.onward?.entry.digest == .hash(report.canonicalBytes))
        #expect(admission.onward?.entry.reasons == ["expired"])
        let own = try scene.view("gbr-1").nonDelivery(
            of: stored(at: "gbr-1"),
            to: Scene.node("deu-1"),
            reason: "expired",
            at: scene.time
        )
        guard case nil = own else {
            Issue.record("expected no report to itself")
            return
        }
    }
}

/// What a test of an admission gets for a denial.
private struct Denied: Error {
    let entry: AuditEntryDraft
}

extension AnswerVerdict {
    fileprivate var admission: AnswerAdmission {
        get throws {
            switch self {
            case .admitted(let admission): return admission
            case .denied(let denial): throw Denied(entry: denial.entry)
            }
        }
    }
}
