import AccessPolicy
import CanonicalEncoding
import HTTPTypes
import MessageEnvelope
import NodeSupport
import RelayStorage
import RelayTransport
import Relaying
import Testing

@testable import RelayNode

/// Whether what nodes log about their decisions is enough to make each of them again.
@Suite struct RecordedDecisionTests {
    /// The decisions that a node's log records, each compared with what the policy in force says now.
    private func replayed(at code: String, in coalition: RunningCoalition) async throws -> [AuditEntryKind: Int] {
        let node = try coalition.node(code)
        var counts: [AuditEntryKind: Int] = [:]
        let filter = EntryFilter(kinds: RecordedDecisions.kinds, limit: 1000)
        for stored in try await node.store.entries(filter) {
            let details = try #require(stored.details)
            let json = try JSONValue.parseCanonical(details.bytes)
            guard case .decided(let decisions) = try RecordedDecisions(of: stored.entry, details: json) else {
                Issue.record("entry \(stored.index) of \(code), a \(stored.entry.kind), records no decision")
                continue
            }
            #expect(!decisions.isEmpty)
            for decision in decisions {
                let again = decision.decide(by: node.state.view.policy.compiled)
                #expect(again.isAllowed == decision.wasAllowed && again.rules == decision.rules)
                #expect(decision.wasAllowed == (stored.entry.kind != .denial))
                #expect(decision.isOfGuardrailsAlone == (stored.entry.object != .message))
            }
            counts[stored.entry.kind, default: 0] += decisions.count
        }
        return counts
    }

    @Test(.timeLimit(.minutes(10)))
    func `origin, hub and destination record decisions on messages, receipts and reports`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA", "JPN")
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let id = try ReceivedEnvelope(envelope).header.id
        _ = try await coalition.eventually { try await coalition.inbox("JPN/maritime-ops").contains(id) ? true : nil }
        try await coalition.acknowledge(envelope, as: "JPN/maritime-ops")
        _ = try await coalition.eventually { try await coalition.entries(of: "GBR", .receipt).first }

        let marking = "GBR SECRET//EYES ONLY//INTREP"
        let denied = try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: marking)
        #expect(try await coalition.submit(denied).status == .forbidden)

        // What the hub cannot hand over comes back as a report.
        try await coalition.stop("JPN")
        let late = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["JPN/maritime-ops"],
            marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP",
            life: 2
        )
        #expect(try await coalition.submit(late).status == .created)
        _ = try await coalition.eventually {
            try await coalition.node("FRA").forwarders.sweep()
            return try await coalition.entries(of: "GBR", .nonDelivery, .void).first
        }

        let origin = try await replayed(at: "GBR", in: coalition)
        #expect(origin[.release] == 2 && origin[.receipt] == 1 && origin[.denial] == 1, "\(origin)")
        let hub = try await replayed(at: "FRA", in: coalition)
        #expect(hub[.relay, default: 0] >= 2, "\(hub)")
        try await coalition.start("JPN")
        let destination = try await replayed(at: "JPN", in: coalition)
        #expect(destination == [.acceptance: 1, .release: 1], "\(destination)")
        try await coalition.stopAll()
    }
}
