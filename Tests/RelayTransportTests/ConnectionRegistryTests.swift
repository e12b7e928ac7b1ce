import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import RelayTransport

@Suite struct ConnectionRegistryTests {
    private func makeRegistry(
        connections: Int = 10,
        perPeer: Int = 10,
        handshakes: Int = 10,
        perAddress: Int = 10
    ) -> ConnectionRegistry<String> {
        var limits = WireLimits()
        limits.connections = connections
        limits.connectionsPerPeer = perPeer
        limits.handshakes = handshakes
        limits.handshakesPerAddress = perAddress
        return ConnectionRegistry(limits: limits)
    }

    private func accept(
        _ registry: ConnectionRegistry<String>,
        _ channel: EmbeddedChannel,
        from address: String = "192.0.2.1"
    ) -> ConnectionRegistry<String>.Admission {
        registry.accept(channel, address: address).admission
    }

    @Test func `connections with a peer are not driven out, and leave room when they close`() {
        let registry = makeRegistry(connections: 2)
        let channels = (0..<3).map { _ in EmbeddedChannel() }
        for channel in channels.prefix(2) {
            #expect(accept(registry, channel) == .admitted)
            #expect(registry.admit(channel, peer: "a", key: "A") == .admitted)
        }
        #expect(accept(registry, channels[2]) == .tooManyConnections)
        registry.remove(channels[0])
        #expect(accept(registry, channels[2]) == .admitted)
    }

    @Test func `of one address the oldest handshake gives way, and no other address notices`() {
        let registry = makeRegistry(perAddress: 2)
        let honest = EmbeddedChannel()
        #expect(accept(registry, honest, from: "198.51.100.7") == .admitted)
        let idle = (0..<5).map { _ in EmbeddedChannel() }
        let evicted = idle.map { registry.accept($0, address: "192.0.2.1").evicted }
        #expect(
            evicted.map { $0.map(ObjectIdentifier.init) } == [nil, nil] + idle.prefix(3).map(ObjectIdentifier.init)
        )
        #expect(idle.map(registry.isEvicted) == [true, true, true, false, false])
        #expect(registry.admit(honest, peer: "a", key: "A") == .admitted)
        #expect(registry.admit(idle[0], peer: "b", key: "B") == .tooManyConnections)
        #expect(registry.admit(idle[3], peer: "b", key: "B") == .admitted)
        registry.remove(idle[3])
        #expect(registry.admit(idle[3], peer: "b", key: "B") == .gone)
    }

    @Test func `of all handshakes the oldest gives way, the one that is over not counting`() {
        let registry = makeRegistry(connections: 4, handshakes: 2)
        let channels = (0..<5).map { _ in EmbeddedChannel() }
        for (index, channel) in channels.prefix(2).enumerated() {
            #expect(accept(registry, channel, from: "192.0.2.\(index)") == .admitted)
        }
        #expect(registry.admit(channels[0], peer: "a", key: "A") == .admitted)
        #expect(registry.accept(channels[2], address: "192.0.2.2").evicted == nil)
        #expect(registry.accept(channels[3], address: "192.0.2.3").evicted === channels[1])
        registry.remove(channels[1])
        registry.remove(channels[2])
        registry.remove(channels[3])
        #expect(registry.count == 1)
        #expect(registry.accept(channels[4], address: "192.0.2.4").evicted == nil)
    }

    @Test func `a full server takes a new connection for its oldest handshake`() {
        let registry = makeRegistry(connections: 3)
        let channels = (0..<4).map { _ in EmbeddedChannel() }
        for channel in channels.prefix(3) { #expect(accept(registry, channel) == .admitted) }
        #expect(registry.admit(channels[0], peer: "a", key: "A") == .admitted)
        let acceptance = registry.accept(channels[3], address: "192.0.2.9")
        #expect(acceptance.admission == .admitted && acceptance.evicted === channels[1])
    }

    @Test func `the quota of one peer does not touch another's`() {
        let registry = makeRegistry(perPeer: 1)
        let channels = (0..<3).map { _ in EmbeddedChannel() }
        for channel in channels { #expect(accept(registry, channel) == .admitted) }
        #expect(registry.admit(channels[0], peer: "a", key: "A") == .admitted)
        #expect(registry.admit(channels[1], peer: "a", key: "A") == .tooManyConnections)
        #expect(registry.admit(channels[2], peer: "b", key: "B") == .admitted)
        registry.remove(channels[0])
        #expect(registry.admit(channels[1], peer: "a", key: "A") == .admitted)
    }

    @Test func `a handshake that was running when trust changed is judged again`() {
        let registry = makeRegistry()
        let before = EmbeddedChannel()
        let good = EmbeddedChannel()
        let bad = EmbeddedChannel()
        let after = EmbeddedChannel()
        #expect(accept(registry, before) == .admitted)
        #expect(registry.admit(before, peer: "a", key: "A") == .admitted)
        #expect(accept(registry, good) == .admitted)
        #expect(accept(registry, bad) == .admitted)
        #expect(registry.revoke { $0 == "b" }.isEmpty)
        #expect(registry.admit(good, peer: "c", key: "C") == .admitted)
        #expect(registry.admit(bad, peer: "b", key: "B") == .stale)
        #expect(accept(registry, after) == .admitted)
        #expect(registry.admit(after, peer: "c", key: "C") == .admitted)
        #expect(registry.revoke { $0 == "a" }.count == 1)
    }

    @Test func `trust that changes while a peer is judged again has it judged once more`() {
        let registry = makeRegistry()
        let channel = EmbeddedChannel()
        #expect(accept(registry, channel) == .admitted)
        let judged = NIOLockedValueBox(0)
        _ = registry.revoke { _ in
            let isFirst = judged.withLockedValue { count in
                count += 1
                return count == 1
            }
            if isFirst { _ = registry.revoke { $0 == "a" } }
            return false
        }
        #expect(registry.admit(channel, peer: "a", key: "A") == .stale)
    }

    @Test func `a registry that closes admits nobody`() {
        let registry = makeRegistry()
        let established = EmbeddedChannel()
        let handshaking = EmbeddedChannel()
        _ = accept(registry, established)
        _ = registry.admit(established, peer: "a", key: "A")
        _ = accept(registry, handshaking)
        let open = registry.close()
        #expect(open.established.count == 1 && open.handshaking.count == 1)
        #expect(accept(registry, EmbeddedChannel()) == .shuttingDown)
        #expect(registry.admit(handshaking, peer: "b", key: "B") == .shuttingDown)
    }

    @Test(arguments: [(64, 32, 8, 2), (1024, 768, 192, 48), (4096, 3840, 960, 240), (1 << 20, 4096, 1024, 256)])
    func `connections leave room for the other files of the process`(
        files: Int,
        connections: Int,
        handshakes: Int,
        perAddress: Int
    ) {
        var limits = WireLimits()
        limits.fit(openFiles: files)
        #expect(limits.connections == connections)
        #expect(limits.handshakes == handshakes)
        #expect(limits.handshakesPerAddress == perAddress)
    }
}
