import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
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
        #expect(own.links.map(\.entry.kind) == [.acceptance] && own.next == own.last)
        for code in ["DEU", "JPN"] {
            let other = try CustodyPage(json: .parseCanonical(await page(for: code).bytes))
            #expect(other.links.isEmpty && other.next == own.next, "\(code)")
        }
        let behind = try CustodyPage(json: .parseCanonical(await page(for: "GBR", after: "\(own.last)").bytes))
        #expect(behind.links.isEmpty)
        for after in ["-1", "x", "", "99999999999999999999"] {
            expectProblem(try await page(for: "GBR", after: after), 422, "malformed-request", "\(after)")
        }
        let mailbox = try coalition.connect(as: "FRA/cni")
        expectProblem(try await mailbox.get("/v1/custody"), 403, "caller-not-allowed")
        await mailbox.close()
        try await coalition.stopAll()
    }

    /// What a hub could show of the message that it was handed which proves nothing.
    private func falseLinks(of envelope: Envelope, in coalition: RunningCoalition) throws -> [(String, TransferLink)] {
        func link(
            by code: String = "JPN",
            signedBy signer: String? = nil,
            edit: (inout AuditEntryDraft) throws -> Void = { _ in }
        ) throws -> TransferLink {
            var log = try RogueLog(of: code, in: coalition, signedBy: signer)
            return try log.append(try custody(envelope, in: coalition, edit: edit))
        }
        return [
            ("of another object", try link { $0.digest = .hash([1]) }),
            ("of another envelope", try link { $0.envelope = .hash([1]) }),
            ("of another message", try link { $0.message = try MessageID.generate(at: .now()) }),
            ("of a receipt", try link { $0.object = .deliveryReceipt }), ("of no object", try link { $0.object = nil }),
            ("in another realm", try link { $0.realm = try Realm("exercise-1") }),
            ("that is a release", try link { $0.kind = .release }),
            ("that is denied", try link { $0.outcome = .denied }),
            ("from a mailbox", try link { $0.peer = try SPIFFEID("spiffe://jpn.example/mailbox/maritime-ops") }),
            ("to another destination", try link { $0.destination = try coalition.nodeID("DEU") }),
            ("of a hub that says it is the destination", try link(by: "DEU")),
            ("that its log does not sign", try link(signedBy: "DEU")),
        ]
    }

    /// What JPN would log when it takes the message over.
    private func custody(
        _ envelope: Envelope,
        in coalition: RunningCoalition,
        edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> AuditEntryDraft {
        let jpn = try RogueLog(of: "JPN", in: coalition)
        var draft = try jpn.draft(
            .acceptance,
            envelope,
            to: coalition.nodeID("JPN"),
            from: coalition.nodeID("FRA")
        )
        draft.destination = nil
        draft.nextHop = nil
        try edit(&draft)
        return draft
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a hub shows counts only when the other log proves that it is this message`() async throws {
        let coalition = try RunningCoalition()
        let hub = try await ScriptedNode.start(in: "FRA", of: coalition)
        hub.answers { transfer in
            guard case .message(let received) = transfer.object else { throw Unexpected("no message") }
            var log = try RogueLog(of: "FRA", in: coalition)
            var draft = try log.draft(.relay, received.envelope, to: coalition.nodeID("JPN"))
            draft.peer = try coalition.nodeID("GBR")
            let link = try log.append(draft)
            let body = JSONValue.object(["entries": [link.json]]).canonicalBytes
            return WireResponse(status: .created, contentType: "application/json", body: body)
        }
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO DEU, FRA, JPN//MARITIME//SITREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let id = try envelope.id
        let lies = try falseLinks(of: envelope, in: coalition)
        var log = try RogueLog(of: "JPN", in: coalition)
        let truth = try log.append(try custody(envelope, in: coalition))
        // Lies, lies again from the beginning of a log that ends before, and the truth twice among them.
        let pages = [
            CustodyPage(links: lies.map(\.1), next: 7, last: 7), CustodyPage(links: lies.map(\.1), next: 2, last: 2),
            CustodyPage(links: [lies[0].1, truth, truth, lies[1].1], next: 9, last: 9),
        ]
        let asked = hub.answersCustody(with: pages.map(\.json))
        let way = try await way(of: id, in: coalition)
        #expect(way.onwardCustody.map(\.link) == [truth])
        // From behind the entry of custody on, then from where the page ended, and anew behind a log that ended before.
        #expect(asked() == ["0", "7", "0"])
        #expect(try await coalition.entries(of: "GBR", .custody).count == 1)
        try await expectSound("GBR", in: coalition)
        try await coalition.stopAll()
        await hub.stop()
    }
}
