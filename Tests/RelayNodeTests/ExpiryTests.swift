import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

@testable import RelayNode

/// Trust that runs out by time alone, with no file that changes.
@Suite struct ExpiryTests {
    /// What of FRA's runs out within the hour.
    enum Brief: String, CaseIterable, Sendable {
        case certificate = "expired"
        case revocationList = "crl-expired"
        case sheet = "sheet-expired"
    }

    private static let hour: Int64 = 3600

    /// Gives FRA something brief, and says with which certificate its node shows itself.
    private func shorten(_ brief: Brief, in coalition: RunningCoalition) throws -> Credential {
        let partner = try coalition.fixture.partner("FRA")
        let end = Timestamp.now().adding(seconds: Self.hour)
        switch brief {
        case .certificate:
            return try partner.credential(.node, for: .node(try NodeName("fra-hub"))) {
                $0.notAfter = end.secondsSinceEpoch
            }
        case .revocationList:
            let sheet = try coalition.nextSheet(of: "FRA") { draft in
                draft.revocationLists = try partner.authorities.map { authority in
                    try authority.issuer.revocationList(
                        number: 2,
                        thisUpdate: Timestamp.now().secondsSinceEpoch - Self.hour,
                        nextUpdate: end.secondsSinceEpoch,
                        revoked: []
                    )
                }
            }
            try coalition.publish(sheet)
        case .sheet:
            try coalition.publish(try coalition.nextSheet(of: "FRA") { $0.nextUpdate = end })
        }
        return try coalition.nodeCredential("FRA")
    }

    @Test(.timeLimit(.minutes(10)), arguments: Brief.allCases)
    func `an open connection is closed when its trust has run out, and a new one refused`(brief: Brief) async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        let credential = try shorten(brief, in: coalition)
        try await coalition.start("GBR", clock: { clock.now })
        let node = try coalition.node("GBR")
        let partner = try coalition.connect(to: "GBR", with: credential)
        let bystander = try coalition.connect(as: "GBR/j2-fusion")
        for client in [partner, bystander] { #expect(try await client.get("/v1/log/checkpoint").status == .ok) }
        #expect(node.server.connectionCount == 2)
        clock.shift(seconds: 2 * Self.hour)
        _ = try await coalition.eventually(within: 30) { node.server.connectionCount == 1 ? true : nil }
        #expect(try await partner.refusedBy() == (brief == .certificate ? .certificateExpired : .certificateUnknown))
        try await coalition.refusal(brief.rawValue, of: coalition.nodeID("FRA"), at: "GBR")
        try await coalition.refusal(brief.rawValue, of: nil, at: "GBR")
        #expect(try await bystander.get("/v1/log/checkpoint").status == .ok)
        try await coalition.expectNothingStored(at: "GBR")
        for client in [partner, bystander] { await client.close() }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)), arguments: [Brief.revocationList, .sheet])
    func `a connection to a hub is closed when trust in it has run out, and what waits stays`(brief: Brief) async throws
    {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        _ = try shorten(brief, in: coalition)
        try await coalition.start("FRA")
        try await coalition.start("GBR", clock: { clock.now })
        func envelope(to recipient: String, _ marking: String) throws -> Envelope {
            try coalition.seal(from: "GBR/maritime-desk", to: [recipient], marking: marking, life: 86_400)
        }
        #expect(
            try await coalition.submit(envelope(to: "FRA/cni", "GBR SECRET//REL TO FRA//INTREP")).status == .created
        )
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").first }
        let hub = try coalition.node("FRA")
        // The neighbours' greetings are over; what is left is the way that the message came.
        _ = try await coalition.eventually { hub.server.connectionCount == 1 ? true : nil }
        clock.shift(seconds: 2 * Self.hour)
        _ = try await coalition.eventually(within: 30) { hub.server.connectionCount == 0 ? true : nil }

        let held = try envelope(to: "JPN/maritime-ops", "GBR SECRET//REL TO JPN//MARITIME//SITREP")
        #expect(try await coalition.submit(held).status == .created)
        let node = try coalition.node("GBR")
        let link = try await coalition.eventually { node.description.links.first { $0.failures > 0 } }
        #expect(link.nextHop == (try coalition.nodeID("FRA")))
        #expect(link.lastError?.contains(brief.rawValue) == true, "\(link.lastError ?? "none")")
        #expect(try await coalition.traced(try held.id, at: "GBR").transfers.map(\.state) == [.queued])
        #expect(try await coalition.entries(of: "FRA", .relay).isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what ends within a week is an alarm, and then has the code of the refusals`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try coalition.publish(
            try coalition.nextSheet(of: "FRA") { $0.nextUpdate = Timestamp.now().adding(seconds: 10 * 86_400) }
        )
        try await coalition.start("GBR", clock: { clock.now })
        let node = try coalition.node("GBR")
        #expect(node.description.alarms.isEmpty)
        clock.shift(seconds: 4 * 86_400)
        let soon = try #require(node.description.alarms.first)
        #expect(node.description.alarms.count == 1)
        #expect(soon.partner == (try PartnerCode("FRA")) && soon.code == "ends-soon")
        #expect(soon.detail.hasPrefix("version 2 of the sheet is in force until "))
        clock.shift(seconds: 7 * 86_400)
        #expect(node.description.alarms.map(\.code) == ["sheet-expired"])
        clock.shift(seconds: 14 * 86_400)
        let all = Set(node.description.alarms.map { "\($0.partner?.rawValue ?? "-") \($0.code)" })
        #expect(all.isSuperset(of: ["FRA sheet-expired", "GBR ends-soon", "DEU ends-soon"]))
        clock.shift(seconds: 400 * 86_400)
        #expect(node.description.alarms.contains { $0.partner == nil && $0.code == "expired" })
        try await coalition.stopAll()
    }
}
