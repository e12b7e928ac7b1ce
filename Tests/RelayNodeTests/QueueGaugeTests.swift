import CoalitionDirectory
import NodeSupport
import RelayStorage
import Relaying
import SecurityLabels
import TestSupport
import Testing

@testable import RelayNode

@Suite struct QueueGaugeTests {
    private let hub: SPIFFEID
    private let other: SPIFFEID

    init() throws {
        hub = try SPIFFEID("spiffe://fra.example/node/fra-hub")
        other = try SPIFFEID("spiffe://deu.example/node/deu-1")
    }

    @Test(
        arguments: [
            (Precedence.deferred, 4), (.routine, 4), (.priority, 6), (.immediate, 6), (.flash, nil), (.override, nil),
        ] as [(Precedence, Int?)]
    )
    func `what is admitted counts at once, so that a burst stops at the bound`(precedence: Precedence, bound: Int?) {
        let gauge = QueueGauge()
        var admitted = 0
        for _ in 0..<20 where gauge.takePlaces(in: [hub], precedence: precedence, limit: 4) == nil { admitted += 1 }
        #expect(admitted == bound ?? 20)
    }

    @Test func `a place that was not used is free again, and one refused place takes none`() async throws {
        let gauge = QueueGauge()
        #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 1) == nil)
        #expect(gauge.takePlaces(in: [other, hub], precedence: .routine, limit: 1) == hub)
        #expect(gauge.takePlaces(in: [other], precedence: .routine, limit: 1) == nil)
        gauge.settle([hub], isStored: false)
        #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 1) == nil)
    }

    @Test func `a count takes the place of what was stored before it, and of nothing later`() async throws {
        let gauge = QueueGauge()
        for _ in 0..<3 { #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 4) == nil) }
        gauge.settle([hub], isStored: true)
        gauge.settle([hub], isStored: true)
        // One is under way, and one more comes and is stored while the store counts.
        try await gauge.measure { () async throws(StoreError) in
            _ = gauge.takePlaces(in: [hub], precedence: .routine, limit: 4)
            gauge.settle([hub], isStored: true)
            return [hub: 1]
        }
        // Counted 1, stored since 1, under way 1: room for one.
        #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 4) == nil)
        #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 4) == hub)
        gauge.settle([hub, hub], isStored: false)
        try await gauge.measure { () async throws(StoreError) in [:] }
        for _ in 0..<4 { #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 4) == nil) }
    }

    @Test func `a count that fails changes nothing`() async throws {
        let gauge = QueueGauge()
        _ = gauge.takePlaces(in: [hub], precedence: .routine, limit: 1)
        gauge.settle([hub], isStored: true)
        await #expect(throws: StoreError.closed) {
            try await gauge.measure { () async throws(StoreError) in throw .closed }
        }
        #expect(gauge.takePlaces(in: [hub], precedence: .routine, limit: 1) == hub)
    }
}
