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
import SecurityLabels
import TestSupport
import Testing

/// Store and forward: what waits, what overtakes, what comes back, and what survives.
@Suite struct ForwardingTests {
    private static let marking = "GBR SECRET//REL TO FRA, DEU//INTREP"
    private static let maritime = "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP"

    private func submit(
        to recipient: String,
        _ precedence: Precedence = .routine,
        size: Int = 10,
        life: Int64 = 3600,
        in coalition: RunningCoalition
    ) async throws -> MessageID {
        let envelope = try coalition.seal(
            from: "GBR/maritime-desk",
            to: [recipient],
            marking: recipient.hasPrefix("JPN") ? Self.maritime : Self.marking,
            precedence: precedence,
            payload: [UInt8](repeating: 7, count: size),
            life: life
        )
        let response = try await coalition.submit(envelope)
        try #require(response.status == .created, "\(String(buffer: response.body))")
        return try envelope.id
    }

    private func waitForInbox(_ address: String, count: Int, in coalition: RunningCoalition) async throws
        -> [MessageID]
    {
        try await coalition.eventually(within: 60) {
            let ids = try await coalition.inbox(address)
            return ids.count >= count ? ids : nil
        }
    }

    /// The schedule of retries rests on the clock: a node whose clock stands still tries again only when it has a reason.
    private func stoppedClock() -> @Sendable () -> Timestamp {
        let now = Timestamp.now()
        return { now }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a burst does not pass the bound of a queue`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "GBR") { $0 + "\nlimits: {queue: 3}\n" }
        try await coalition.start("GBR")
        let client = try coalition.connect(as: "GBR/maritime-desk")
        let envelopes = try (0..<24).map { _ in
            try coalition.seal(from: "GBR/maritime-desk", to: ["FRA/cni"], marking: Self.marking)
        }
        let statuses = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for envelope in envelopes {
                tasks.addTask {
                    try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes).status.code
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        await client.close()
        #expect(statuses.filter { $0 == 201 }.count == 3)
        #expect(statuses.filter { $0 == 503 }.count == 21)
        #expect(try await coalition.node("GBR").store.queueLengths() == [try coalition.nodeID("FRA"): 3])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a queue that is too long takes on the urgent only, and known messages keep their receipts`() async throws {
        let coalition = try RunningCoalition()
        try coalition.editConfiguration(of: "GBR") { $0 + "\nlimits: {queue: 2}\n" }
        try await coalition.start("GBR")
        func envelope(_ precedence: Precedence) throws -> Envelope {
            try coalition.seal(
                from: "GBR/maritime-desk",
                to: ["FRA/cni"],
                marking: Self.marking,
                precedence: precedence
            )
        }
        let first = try envelope(.routine)
        let receipt = try await coalition.submit(first)
        #expect(receipt.status == .created)
        #expect(try await coalition.submit(envelope(.priority)).status == .created)

        let refused = try await coalition.eventually {
            let response = try await coalition.submit(envelope(.routine))
            return response.status == .serviceUnavailable ? response : nil
        }
        #expect(refused.problem?.code == "queue-full")
        #expect(refused.headers[.retryAfter] == "5")
        #expect(try await coalition.submit(envelope(.flash)).status == .created)
        let again = try await coalition.submit(first)
        #expect(again.status == .ok)
        #expect(
            try JSONValue.parse(again.bytes)["entries"] == JSONValue.parse(receipt.bytes)["entries"],
            "a message that was taken on before gets its first receipt"
        )
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what waits for a node is delivered at once when the node is back`() async throws {
        let coalition = try RunningCoalition()
        let door = try await ClosingDoor.open(port: coalition.port(of: "FRA"))
        try await coalition.start("GBR", clock: stoppedClock())
        let id = try await submit(to: "FRA/cni", in: coalition)
        await door.knocked(times: 2)
        try await door.remove()
        try await coalition.start("FRA")
        #expect(try await waitForInbox("FRA/cni", count: 1, in: coalition) == [id])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what waits for a hub, and then for the node behind it, is delivered when they are back`() async throws {
        let coalition = try RunningCoalition()
        let door = try await ClosingDoor.open(port: coalition.port(of: "FRA"))
        try await coalition.start("GBR", clock: stoppedClock())
        let id = try await submit(to: "JPN/maritime-ops", in: coalition)
        await door.knocked(times: 2)
        try await door.remove()
        let behind = try await ClosingDoor.open(port: coalition.port(of: "JPN"))
        try await coalition.start("FRA", clock: stoppedClock())
        _ = try await coalition.eventually { try await coalition.entries(of: "FRA", .relay).first }
        await behind.knocked(times: 2)
        try await behind.remove()
        try await coalition.start("JPN")
        #expect(try await waitForInbox("JPN/maritime-ops", count: 1, in: coalition) == [id])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `FLASH overtakes what is large, and precedence orders what is small`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", clock: stoppedClock())
        let large = 512 * 1024
        for _ in 0..<12 { _ = try await submit(to: "FRA/cni", .routine, size: large, in: coalition) }
        for _ in 0..<60 { _ = try await submit(to: "FRA/cni", .routine, in: coalition) }
        let priority = try await submit(to: "FRA/cni", .priority, in: coalition)
        let immediate = try await submit(to: "FRA/cni", .immediate, in: coalition)
        let flash = try await submit(to: "FRA/cni", .flash, size: large, in: coalition)
        try await coalition.start("FRA")
        let order = try await waitForInbox("FRA/cni", count: 75, in: coalition)
        let sizes = try await coalition.node("FRA").store.inbox(MailboxName("cni"), limit: 100).map(\.bodySize)
        let largeOnes = zip(order, sizes).filter { $1 >= large }.map(\.0)
        // Two bulky ones may be on their way when it leaves, and two more may end before it does.
        #expect(try #require(largeOnes.firstIndex(of: flash)) < 5)
        let small = order.filter { !largeOnes.contains($0) }
        #expect(try #require(small.firstIndex(of: immediate)) < 32)
        #expect(try #require(small.firstIndex(of: priority)) < 32)
        #expect(Set(order).count == 75)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the destination denies is closed, and the originator's node knows`() async throws {
        let coalition = try RunningCoalition()
        try coalition.givePolicy(to: "DEU") { $0.replacing("up-to: SECRET", with: "up-to: RESTRICTED") }
        try await coalition.start("DEU", "GBR")
        let id = try await submit(to: "DEU/lage", in: coalition)
        let message = try await coalition.eventually {
            let message = try await coalition.traced(id, at: "GBR")
            return message.nonDeliveries.isEmpty ? nil : message
        }
        #expect(message.nonDeliveries.map(\.destination) == [try coalition.nodeID("DEU")])
        #expect(message.nonDeliveries.map(\.reason) == ["denied"])
        #expect(message.transfers.map(\.state) == [.void])
        let release = try #require(try await coalition.entries(of: "GBR", .release).first)
        let void = try #require(try await coalition.entries(of: "GBR", .void).first)
        #expect(void.sequence == release.sequence && void.destination == release.destination)
        #expect(void.reasons == ["denied"] && void.message == id)
        #expect(try await coalition.entries(of: "DEU", .denial).map(\.message) == [id])
        try await coalition.expectNothingStored(at: "DEU", besides: [.denial])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["JPN", "FRA"])
    func `what is denied behind a hub, or by it, comes back to the originator's node`(strict: String) async throws {
        let coalition = try RunningCoalition()
        try coalition.givePolicy(to: strict) {
            $0.replacing("types: [SITREP, TRACK, IMAGERY]", with: "types: [TRACK]")
        }
        try await coalition.start("FRA", "GBR", "JPN")
        let id = try await submit(to: "JPN/maritime-ops", in: coalition)
        let message = try await coalition.eventually {
            let message = try await coalition.traced(id, at: "GBR")
            return message.nonDeliveries.isEmpty ? nil : message
        }
        #expect(message.nonDeliveries.map(\.destination) == [try coalition.nodeID("JPN")])
        #expect(message.nonDeliveries.map(\.reason) == ["denied"])
        #expect(message.transfers.map(\.state) == [strict == "JPN" ? .transferred : .void])
        #expect(try await coalition.entries(of: strict, .denial).map(\.message) == [id])
        let hub = strict == "JPN" ? try await coalition.traced(id, at: "FRA").transfers : []
        #expect(hub.filter { $0.item.object == .message }.map(\.state) == (strict == "JPN" ? [.void] : []))
        // The report is an object of its own, released under a number of its own, and known to have arrived.
        let reports = try await coalition.entries(of: "FRA", .release)
        #expect(reports.map(\.object) == (strict == "JPN" ? [.nonDelivery] : []))
        #expect(reports.compactMap(\.sequence) == (strict == "JPN" ? [1] : []))
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what expires in the outbox is closed and reported`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("GBR", clock: { clock.now })
        let id = try await submit(to: "FRA/cni", life: 3600, in: coalition)
        clock.shift(seconds: 3601)
        let message = try await coalition.eventually(within: 30) {
            let message = try await coalition.traced(id, at: "GBR")
            return message.nonDeliveries.isEmpty ? nil : message
        }
        #expect(message.nonDeliveries.map(\.reason) == ["expired"])
        #expect(message.transfers.map(\.state) == [.void])
        try await coalition.start("FRA")
        try await coalition.expectNothingStored(at: "FRA")
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what expires at a hub is reported to the originator's node`() async throws {
        let coalition = try RunningCoalition()
        let clock = ShiftedClock()
        try await coalition.start("FRA", clock: { clock.now })
        try await coalition.start("GBR")
        let id = try await submit(to: "JPN/maritime-ops", life: 3600, in: coalition)
        _ = try await coalition.eventually { try await coalition.entries(of: "FRA", .relay).first }
        clock.shift(seconds: 3601)
        let message = try await coalition.eventually(within: 30) {
            let message = try await coalition.traced(id, at: "GBR")
            return message.nonDeliveries.isEmpty ? nil : message
        }
        #expect(message.nonDeliveries.map(\.reason) == ["expired"])
        #expect(message.nonDeliveries.map(\.destination) == [try coalition.nodeID("JPN")])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what waits survives a restart of the node`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let id = try await submit(to: "FRA/cni", in: coalition)
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        #expect(try await coalition.traced(id, at: "GBR").transfers.map(\.state) == [.queued])
        try await coalition.start("FRA")
        #expect(try await waitForInbox("FRA/cni", count: 1, in: coalition) == [id])
        _ = try await coalition.eventually { try await coalition.entries(of: "GBR", .transfer).first }
        // A heartbeat comes when its time is.
        let kinds = try await coalition.entries(of: "GBR").map(\.kind).filter { $0 != .heartbeat }
        #expect(kinds == [.start, .release, .stop, .start, .transfer])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a transfer whose answer is lost is repeated, and the mailbox has the message once`() async throws {
        let coalition = try RunningCoalition()
        let behind = try #require(try FreePorts.reserve(1).first)
        let port = coalition.port(of: "FRA")
        try coalition.editConfiguration(of: "FRA") {
            $0.replacing("listen: 127.0.0.1:\(port)", with: "listen: 127.0.0.1:\(behind)")
        }
        try await coalition.start("FRA", "GBR")
        // The request is larger than this; a handshake and what HTTP/2 lets through before the server's settings have come
        // (65,535 bytes) are not.
        let proxy = try await LossyProxy.open(port: port, to: behind, losingAnswersAfter: 96 * 1024)
        let id = try await submit(to: "FRA/cni", size: 200 * 1024, in: coalition)
        #expect(try await waitForInbox("FRA/cni", count: 1, in: coalition) == [id])
        #expect(try await coalition.traced(id, at: "GBR").transfers.map(\.state) == [.queued])
        try await proxy.mend()
        let message = try await coalition.eventually(within: 40) {
            let message = try await coalition.traced(id, at: "GBR")
            return message.transfers.first?.state == .transferred ? message : nil
        }
        let acceptances = try await coalition.entries(of: "FRA", .acceptance)
        #expect(acceptances.count == 1)
        #expect(message.transfers.first?.custody?.link.entry == acceptances.first)
        #expect(try await coalition.inbox("FRA/cni") == [id])
        try await proxy.close()
        try await coalition.stopAll()
    }
}
