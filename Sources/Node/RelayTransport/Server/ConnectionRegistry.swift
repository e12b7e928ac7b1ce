import NIOConcurrencyHelpers
import NIOCore

/// The open connections of a server, and the quotas on them.
final class ConnectionRegistry<Peer: Sendable>: Sendable {
    enum Admission: Hashable {
        case admitted
        case tooManyConnections
        /// Trust has changed since the handshake began.
        case stale
        case shuttingDown
    }

    private struct Connection {
        let channel: any Channel
        let epoch: UInt64
        var peer: Peer?
        var key: String?
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var counts: [String: Int] = [:]
        var epoch: UInt64 = 0
        var isClosing = false
    }

    private let limits: WireLimits
    private let state = NIOLockedValueBox(State())

    init(limits: WireLimits) {
        self.limits = limits
    }

    /// Takes in a TCP connection, before its handshake.
    func accept(_ channel: any Channel) -> Admission {
        self.state.withLockedValue { state in
            guard !state.isClosing else { return .shuttingDown }
            guard state.connections.count < self.limits.connections else { return .tooManyConnections }
            state.connections[ObjectIdentifier(channel)] = Connection(channel: channel, epoch: state.epoch)
            return .admitted
        }
    }

    /// Takes in the peer of a connection whose handshake is complete.
    func admit(_ channel: any Channel, peer: Peer, key: String) -> Admission {
        self.state.withLockedValue { state in
            guard !state.isClosing else { return .shuttingDown }
            guard var connection = state.connections[ObjectIdentifier(channel)], connection.epoch == state.epoch else {
                return .stale
            }
            let count = state.counts[key, default: 0]
            guard count < self.limits.connectionsPerPeer else { return .tooManyConnections }
            state.counts[key] = count + 1
            connection.peer = peer
            connection.key = key
            state.connections[ObjectIdentifier(channel)] = connection
            return .admitted
        }
    }

    func remove(_ channel: any Channel) {
        self.state.withLockedValue { state in
            guard let connection = state.connections.removeValue(forKey: ObjectIdentifier(channel)),
                let key = connection.key, let count = state.counts[key]
            else { return }
            state.counts[key] = count > 1 ? count - 1 : nil
        }
    }

    /// The connections of the peers that `predicate` names. Handshakes that run now end in `.stale`, as they may rest on
    /// what no longer holds.
    func revoke(where predicate: (Peer) -> Bool) -> [any Channel] {
        let known = self.state.withLockedValue { state in
            state.epoch += 1
            let epoch = state.epoch
            // INVARIANT: an admitted connection was judged either under this trust or by `predicate`.
            return state.connections.values.filter { $0.epoch < epoch }
        }
        return known.compactMap { connection in
            guard let peer = connection.peer, predicate(peer) else { return nil }
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
