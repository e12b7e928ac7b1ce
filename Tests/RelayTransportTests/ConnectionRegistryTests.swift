import NIOCore
import NIOEmbedded
import Testing

@testable import RelayTransport

@Suite struct ConnectionRegistryTests {
    private func makeRegistry(connections: Int = 10, perPeer: Int = 10) -> ConnectionRegistry<String> {
        var limits = WireLimits()
        limits.connections = connections
        limits.connectionsPerPeer = perPeer
        return ConnectionRegistry(limits: limits)
    }

    @Test func `connections in the handshake count towards all, and leave when they close`() {
        let registry = makeRegistry(connections: 2)
        let channels = (0..<3).map { _ in EmbeddedChannel() }
        #expect(registry.accept(channels[0]) == .admitted)
        #expect(registry.accept(channels[1]) == .admitted)
        #expect(registry.accept(channels[2]) == .tooManyConnections)
        registry.remove(channels[0])
        #expect(registry.accept(channels[2]) == .admitted)
    }

    @Test func `the quota of one peer does not touch another's`() {
        let registry = makeRegistry(perPeer: 1)
        let channels = (0..<3).map { _ in EmbeddedChannel() }
        for channel in channels { #expect(registry.accept(channel) == .admitted) }
        #expect(registry.admit(channels[0], peer: "a", key: "A") == .admitted)
        #expect(registry.admit(channels[1], peer: "a", key: "A") == .tooManyConnections)
        #expect(registry.admit(channels[2], peer: "b", key: "B") == .admitted)
        registry.remove(channels[0])
        #expect(registry.admit(channels[1], peer: "a", key: "A") == .admitted)
    }

    @Test func `a handshake that was running when trust changed is not admitted`() {
        let registry = makeRegistry()
        let before = EmbeddedChannel()
        let during = EmbeddedChannel()
        let after = EmbeddedChannel()
        #expect(registry.accept(before) == .admitted)
        #expect(registry.admit(before, peer: "a", key: "A") == .admitted)
        #expect(registry.accept(during) == .admitted)
        #expect(registry.revoke { $0 == "b" }.isEmpty)
        #expect(registry.admit(during, peer: "b", key: "B") == .stale)
        #expect(registry.accept(after) == .admitted)
        #expect(registry.admit(after, peer: "c", key: "C") == .admitted)
        #expect(registry.revoke { $0 == "a" }.count == 1)
    }

    @Test func `a registry that closes admits nobody`() {
        let registry = makeRegistry()
        let established = EmbeddedChannel()
        let handshaking = EmbeddedChannel()
        _ = registry.accept(established)
        _ = registry.admit(established, peer: "a", key: "A")
        _ = registry.accept(handshaking)
        let open = registry.close()
        #expect(open.established.count == 1 && open.handshaking.count == 1)
        #expect(registry.accept(EmbeddedChannel()) == .shuttingDown)
        #expect(registry.admit(handshaking, peer: "b", key: "B") == .shuttingDown)
    }
}
