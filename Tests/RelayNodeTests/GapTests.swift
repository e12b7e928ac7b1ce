import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

@testable import RelayNode

/// What a destination does when numbers of a stream do not come, over real TLS.
@Suite struct GapTests {
    private static let grace: Int64 = 61

    private func seal(in coalition: RunningCoalition, from originator: String = "GBR/j2-fusion", life: Int64 = 3600)
        throws -> Envelope
    {
        try coalition.seal(
            from: originator,
            to: [originator.hasPrefix("GBR") ? "FRA/cni" : "GBR/j2-fusion"],
            marking: originator.hasPrefix("GBR") ? "GBR SECRET//REL TO FRA//INTREP" : "FRA SECRET//REL TO GBR//INTREP",
            life: life
        )
    }

    private func gaps(of code: String, in coalition: RunningCoalition) async throws -> [StreamStatus.Gap] {
        try await coalition.node(code).store.streamStatus().gaps
    }

    /// Lets the grace time pass at a node, and has it look.
    private func look(at code: String, _ clock: ShiftedClock, in coalition: RunningCoalition) async throws {
        clock.shift(seconds: Self.grace)
        await (try coalition.node(code)).streams.look()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a number that is skipped is a gap after the grace time, which ends when it comes`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        var log = try RogueLog(of: "FRA", in: coalition)
        let gbr = try coalition.nodeID("GBR")
        let envelopes = try (0..<3).map { _ in try seal(in: coalition, from: "FRA/cni") }
        let links = try envelopes.map { try log.release($0, to: gbr) }
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        for index in [0, 2] {
            #expect(try await france.transfer([links[index]], envelopes[index].bytes).status == .created)
        }
        await (try coalition.node("GBR")).streams.look()
        #expect(try await coalition.entries(of: "GBR", .gap).isEmpty, "the grace time has not passed")
        #expect(try await gaps(of: "GBR", in: coalition).map(\.numbers) == [2...2])

        try await look(at: "GBR", clock, in: coalition)
        let raised = try #require(try await coalition.entries(of: "GBR", .gap).first)
        #expect(raised.outcome == .failed && raised.reasons == ["missing"])
        #expect(raised.peer == (try coalition.nodeID("FRA")))
        #expect(try await gaps(of: "GBR", in: coalition).map(\.isOpen) == [true])
        let alarms = try coalition.node("GBR").description.alarms
        #expect(alarms.map(\.code) == ["numbers-missing"] && alarms.first?.partner?.rawValue == "FRA", "\(alarms)")
        // The origin does not answer, but that it was asked is in the log.
        #expect(try await coalition.entries(of: "GBR", .gapRequest).map(\.outcome) == [.done])

        #expect(try await france.transfer([links[1]], envelopes[1].bytes).status == .created)
        let ended = try #require(try await coalition.entries(of: "GBR", .gap).last)
        #expect(ended.outcome == .done && ended.reasons == ["arrived"])
        let gap = try #require(try await gaps(of: "GBR", in: coalition).first)
        #expect(!gap.isOpen && gap.opened == raised.index && gap.closed == ended.index && gap.ended == "arrived")

        await (try coalition.node("GBR")).streams.look()
        #expect(try coalition.node("GBR").description.alarms.isEmpty)

        // A resend is answered as the first time, with the acceptance alone.
        let again = try await france.transfer([links[1]], envelopes[1].bytes)
        #expect(again.status == .ok)
        #expect(try again.links.map(\.entry.kind) == [.acceptance])
        await france.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a void reaches the destination with its reason and proof`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR")
        let lost = try seal(in: coalition, life: 1)
        #expect(try await coalition.submit(lost).status == .created)
        _ = try await coalition.eventually {
            try await coalition.node("GBR").forwarders.sweep()
            return try await coalition.entries(of: "GBR", .void).first
        }
        let second = try seal(in: coalition)
        #expect(try await coalition.submit(second).status == .created)
        try await coalition.start("FRA", clock: { clock.now })
        let id = try ReceivedEnvelope(second).header.id
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").contains(id) ? true : nil }

        try await look(at: "FRA", clock, in: coalition)
        let gap = try #require(try await gaps(of: "FRA", in: coalition).first)
        #expect(gap.numbers == 1...1 && gap.ended == "void: expired")
        let (raised, ended) = (gap.opened, gap.closed)
        let entries = try await coalition.entries(of: "FRA", .gap)
        #expect(entries.map(\.index) == [raised, ended] && entries.last?.reasons == ["void", "expired"])
        let details = try #require(try await coalition.node("FRA").store.entry(index: ended ?? 0)?.details)
        let void = try TransferLink(json: try #require(try JSONValue.parseCanonical(details.bytes)["void"]))
        try void.verify(log: coalition.nodeID("GBR"), in: coalition.fixture.directory)
        #expect(void.entry.kind == .void && void.entry.sequence == 1)
        // What the store keeps of it fits the log, and a change to it is found.
        #expect(try await coalition.node("FRA").store.verifyLog().isSound)
        // The question and its answer are entries of the two logs.
        #expect(try await coalition.entries(of: "FRA", .gapRequest).count == 1)
        #expect(try await coalition.entries(of: "GBR", .gapReport).map(\.outcome) == [.done])
        try await coalition.stopAll()
        let edits = [
            "UPDATE inbound_numbers SET number = 3 WHERE number = 2", "UPDATE inbound_numbers SET state = 'refused'",
            "UPDATE inbound_numbers SET entry_index = 0 WHERE number = 2", "UPDATE gaps SET last = 2",
            "UPDATE gaps SET ended = 'arrived'", "UPDATE gaps SET closing_entry = 0",
            "UPDATE gaps SET closing_entry = NULL, ended = NULL",
            "UPDATE gaps SET closing_entry = opening_entry, ended = 'missing'",
            "UPDATE inbound_numbers SET state = 'void', entry_index = (SELECT closing_entry FROM gaps) WHERE number = 2",
            "UPDATE inbound_numbers SET entry_index = (SELECT opening_entry FROM gaps) WHERE state = 'void'",
            "UPDATE inbound_streams SET origin = 'spiffe://jpn.example/node/jpn-1'",
            "UPDATE inbound_numbers SET row = 9007199254740992 WHERE number = 2",
            "UPDATE inbound_numbers SET row = row - 1",
            "DELETE FROM inbound_numbers WHERE row = 1", "UPDATE gaps SET first = last + 1", "UPDATE gaps SET last = 0",
            "INSERT INTO gaps SELECT gap + 9, stream, first, last, noticed, opening_entry, closing_entry, ended, word FROM gaps",
            "INSERT INTO gaps VALUES (99, (SELECT stream FROM inbound_streams), 9, 7, 0, NULL, NULL, NULL, NULL)",
        ]
        for edit in edits {
            let copy = coalition.folder.appendingPathComponent("changed.sqlite").path
            let original = coalition.dataFolder(of: "FRA").appendingPathComponent("entente.sqlite").path
            try Data(contentsOf: URL(filePath: original)).write(to: URL(filePath: copy))
            try coalition.edit(file: copy, edit)
            let report = try LogVerification(origin: nil, verifier: nil).run(path: copy)
            #expect(report.findings.contains { $0.subject == .stream }, "\(edit)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a lost tail shows by the heartbeat, and survives a restart`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", "FRA", clock: { clock.now })
        let first = try seal(in: coalition)
        #expect(try await coalition.submit(first).status == .created)
        let id = try ReceivedEnvelope(first).header.id
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").contains(id) ? true : nil }
        _ = try await coalition.eventually { try await coalition.entries(of: "GBR", .transfer).first }
        try await coalition.stop("FRA")
        #expect(try await coalition.submit(seal(in: coalition)).status == .created)
        try await coalition.stop("GBR")
        // Somebody loses what was to be sent last.
        try coalition.edit("GBR", "DELETE FROM outbox WHERE state = 'queued'")
        try await coalition.start("GBR", "FRA", clock: { clock.now })

        await (try coalition.node("GBR")).streams.beat()
        let status = try await coalition.node("FRA").store.streamStatus()
        #expect(status.streams.map(\.highest) == [2] && status.streams.first?.heartbeat != nil)
        #expect(status.gaps.map(\.numbers) == [2...2] && status.gaps.map(\.isOpen) == [false])
        try await coalition.stop("FRA")
        try await coalition.start("FRA", clock: { clock.now })
        try await look(at: "FRA", clock, in: coalition)
        let gap = try #require(try await gaps(of: "FRA", in: coalition).first)
        #expect(gap.numbers == 2...2 && gap.isOpen && gap.word == "lost")

        // What was said stays said: nothing new is logged while nothing changes.
        await (try coalition.node("GBR")).streams.beat()
        #expect(try await coalition.entries(of: "GBR", .heartbeat).count == 1)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node speaks and looks by itself, at the pace of its configuration`() async throws {
        let coalition = try RunningCoalition()
        for code in ["GBR", "FRA"] {
            try coalition.editConfiguration(of: code) { $0 + "\nstreams: {heartbeat: 1, grace: 1}\n" }
        }
        try await coalition.start("GBR")
        #expect(try await coalition.submit(seal(in: coalition)).status == .created)
        try await coalition.stop("GBR")
        try coalition.edit("GBR", "DELETE FROM outbox WHERE state = 'queued'")
        try await coalition.start("GBR", "FRA")
        let raised = try await coalition.eventually { try await coalition.entries(of: "FRA", .gap).first }
        #expect(raised.reasons == ["missing"])
        _ = try await coalition.eventually { try await gaps(of: "FRA", in: coalition).first { $0.word == "lost" } }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what waits with the origin is no gap as long as its heartbeats say so`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        var log = try RogueLog(of: "FRA", in: coalition)
        let gbr = try coalition.nodeID("GBR")
        let envelopes = try (0..<3).map { _ in try seal(in: coalition, from: "FRA/cni") }
        let links = try envelopes.map { try log.release($0, to: gbr) }
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        #expect(try await france.transfer([links[2]], envelopes[2].bytes).status == .created)
        clock.shift(seconds: Self.grace)
        let heartbeat = try log.signal(.heartbeat(highest: 3, outstanding: NumberRanges([2])), to: gbr)
        #expect(try await france.signal(heartbeat).status == .ok)
        await (try coalition.node("GBR")).streams.look()
        let found = try await gaps(of: "GBR", in: coalition)
        #expect(found.filter(\.isOpen).map(\.numbers) == [1...1], "\(found)")
        #expect(found.filter { !$0.isOpen }.map(\.numbers) == [2...2])
        try await look(at: "GBR", clock, in: coalition)
        #expect(try await gaps(of: "GBR", in: coalition).filter(\.isOpen).map(\.numbers) == [1...1, 2...2])
        await france.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `an origin that contradicts itself is found, with the evidence`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        var log = try RogueLog(of: "FRA", in: coalition)
        let gbr = try coalition.nodeID("GBR")
        let envelopes = try (0..<4).map { _ in try seal(in: coalition, from: "FRA/cni") }
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        // One number twice, for two messages.
        for (envelope, number) in zip(envelopes, [1, 1, 3] as [UInt64]) {
            let link = try log.append(log.draft(.release, envelope, to: gbr), sequence: number)
            #expect(try await france.transfer([link], envelope.bytes).status == .created)
        }
        #expect(try await coalition.entries(of: "GBR", .streamFault).map(\.reasons) == [["number-reused"]])
        // Both messages lie in the mailbox all the same, both are shown to the partner, page by page too, and of each there is
        // the origin's release.
        #expect(try await coalition.inbox("GBR/j2-fusion").count == 3)
        let store = try coalition.node("GBR").store
        let fra = try coalition.nodeID("FRA")
        let shown = try await store.streamLinks(with: fra, after: nil, limit: 10)
        #expect(try shown.map(\.entry.message) == envelopes[..<3].map { try $0.id })
        var paged: [TransferLink] = []
        while let link = try await store.streamLinks(with: fra, after: paged.last?.entry.index, limit: 1).first {
            paged.append(link)
        }
        #expect(paged == shown)
        for (envelope, number) in zip(envelopes, [1, 1, 3] as [UInt64]) {
            let evidence = try #require(try await store.evidence(of: try envelope.id))
            #expect(evidence.otherLogs.map(\.entry.sequence) == [number])
        }

        // A heartbeat that keeps quiet about a release, and one that takes back what was said.
        let hidden = try log.append(log.draft(.release, envelopes[3], to: gbr), sequence: 9)
        let heartbeat = try log.signal(.heartbeat(highest: 5, outstanding: NumberRanges()), to: gbr)
        #expect(try await france.signal(heartbeat).status == .ok)
        #expect(try await france.transfer([hidden], envelopes[3].bytes).status == .created)
        let receded = try log.signal(.heartbeat(highest: 4, outstanding: NumberRanges()), to: gbr)
        #expect(try await france.signal(receded).status == .ok)
        // One that comes late says nothing.
        #expect(try await france.signal(heartbeat).status == .ok)
        let faults = try await coalition.entries(of: "GBR", .streamFault)
        #expect(faults.flatMap(\.reasons) == ["number-reused", "number-hidden", "heartbeat-receded"])
        await france.close()

        // Asked about a number that it skipped, it says that it never released it.
        let scripted = try await ScriptedNode.start(in: "FRA", of: coalition)
        let rogue = log
        scripted.answersSignals { signal in
            guard case .gapRequest(let numbers) = signal.statement.content else { return WireResponse(status: .ok) }
            var log = rogue
            let fates = numbers.numbers.map { NumberFate(number: $0, state: .neverReleased, links: []) }
            let report = try log.signal(.gapReport(fates), to: gbr)
            return WireResponse(status: .ok, contentType: StreamSignal.mediaType, body: report.bytes)
        }
        try await look(at: "GBR", clock, in: coalition)
        let skipped = try await coalition.entries(of: "GBR", .streamFault).last
        #expect(skipped?.reasons == ["number-skipped"])
        let open = try await gaps(of: "GBR", in: coalition).filter(\.isOpen)
        #expect(!open.isEmpty && open.allSatisfy { $0.word == "never-released" }, "\(open)")
        await scripted.stop()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `heartbeats, questions and answers pass a hub, and a hub's own loss closes the number`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", "FRA")
        func seal(life: Int64) throws -> Envelope {
            try coalition.seal(
                from: "GBR/maritime-desk",
                to: ["JPN/maritime-ops"],
                marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP",
                life: life
            )
        }
        #expect(try await coalition.submit(seal(life: 3)).status == .created)
        _ = try await coalition.eventually { try await coalition.entries(of: "FRA", .relay).first }
        // The hub gives up, reports, and the origin closes the number.
        let void = try await coalition.eventually {
            try await coalition.node("FRA").forwarders.sweep()
            return try await coalition.entries(of: "GBR", .void).first
        }
        #expect(void.sequence == 1 && void.reasons == ["expired"])
        #expect(void.destination == (try coalition.nodeID("JPN")))

        try await coalition.start("JPN", clock: { clock.now })
        await (try coalition.node("GBR")).streams.beat()
        let status = try await coalition.node("JPN").store.streamStatus()
        #expect(status.streams.map(\.highest) == [1] && status.gaps.map(\.numbers) == [1...1])
        try await look(at: "JPN", clock, in: coalition)
        let gap = try #require(try await gaps(of: "JPN", in: coalition).first)
        #expect(gap.ended == "void: expired", "\(gap)")
        let passed = try await coalition.entries(of: "FRA", .gapRequest)
        // A slow machine asks once more.
        #expect(Set(passed.map(\.outcome)) == [.allowed])
        #expect(passed.first?.digest == (try await coalition.entries(of: "JPN", .gapRequest).first?.digest))
        #expect(passed.first?.nextHop == (try coalition.nodeID("GBR")))
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `only a destination of something released is answered, and not at any pace`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        var log = try RogueLog(of: "FRA", in: coalition)
        let gbr = try coalition.nodeID("GBR")
        let france = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        let question = try log.signal(.gapRequest(NumberRanges([1, 2])), to: gbr)
        expectProblem(try await france.signal(question), 422, "unknown-stream")
        #expect(try await coalition.submit(seal(in: coalition)).status == .created)
        let answer = try await france.signal(question)
        #expect(answer.status == .ok)
        let report = try StreamSignal(bytes: answer.bytes)
            .verified(
                at: NodeIdentity(partner: PartnerCode("FRA"), id: coalition.nodeID("FRA"), realm: .live),
                in: coalition.fixture.directory
            )
        guard case .gapReport(let fates) = report.statement.content else {
            Issue.record("expected a gap report")
            return
        }
        #expect(fates.map(\.state) == [.outstanding, .neverReleased])
        expectProblem(try await france.signal(question), 503, "busy")
        clock.shift(seconds: 3)
        #expect(try await france.signal(question).status == .ok)
        // A signal is of the node whose log proves it.
        var german = try RogueLog(of: "DEU", in: coalition, signedBy: "FRA")
        let forged = try german.signal(.gapRequest(NumberRanges([1])), to: gbr)
        expectProblem(try await france.signal(forged), 422, "proof-mismatch")
        await france.close()
        try await coalition.stopAll()
    }
}
