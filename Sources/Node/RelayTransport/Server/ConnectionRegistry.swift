import NIOConcurrencyHelpers
import NIOCore

/// The open connections of a server, and the quotas on them.
///
/// Connections in the handshake, of which nobody knows whose they are, have a quota of their own, in all and by address.
/// Beyond it the oldest gives way: an honest handshake is over in milliseconds.
final class ConnectionRegistry<Peer: Sendable>: Sendable {
    enum Admission: Hashable {
        case admitted
        case tooManyConnections
        /// Trust has changed since the handshake began, and the peer would be refused now.
        case stale
        case shuttingDown
        /// The connection is closed already.
        case gone
    }

    /// What becomes of a TCP connection, and the one that gives way to it.
    struct Acceptance {
        let admission: Admission
        let evicted: (any Channel)?
    }

    private struct Connection {
        let channel: any Channel
        var epoch: UInt64
        var isEvicted = false
        var peer: Peer?
        var key: String?
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var counts: [String: Int] = [:]
        var handshakes = HandshakeQueue()
        var epoch: UInt64 = 0
        /// Says whether a peer is refused under the trust of the present epoch.
        var isRefused: (@Sendable (Peer) -> Bool)?
        var isClosing = false
    }

    private let limits: WireLimits
    private let state = NIOLockedValueBox(State())

    init(limits: WireLimits) {
        self.limits = limits
    }

    /// Takes in a TCP connection, before its handshake. The caller closes the connection that gives way.
    func accept(_ channel: any Channel, address: String) -> Acceptance {
        self.state.withLockedValue { state in
            guard !state.isClosing else { return Acceptance(admission: .shuttingDown, evicted: nil) }
            var evicted: ObjectIdentifier?
            if state.handshakes.count(of: address) >= self.limits.handshakesPerAddress {
                evicted = state.handshakes.evictOldest(of: address)
            } else if state.handshakes.count >= self.limits.handshakes
                || state.connections.count >= self.limits.connections
            {
                evicted = state.handshakes.evictOldest()
                if evicted == nil { return Acceptance(admission: .tooManyConnections, evicted: nil) }
            }
            if let evicted { state.connections[evicted]?.isEvicted = true }
            let id = ObjectIdentifier(channel)
            state.connections[id] = Connection(channel: channel, epoch: state.epoch)
            state.handshakes.begin(id, address: address)
            return Acceptance(admission: .admitted, evicted: evicted.flatMap { state.connections[$0]?.channel })
        }
    }

    /// Takes in the peer of a connection whose handshake is complete.
    func admit(_ channel: any Channel, peer: Peer, key: String) -> Admission {
        let id = ObjectIdentifier(channel)
        while true {
            let (admission, epoch, isRefused) = self.state.withLockedValue { state in
                (self.admission(of: id, peer: peer, key: key, &state), state.epoch, state.isRefused)
            }
            guard case .stale = admission, let isRefused else { return admission }
            // Trust has changed meanwhile, or may have: judged again, as the open connections are.
            guard !isRefused(peer) else { return .stale }
            self.state.withLockedValue { $0.connections[id]?.epoch = epoch }
        }
    }

    private func admission(of id: ObjectIdentifier, peer: Peer, key: String, _ state: inout State) -> Admission {
        guard !state.isClosing else { return .shuttingDown }
        guard var connection = state.connections[id] else { return .gone }
        guard !connection.isEvicted else { return .tooManyConnections }
        guard connection.epoch == state.epoch else { return .stale }
        let count = state.counts[key, default: 0]
        guard count < self.limits.connectionsPerPeer else { return .tooManyConnections }
        state.counts[key] = count + 1
        state.handshakes.end(id)
        connection.peer = peer
        connection.key = key
        state.connections[id] = connection
        return .admitted
    }

    func remove(_ channel: any Channel) {
        self.state.withLockedValue { state in
            let id = ObjectIdentifier(channel)
            state.handshakes.end(id)
            guard let connection = state.connections.removeValue(forKey: id), let key = connection.key,
                let count = state.counts[key]
            else { return }
            state.counts[key] = count > 1 ? count - 1 : nil
        }
    }

    /// Whether the connection gave way to a newer one before its handshake was complete.
    func isEvicted(_ channel: any Channel) -> Bool {
        self.state.withLockedValue { $0.connections[ObjectIdentifier(channel)]?.isEvicted ?? false }
    }

    /// The connections of the peers that `isRefused` names. It is asked again at the end of each handshake that runs
    /// now, as that may rest on what no longer holds.
    func revoke(where isRefused: @escaping @Sendable (Peer) -> Bool) -> [any Channel] {
        let known = self.state.withLockedValue { state in
            state.epoch += 1
            state.isRefused = isRefused
            let epoch = state.epoch
            // INVARIANT: an admitted connection was judged either under this trust or by `isRefused`.
            return state.connections.values.filter { $0.epoch < epoch }
        }
        return known.compactMap { connection in
            guard let peer = connection.peer, isRefused(peer) else { return nil }
            return connection.channel
        }
    }

    /// Lets no further connection in, and returns those that are open: with a peer, and still in the handshake.
    func close() -> (established: [any Channel], handshaking: [any Channel]) {
        self.state.withLockedValue { state in
            state.isClosing = true
            let connections = state.connections.values
            return (
                connections.filter { $0.peer != nil }.map(\.channel),
                connections.filter { $0.peer == nil }.map(\.channel)
            )
        }
    }

    var count: Int { self.state.withLockedValue { $0.connections.count } }
}
