import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import TestSupport
import Testing
import TransparencyLog

/// A node learns which nodes behind a hub have its message, by their own logs.
@Suite struct OnwardCustodyTests {
    private func submit(to recipients: [String] = ["JPN/maritime-ops"], in coalition: RunningCoalition) async throws
        -> MessageID
    {
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: recipients,
            marking: "GBR SECRET//REL TO DEU, FRA, JPN//MARITIME//SITREP"
        )
        let response = try await coalition.submit(envelope)
        try #require(response.status == .created, "\(String(buffer: response.body))")
        return try envelope.id
    }

    /// The message's way to JPN, once so many nodes behind the next hop have shown that they have it.
    private func way(
        of id: MessageID,
        at code: String = "GBR",
        holders count: Int = 1,
        in coalition: RunningCoalition
    ) async throws -> TracedTransfer {
        try await coalition.eventually {
            let transfers = try await coalition.traced(id, at: code).transfers
            return transfers.first { $0.item.object == .message && $0.onwardCustody.count >= count }
        }
    }

    private func expectSound(_ codes: String..., in coalition: RunningCoalition) async throws {
        for code in codes {
            let report = try await coalition.node(code).store.verifyLog()
            #expect(report.findings.isEmpty, "\(code): \(report.findings)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `behind a hub, the originator's node gets the destination's own entry, once`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let id = try await submit(in: coalition)
        let way = try await way(of: id, in: coalition)
        let acceptance = try #require(try await coalition.entries(of: "JPN", .acceptance).last)
        #expect(way.custody?.link.entry.kind == .relay)
        #expect(way.onwardCustody.map(\.link.entry) == [acceptance])
        try way.onwardCustody[0].link.verify(log: coalition.nodeID("JPN"), in: coalition.fixture.directory)
        let own = try #require(try await coalition.entries(of: "GBR", .custody).last)
        #expect(own.peer == (try coalition.nodeID("JPN")))
        #expect(own.nextHop == (try coalition.nodeID("FRA")))
        #expect(own.message == id && own.digest == acceptance.digest && own.envelope == acceptance.envelope)
        let evidence = try #require(try await coalition.node("GBR").store.evidence(of: id))
        #expect(evidence.otherLogs.contains(way.onwardCustody[0].link))
        // The hub's next hop is the destination itself: nobody is behind it.
        #expect(try await coalition.traced(id, at: "FRA").transfers.first?.onwardCustody == [])
        #expect(try await coalition.entries(of: "FRA", .custody).isEmpty)
        // Asked again, the hub says what came since.
        let second = try await submit(in: coalition)
        _ = try await self.way(of: second, in: coalition)
        #expect(try await coalition.entries(of: "GBR", .custody).map(\.message) == [id, second])
        try await expectSound("GBR", "FRA", "JPN", in: coalition)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `behind two hubs, each node gets the entries of all behind its next hop`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "FRA") { $0 + "\nroutes: {JPN: DEU/deu-1}\n" }
        try await coalition.start("GBR", "FRA", "DEU", "JPN")
        let id = try await submit(in: coalition)
        let way = try await way(of: id, holders: 2, in: coalition)
        #expect(way.custody?.link.entry.log.rawValue == "fra.example/node/fra-hub")
        #expect(
            way.onwardCustody.map(\.link.entry.log.rawValue) == ["deu.example/node/deu-1", "jpn.example/node/jpn-1"]
        )
        #expect(way.onwardCustody.map(\.link.entry.kind) == [.relay, .acceptance])
        let hub = try await self.way(of: id, at: "FRA", in: coalition)
        #expect(hub.onwardCustody.map(\.link) == way.onwardCustody.suffix(1).map(\.link))
        try await expectSound("GBR", "FRA", "DEU", "JPN", in: coalition)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the destination takes on much later is learned all the same, also by a node that was restarted`()
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let id = try await submit(in: coalition)
        _ = try await coalition.eventually {
            try await coalition.traced(id, at: "GBR").transfers.first?.state == .transferred ? true : nil
        }
        try await coalition.stop("GBR")
        try await coalition.start("JPN")
        try await coalition.start("GBR")
        let way = try await way(of: id, in: coalition)
        #expect(way.onwardCustody.map(\.link.entry.kind) == [.acceptance])
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        let second = try await submit(in: coalition)
        _ = try await self.way(of: second, in: coalition)
        #expect(try await coalition.entries(of: "GBR", .custody).map(\.message) == [id, second])
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a hub tells nobody of what another node brought, and says what is wrong with a question`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let id = try await submit(in: coalition)
        _ = try await way(of: id, in: coalition)
        func page(for code: String, after: String = "0") async throws -> WireResponse {
            let client = try coalition.connect(to: "FRA", with: coalition.nodeCredential(code))
            let response = try await client.get("/v1/custody?after=\(after)")
            await client.close()
            return response
        }
        let own = try CustodyPage(json: .parseCanonical(await page(for: "GBR").bytes))
        #expect(own.custody.map(\.link.entry.kind) == [.acceptance] && own.next == own.last)
        for code in ["DEU", "JPN"] {
            let other = try CustodyPage(json: .parseCanonical(await page(for: code).bytes))
            #expect(other.custody.isEmpty && other.next == own.next, "\(code)")
        }
        let behind = try CustodyPage(json: .parseCanonical(await page(for: "GBR", after: "\(own.last)").bytes))
        #expect(behind.custody.isEmpty)
        for after in ["-1", "x", "", "99999999999999999999"] {
            expectProblem(try await page(for: "GBR", after: after), 422, "malformed-request", "\(after)")
        }
        let mailbox = try coalition.connect(as: "FRA/cni")
        expectProblem(try await mailbox.get("/v1/custody"), 403, "caller-not-allowed")
        await mailbox.close()
        try await coalition.stopAll()
    }

    /// What JPN would log when it takes the message over.
    private func custody(
        _ envelope: Envelope,
        by code: String = "JPN",
        signedBy signer: String? = nil,
        at index: UInt64? = nil,
        in coalition: RunningCoalition,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> TransferLink {
        var log = try RogueLog(of: code, in: coalition, signedBy: signer)
        var draft = try log.draft(.acceptance, envelope, to: coalition.nodeID("JPN"), from: coalition.nodeID("FRA"))
        draft.destination = nil
        draft.nextHop = nil
        try edit(&draft)
        return try log.append(draft, index: index)
    }

    private func relay(_ envelope: Envelope, in coalition: RunningCoalition) throws -> TransferLink {
        try custody(envelope, by: "FRA", in: coalition) { draft in
            draft.kind = .relay
            draft.peer = try coalition.nodeID("GBR")
            draft.destination = try coalition.nodeID("JPN")
        }
    }

    private func seal(in coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO DEU, FRA, JPN//MARITIME//SITREP"
        )
    }

    @Test func `custody counts only when another log proves that it is of this message`() throws {
        let coalition = try RunningCoalition()
        let envelope = try seal(in: coalition)
        let jpn = try coalition.nodeID("JPN")
        var log = try RogueLog(of: "GBR", in: coalition)
        let release = try log.release(envelope, to: jpn, through: coalition.nodeID("FRA"))
        let relay = try relay(envelope, in: coalition)
        var message = HandedOver(row: 1, sent: release.entry, links: [relay])
        func link(
            by code: String = "JPN",
            signedBy signer: String? = nil,
            at index: UInt64? = nil,
            edit: @escaping (inout AuditEntryDraft) throws -> Void = { _ in }
        ) throws -> TransferLink {
            try custody(envelope, by: code, signedBy: signer, at: index, in: coalition, edit: edit)
        }
        let other = try MessageID.generate(at: .now())
        let lies: [(String, TransferError.Code, TransferLink)] = [
            ("of another object", .entryMismatch, try link { $0.digest = .hash([1]) }),
            ("of another envelope", .entryMismatch, try link { $0.envelope = .hash([1]) }),
            ("of another message", .entryMismatch, try link { $0.message = other }),
            ("of a receipt", .entryMismatch, try link { $0.object = .deliveryReceipt }),
            ("of no object", .entryMismatch, try link { $0.object = nil }),
            ("in another realm", .entryMismatch, try link { $0.realm = try Realm("exercise-1") }),
            ("that is a release", .entryMismatch, try link { $0.kind = .release }),
            ("that is denied", .entryMismatch, try link { $0.outcome = .denied }),
            (
                "from a mailbox", .entryMismatch,
                try link { $0.peer = try SPIFFEID("spiffe://jpn.example/mailbox/maritime-ops") }
            ),
            ("of a node that is not the destination", .entryMismatch, try link(by: "DEU")),
            ("that its log does not sign", .proofMismatch, try link(signedBy: "DEU")),
            ("at another place", .proofMismatch, try link(at: 7)),
        ]
        let directory = coalition.fixture.directory
        for (what, code, link) in lies {
            do throws(TransferError) {
                _ = try message.take(link, in: directory)
                Issue.record("\(what) was taken")
            } catch {
                #expect(error.code == code, "\(what): \(error)")
            }
        }
        // What the hub has shown before, or had from this node, is nothing new.
        #expect(try !message.take(relay, in: directory))
        #expect(try !message.take(release, in: directory))
        #expect(try message.take(link(), in: directory))
        #expect(try !message.take(link(), in: directory))
    }

    /// A hub that takes everything over, and has an entry with the index of its place for each object.
    private func hub(in coalition: RunningCoalition) async throws -> ScriptedNode {
        let hub = try await ScriptedNode.start(in: "FRA", of: coalition)
        hub.answers { transfer in
            guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
            let link = try relay(received.envelope, in: coalition)
            let body = JSONValue.object(["entries": [link.json]]).canonicalBytes
            return WireResponse(status: .created, contentType: "application/json", body: body)
        }
        return hub
    }

    private func page(_ links: [(UInt64, TransferLink)], next: UInt64) -> JSONValue {
        let items = links.map { CustodyPage.Item(index: $0.0, link: $0.1) }
        return CustodyPage(custody: items, next: next, last: next).json
    }

    @Test(.timeLimit(.minutes(10)))
    func `a lie ends the question, what cannot be proven is passed over, and a log that ends before is read anew`()
        async throws
    {
        let coalition = try RunningCoalition()
        let hub = try await hub(in: coalition)
        try await coalition.start("GBR")
        let node = try coalition.node("GBR")
        let envelope = try seal(in: coalition)
        let id = try envelope.id
        let unproven = try custody(envelope, signedBy: "DEU", in: coalition)
        let lie = try custody(envelope, in: coalition) { $0.digest = .hash([1]) }
        let foreign = try custody(try seal(in: coalition), in: coalition)
        let truth = try custody(envelope, in: coalition)
        let asked = hub.answersCustody(with: [
            page([(3, unproven), (5, foreign)], next: 7), page([], next: 2),
            page([(1, unproven), (4, lie), (5, truth)], next: 9),
        ])
        #expect(try await coalition.submit(envelope).status == .created)
        // As long as it says so.
        let alarm = try await coalition.eventually { node.description.alarms.first { $0.code == "custody-mismatch" } }
        #expect(alarm.partner?.rawValue == "FRA" && alarm.detail.contains("fra-hub"), "\(alarm)")
        _ = hub.answersCustody(with: [page([(5, truth), (6, truth)], next: 9)])
        let way = try await way(of: id, in: coalition)
        #expect(way.onwardCustody.map(\.link) == [truth])
        #expect(asked().prefix(4) == ["0", "7", "0", "1"])
        _ = try await coalition.eventually {
            node.description.alarms.contains { $0.code == "custody-mismatch" } ? nil : ()
        }
        #expect(try await coalition.entries(of: "GBR", .custody).count == 1)
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a message that a hub has taken over and this node has given up is followed all the same`() async throws {
        let coalition = try RunningCoalition()
        let hub = try await ScriptedNode.start(in: "FRA", of: coalition)
        hub.answers { _ in WireResponse(status: .serviceUnavailable) }
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO DEU, FRA, JPN//MARITIME//SITREP",
            life: 3
        )
        #expect(try await coalition.submit(envelope).status == .created)
        _ = hub.answersCustody(with: [page([(5, try custody(envelope, in: coalition))], next: 9)])
        let way = try await way(of: envelope.id, in: coalition)
        #expect(way.state == .void && way.custody == nil)
        #expect(way.onwardCustody.map(\.link.entry.kind) == [.acceptance])
        #expect(try await coalition.entries(of: "GBR", .void, .custody).map(\.kind) == [.void, .custody])
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a question that ends at its sixteenth page goes on soon`() async throws {
        let coalition = try RunningCoalition()
        let hub = try await hub(in: coalition)
        try await coalition.start("GBR")
        let envelope = try seal(in: coalition)
        // With ever longer pauses between the questions this would take two minutes.
        var pages = (1...96).map { CustodyPage(custody: [], next: $0, last: 200).json }
        pages.append(page([(150, try custody(envelope, in: coalition))], next: 200))
        let asked = hub.answersCustody(with: pages)
        #expect(try await coalition.submit(envelope).status == .created)
        _ = try await way(of: envelope.id, in: coalition)
        #expect(asked().prefix(97) == (0...96).map { "\($0)" }[...])
        try await coalition.stopAll()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a hub that does not answer holds up no other`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "GBR") {
            $0.replacing("routes: {JPN: FRA/fra-hub}", with: "routes: {JPN: FRA/fra-hub, FRA: DEU/deu-1}")
        }
        let hub = try await hub(in: coalition)
        let slow = try await ScriptedNode.start(in: "DEU", of: coalition)
        slow.answers { transfer in
            guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
            let link = try custody(received.envelope, by: "DEU", in: coalition) { draft in
                draft.kind = .relay
                draft.peer = try coalition.nodeID("GBR")
                draft.destination = try coalition.nodeID("FRA")
            }
            let body = JSONValue.object(["entries": [link.json]]).canonicalBytes
            return WireResponse(status: .created, contentType: "application/json", body: body)
        }
        let asked = slow.answersCustody(with: [page([], next: 1)], after: .seconds(600))
        try await coalition.start("GBR")
        let first = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO DEU, FRA, JPN//MARITIME//SITREP"
        )
        #expect(try await coalition.submit(first).status == .created)
        _ = try await coalition.eventually { asked().isEmpty ? nil : () }
        let second = try seal(in: coalition)
        _ = hub.answersCustody(with: [page([(5, try custody(second, in: coalition))], next: 9)])
        #expect(try await coalition.submit(second).status == .created)
        _ = try await way(of: second.id, in: coalition)
        #expect(asked().count == 1)
        try await coalition.stopAll()
        await slow.stop()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a hub says of a message before its answer to the transfer has come waits for that`() async throws {
        let coalition = try RunningCoalition()
        let hub = try await hub(in: coalition)
        let held = try seal(in: coalition)
        let isHeld = Mutex(true)
        hub.answers { transfer in
            guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
            if received.envelope == held, isHeld.withLock({ $0 }) { return WireResponse(status: .serviceUnavailable) }
            let link = try relay(received.envelope, in: coalition)
            let body = JSONValue.object(["entries": [link.json]]).canonicalBytes
            return WireResponse(status: .created, contentType: "application/json", body: body)
        }
        try await coalition.start("GBR")
        let first = try seal(in: coalition)
        let word = page(
            [(3, try custody(held, in: coalition)), (5, try custody(first, in: coalition))],
            next: 9
        )
        // It is not on the way yet for this node, and what comes behind it is taken all the same.
        #expect(try await coalition.submit(held).status == .created)
        let asked = hub.answersCustody(with: [word])
        #expect(try await coalition.submit(first).status == .created)
        _ = try await way(of: try first.id, in: coalition)
        _ = try await coalition.eventually { asked().count >= 2 ? () : nil }
        #expect(asked().prefix(2) == ["0", "0"])
        #expect(try await coalition.entries(of: "GBR", .custody).count == 1)
        isHeld.withLock { $0 = false }
        _ = try await way(of: try held.id, in: coalition)
        #expect(try await coalition.entries(of: "GBR", .custody).count == 2)
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what no sheet of the time proves is read again when there is another directory`() async throws {
        let coalition = try RunningCoalition()
        let hub = try await hub(in: coalition)
        try await coalition.start("GBR")
        let envelope = try seal(in: coalition)
        let unproven = try custody(envelope, signedBy: "DEU", in: coalition)
        let truth = try custody(envelope, in: coalition)
        let asked = hub.answersCustody(with: [page([(3, unproven)], next: 7), page([], next: 7)])
        #expect(try await coalition.submit(envelope).status == .created)
        _ = try await coalition.eventually { asked().count >= 2 ? () : nil }
        #expect(asked().prefix(2) == ["0", "7"])
        try await coalition.stop("GBR")
        try coalition.publish(try coalition.nextSheet(of: "UN"))
        try await coalition.start("GBR")
        _ = hub.answersCustody(with: [page([(3, truth)], next: 9)])
        let way = try await way(of: envelope.id, in: coalition)
        #expect(way.onwardCustody.map(\.link) == [truth])
        #expect(asked().dropFirst().contains("0"))
        try await coalition.stopAll()
        await hub.stop()
    }

    private func stored(_ column: String, of table: String, at code: String, in coalition: RunningCoalition) throws
        -> TransferLink
    {
        let queue = try DatabaseQueue(
            path: coalition.dataFolder(of: code).appendingPathComponent("entente.sqlite").path
        )
        let bytes = try queue.read {
            try Data.fetchOne($0, sql: "SELECT \(column) FROM \(table) WHERE \(column) > x''")
        }
        try queue.close()
        return try TransferLink(json: .parseCanonical(Array(try #require(bytes))))
    }

    @Test(.timeLimit(.minutes(10)))
    func `other logs' entries are proven again when the details that name them are erased`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let id = try await submit(in: coalition)
        _ = try await way(of: id, in: coalition)
        let node = try coalition.node("GBR")
        let indices = try await coalition.entries(of: "GBR", .transfer, .custody).map(\.index)
        _ = try await node.store.erase(
            ErasureOrder(.entries(IndexRanges(indices)), authority: "a court", reason: "a test")
        )
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
        for (table, column, node) in [("outbox", "custody", "FRA"), ("onward_custody", "link", "JPN")] {
            let link = try stored(column, of: table, at: "GBR", in: coalition)
            let proof = String(decoding: link.proof.bytes, as: UTF8.self)
            var later = link.entry.json.objectValue ?? [:]
            later["time"] = .string(Timestamp.now().adding(seconds: 60).rfc3339)
            var log = try RogueLog(of: node, in: coalition, signedBy: "DEU")
            for _ in 0..<link.entry.index { _ = try log.append(AuditEntryDraft(.start, .done, realm: .live)) }
            var draft = AuditEntryDraft(link.entry.kind, link.entry.outcome, realm: .live, peer: link.entry.peer)
            (draft.message, draft.object) = (link.entry.message, link.entry.object)
            (draft.digest, draft.envelope) = (link.entry.digest, link.entry.envelope)
            draft.destination = link.entry.destination
            var forged: [(String, JSONValue)] = [
                (
                    "another time",
                    ["entry": .string(Base64.encode(JSONValue.object(later).canonicalBytes)), "proof": .string(proof)]
                ),
                ("a tree of its own", try log.append(draft).json),
                ("another message", try RogueLog(of: node, in: coalition).unrelated().json),
            ]
            if table == "outbox" {
                // The next hop's true word, about what somebody else had brought.
                var honest = try RogueLog(of: node, in: coalition)
                draft.peer = try coalition.nodeID("DEU")
                forged.append(("another bringer", try honest.append(draft).json))
            }
            for (what, json) in forged {
                try coalition.tamper("GBR", "UPDATE \(table) SET \(column) = x'\(Hex.encode(json.canonicalBytes))'")
                try await coalition.start("GBR")
                let findings = try await coalition.node("GBR").store.verifyLog().findings
                #expect(findings.contains { $0.detail.contains("column `\(column)`") }, "\(what): \(findings)")
                try await coalition.stopAll()
            }
            let back = Hex.encode(link.json.canonicalBytes)
            try coalition.tamper("GBR", "UPDATE \(table) SET \(column) = x'\(back)'")
        }
        try await coalition.start("GBR")
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what came with a relayed message is proven again when the details that name it are erased`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let id = try await submit(in: coalition)
        _ = try await way(of: id, in: coalition)
        let acceptance = try await coalition.traced(id, at: "GBR").transfers.flatMap(\.onwardCustody).map(\.link)
        let relays = try await coalition.entries(of: "FRA", .relay).map(\.index)
        _ = try await coalition.node("FRA").store.erase(
            ErasureOrder(.entries(IndexRanges(relays)), authority: "a court", reason: "a test")
        )
        try await expectSound("FRA", in: coalition)
        try await coalition.stopAll()
        for links in [[], acceptance, acceptance + acceptance] {
            let json = JSONValue.array(links.map(\.json)).canonicalBytes
            try coalition.tamper("FRA", "UPDATE outbox SET links = x'\(Hex.encode(json))'")
            try await coalition.start("FRA")
            let findings = try await coalition.node("FRA").store.verifyLog().findings
            #expect(findings.contains { $0.detail.contains("column `links`") }, "\(links.count): \(findings)")
            try await coalition.stopAll()
        }
    }
}

extension RogueLog {
    /// An entry that speaks of no object.
    fileprivate func unrelated() throws -> TransferLink {
        var log = self
        return try log.append(AuditEntryDraft(.start, .done, realm: .live))
    }
}
