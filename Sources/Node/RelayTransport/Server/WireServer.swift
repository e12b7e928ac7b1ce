public import HTTPTypes
import NIOConcurrencyHelpers
public import NIOCore
public import NIOOpenSSL
public import NIOPosix

/// An HTTP server for peers with certificates: HTTP/2 and HTTP/1.1 over TLS 1.3, one handler for both.
///
/// Everything that a peer can take is bounded by ``WireLimits``. The order of the checks is: connection quota, TLS and
/// the peer's certificates, connections of the peer, head of the request, body, and only then the application.
public final class WireServer<Peer: Sendable>: Sendable {
    /// Says how many bytes of body a request may have, before any is read, or why it is refused.
    public typealias Admit = @Sendable (_ head: HTTPRequest, _ peer: Peer) -> Result<Int, ProblemDetails>
    public typealias Respond = @Sendable (_ request: WireRequest<Peer>) async -> WireResponse
    /// Hears of each connection that ended before it could carry a request; the peer is nil unless TLS has proven it.
    public typealias RefusedPeer =
        @Sendable (_ address: SocketAddress?, _ peer: Peer?, _ failure: TLSFailure) -> Void
    /// Hears of each request that was refused before the application had it whole, by `admit` or by a limit, and says how
    /// much of the reason the peer is told.
    ///
    /// Also of each stream that was reset and each connection that ended because the peer broke the protocol.
    public typealias RefusedRequest = @Sendable (_ problem: ProblemDetails, _ peer: Peer) -> ProblemDetails
    /// Hears that the system has no resources for further connections, at most once in ten seconds.
    public typealias AcceptPaused = @Sendable (_ error: IOError) -> Void

    private let configuration: WireServerConfiguration
    private let context: @Sendable () -> TLSContext<Peer>
    private let group: any EventLoopGroup
    private let handshakePool: NIOThreadPool
    private let peerKey: @Sendable (Peer) -> String
    private let onRefusedPeer: RefusedPeer
    private let onAcceptPaused: AcceptPaused
    private let service: WireService<Peer>
    private let registry: ConnectionRegistry<Peer>
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    /// - Parameters:
    ///   - context: asked for each connection, so that a reload takes effect with the next one.
    ///   - peerKey: what the quotas per peer, of connections and of memory, count by.
    public init(
        configuration: WireServerConfiguration,
        context: @escaping @Sendable () -> TLSContext<Peer>,
        group: any EventLoopGroup,
        handshakePool: NIOThreadPool,
        peerKey: @escaping @Sendable (Peer) -> String,
        admit: @escaping Admit,
        respond: @escaping Respond,
        onRefusedPeer: @escaping RefusedPeer,
        onRefusedRequest: @escaping RefusedRequest = { problem, _ in problem },
        onAcceptPaused: @escaping AcceptPaused = { _ in }
    ) {
        self.configuration = configuration
        self.context = context
        self.group = group
        self.handshakePool = handshakePool
        self.peerKey = peerKey
        self.onRefusedPeer = onRefusedPeer
        self.onAcceptPaused = onAcceptPaused
        self.service = WireService(
            limits: configuration.limits,
            admit: admit,
            respond: respond,
            onRefusedRequest: onRefusedRequest
        )
        self.registry = ConnectionRegistry(limits: configuration.limits)
    }

    /// Begins to listen and to answer.
    ///
    /// - Throws: when the address cannot be bound.
    public func start() async throws {
        try await self.listen()
        try await self.accept()
    }

    /// Takes the address, so that who connects waits until ``accept()``.
    ///
    /// - Throws: when the address cannot be bound.
    public func listen() async throws {
        let onAcceptPaused = self.onAcceptPaused
        let channel = try await ServerBootstrap(group: self.group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPauseHandler(onPause: onAcceptPaused))
                }
            }
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
            .bind(host: self.configuration.host, port: self.configuration.port).get()
        self.listener.withLockedValue { $0 = channel }
    }

    /// Begins to answer whoever connects, and has connected since ``listen()``.
    public func accept() async throws {
        guard let channel = self.listener.withLockedValue({ $0 }) else { return }
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// The port that the server listens on; the configured one before ``listen()``.
    public var port: Int {
        self.listener.withLockedValue { $0?.localAddress?.port } ?? self.configuration.port
    }

    /// How many connections are open, those in the handshake among them.
    public var connectionCount: Int { self.registry.count }

    /// Stops listening, lets running requests finish until the deadline, then closes what is left.
    public func shutdown(within grace: TimeAmount = .seconds(10)) async {
        let eventLoop = self.group.any()
        let listener = self.listener.withLockedValue { listener in
            defer { listener = nil }
            return listener
        }
        let (established, handshaking) = self.registry.close()
        for channel in handshaking { channel.close(promise: nil) }
        for channel in established { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        var ends = (established + handshaking).map(\.closeFuture)
        if let listener {
            listener.close(promise: nil)
            ends.append(listener.closeFuture)
        }
        ends.append(self.service.idle(on: eventLoop))

        let finished = eventLoop.makePromise(of: Void.self)
        let deadline = eventLoop.scheduleTask(in: grace) { finished.succeed() }
        EventLoopFuture.andAllComplete(ends, on: eventLoop).whenComplete { _ in
            deadline.cancel()
            finished.succeed()
        }
        await finished.futureResult.settled()
        for channel in established where channel.isActive {
            closeBelowTLS(channel, Peer.self)
            await channel.closeFuture.settled()
        }
    }

    /// Closes the connections of the peers that `predicate` names, requests in progress with them.
    ///
    /// To be called after the contexts that the server is given rest on the new trust. The peer of a handshake that is
    /// running is judged by `predicate` at its end, as it may have been accepted by the old.
    public func closeConnections(where predicate: @escaping @Sendable (Peer) -> Bool) {
        for channel in self.registry.revoke(where: predicate) { closeBelowTLS(channel, Peer.self) }
    }

    private func initialize(_ channel: any Channel) throws {
        let address = channel.remoteAddress
        let onRefusedPeer = self.onRefusedPeer
        let registry = self.registry
        let acceptance = registry.accept(channel, address: address?.quotaKey ?? "")
        if let evicted = acceptance.evicted { closeBelowTLS(evicted, Peer.self) }
        if let refusal = PeerRefusal(acceptance.admission, what: "the node") {
            onRefusedPeer(address, nil, TLSFailure(.refusedPeer(refusal)))
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { _ in registry.remove(channel) }
        let tls = try OpenSSLHandler(
            context: self.context(),
            handshakePool: self.handshakePool,
            handshakeTimeout: self.configuration.limits.handshakeTimeout
        ) { failure in
            let isEvicted = registry.isEvicted(channel)
            onRefusedPeer(address, nil, isEvicted ? TLSFailure(.refusedPeer(.handshakeEvicted)) : failure)
        }
        let connection = WireConnectionHandler(
            tls: tls,
            service: self.service,
            peerKey: self.peerKey
        ) { channel, peer, key in
            let admission = registry.admit(channel, peer: peer, key: key)
            guard let refusal = PeerRefusal(admission, what: "the peer") else { return true }
            onRefusedPeer(address, peer, TLSFailure(.refusedPeer(refusal)))
            return false
        }
        try channel.pipeline.syncOperations.addHandlers([tls, connection])
    }
}

extension PeerRefusal {
    /// Why a connection does not get in; nil when it does.
    ///
    /// - Parameter what: whose connections were counted.
    fileprivate init?<Peer>(_ admission: ConnectionRegistry<Peer>.Admission, what: String) {
        let (code, detail): (String, String)
        switch admission {
        case .admitted: return nil
        case .tooManyConnections: (code, detail) = ("too-many-connections", "\(what) has as many connections as it may")
        case .stale:
            (code, detail) = ("trust-changed", "trust changed during the handshake, and the peer would be refused now")
        case .gone: (code, detail) = ("closed-during-handshake", "the connection was closed by then")
        case .shuttingDown: (code, detail) = ("shutting-down", "the server is shutting down")
        }
        self.init(code: code, detail: detail, alert: .certificateUnknown)
    }

    /// Of a connection that had to give way in the handshake.
    fileprivate static let handshakeEvicted = PeerRefusal(
        code: "too-many-connections",
        detail: "newer connections came before the handshake was complete",
        alert: .certificateUnknown
    )
}

extension SocketAddress {
    /// What connections from one place have in common: an IPv4 address, or the network of an IPv6 one.
    fileprivate var quotaKey: String {
        switch self {
        case .v4, .unixDomainSocket: self.ipAddress ?? ""
        case .v6:
            self.withSockAddr { address, size in
                // Of a `sockaddr_in6`, the address begins with the ninth byte.
                UnsafeRawBufferPointer(start: address, count: size).dropFirst(8).prefix(8)
                    .map { String($0, radix: 16) }.joined(separator: ":")
            }
        }
    }
}

extension EventLoopFuture where Value == Void {
    /// Waits for the end, however it turned out.
    fileprivate func settled() async {
        await withCheckedContinuation { continuation in
            self.whenComplete { _ in continuation.resume() }
        }
    }
}
