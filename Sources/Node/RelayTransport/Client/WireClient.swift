import NIOConcurrencyHelpers
public import NIOCore
public import NIOOpenSSL
public import NIOPosix

/// An HTTP/2 client of one server over TLS with certificates on both sides.
///
/// All requests share one connection, which is made when there is something to send, and again when it is gone. Who the
/// server has to be is for the context's `authenticate` to say: no host name is looked at.
public final class WireClient<Peer: Sendable>: Sendable {
    static var streamWindow: Int { 1 << 20 }
    static var connectionWindow: Int { 8 << 20 }

    private enum State {
        case idle
        case connecting(EventLoopFuture<ClientConnection<Peer>>)
        case connected(ClientConnection<Peer>)
        case closed
    }

    public let host: String
    public let port: Int
    private let context: @Sendable () -> TLSContext<Peer>
    private let eventLoop: any EventLoop
    private let handshakePool: NIOThreadPool
    private let connectTimeout: TimeAmount
    private let requestTimeout: TimeAmount
    private let maximumResponseBytes: Int
    private let state = NIOLockedValueBox(State.idle)

    /// - Parameters:
    ///   - context: asked for each connection; must offer `h2`.
    ///   - connectTimeout: for TCP, and again for TLS.
    ///   - requestTimeout: from the opened connection to the end of the answer; a second more for each
    ///     32,768 bytes that were sent and received, so that what is large gets through a narrow line.
    public init(
        host: String,
        port: Int,
        context: @escaping @Sendable () -> TLSContext<Peer>,
        group: any EventLoopGroup,
        handshakePool: NIOThreadPool,
        connectTimeout: TimeAmount = .seconds(10),
        requestTimeout: TimeAmount = .seconds(60),
        maximumResponseBytes: Int = 64 << 20
    ) {
        self.host = host
        self.port = port
        self.context = context
        self.eventLoop = group.next()
        self.handshakePool = handshakePool
        self.connectTimeout = connectTimeout
        self.requestTimeout = requestTimeout
        self.maximumResponseBytes = maximumResponseBytes
    }

    /// Sends a request and returns the answer, whatever its status.
    public func send(_ request: WireClientRequest) async throws(WireClientError) -> WireResponse {
        try await self.exchange(request).response
    }

    /// Sends a request and returns the answer, and whose it is.
    ///
    /// A request that the server has certainly not worked on is sent once more, on a new connection.
    public func exchange(
        _ request: WireClientRequest
    ) async throws(WireClientError) -> (response: WireResponse, peer: Peer) {
        var isRetry = false
        while true {
            let connection = try await self.connection()
            let outcome = await connection.exchange(
                request,
                authority: self.authority,
                timeout: self.requestTimeout,
                minimumBytesPerSecond: ClientExchangeHandler.minimumBytesPerSecond,
                maximumResponseBytes: self.maximumResponseBytes
            )
            switch outcome {
            case .success(let response):
                return (response, connection.peer)
            case .failure(.notSent(let detail)):
                self.forget(connection)
                if isRetry { throw connection.lossReason(detail) }
                isRetry = true
            case .failure(.lost(let detail)): throw connection.lossReason(detail)
            case .failure(.tls(let failure)): throw .tls(failure)
            case .failure(.violation(let detail)): throw .protocolViolation(detail)
            case .failure(.tooLarge): throw .responseTooLarge(limit: self.maximumResponseBytes)
            case .failure(.timeout): throw .timeout
            case .failure(.cancelled): throw .cancelled
            }
        }
    }

    /// Cuts the connection, with the requests on it and a handshake that runs; the next request makes a new one.
    ///
    /// For changes of trust: to be called after the context that the client asks for rests on the new one.
    ///
    /// - Parameter predicate: judges the server of a connection; one whose server is not known yet is cut in any case.
    public func disconnect(where predicate: (Peer) -> Bool = { _ in true }) {
        let previous = self.state.withLockedValue { state -> State in
            if case .connected(let connection) = state, !predicate(connection.peer) { return .idle }
            let previous = state
            switch previous {
            case .idle, .connecting, .connected: state = .idle
            case .closed: break
            }
            return previous
        }
        switch previous {
        case .idle, .closed: return
        case .connecting(let future): future.whenSuccess { $0.cut() }
        case .connected(let connection): connection.cut()
        }
    }

    /// Closes the connection after the requests that run; further requests are refused.
    public func close() async {
        let previous = self.state.withLockedValue { state in
            defer { state = .closed }
            return state
        }
        switch previous {
        case .idle, .closed: return
        case .connecting(let future):
            guard case .success(let connection) = await future.result() else { return }
            await Self.end(connection)
        case .connected(let connection):
            await Self.end(connection)
        }
    }

    private static func end(_ connection: ClientConnection<Peer>) async {
        connection.drain()
        _ = await connection.closeFuture.result()
    }

    private var authority: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }

    // MARK: Connection

    private func connection() async throws(WireClientError) -> ClientConnection<Peer> {
        let pending = self.state.withLockedValue {
            state -> Result<EventLoopFuture<ClientConnection<Peer>>, WireClientError> in
            switch state {
            case .closed: return .failure(.closed)
            case .connecting(let future): return .success(future)
            case .connected(let connection) where connection.isUsable:
                return .success(self.eventLoop.makeSucceededFuture(connection))
            case .idle, .connected:
                let promise = self.eventLoop.makePromise(of: ClientConnection<Peer>.self)
                state = .connecting(promise.futureResult)
                self.eventLoop.execute { self.connect(promise) }
                return .success(promise.futureResult)
            }
        }
        switch await (try pending.get()).result() {
        case .success(let connection): return connection
        case .failure(let error as WireClientError): throw error
        case .failure(let error): throw .unreachable(error.inWords(at: self.authority))
        }
    }

    private func connect(_ promise: EventLoopPromise<ClientConnection<Peer>>) {
        promise.futureResult.whenComplete { result in
            self.state.withLockedValue { state in
                // Another attempt, or a client that was closed, has nothing to do with this one.
                guard case .connecting(let current) = state, current === promise.futureResult else { return }
                switch result {
                case .success(let connection): state = .connected(connection)
                case .failure: state = .idle
                }
            }
            if case .success(let connection) = result {
                connection.closeFuture.whenComplete { _ in self.forget(connection) }
            }
        }
        ClientBootstrap(group: self.eventLoop)
            .connectTimeout(self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try OpenSSLHandler(
                        context: self.context(),
                        handshakePool: self.handshakePool,
                        handshakeTimeout: self.connectTimeout
                    )
                    let handler = ClientConnectionHandler(tls: tls, authority: self.authority, connected: promise)
                    try channel.pipeline.syncOperations.addHandlers([tls, handler])
                }
            }
            .connect(host: self.host, port: self.port)
            .whenFailure { promise.fail(WireClientError.unreachable($0.inWords(at: self.authority))) }
    }

    private func forget(_ connection: ClientConnection<Peer>) {
        self.state.withLockedValue { state in
            if case .connected(let current) = state, current === connection { state = .idle }
        }
    }
}

extension EventLoopFuture {
    /// The outcome, without throwing.
    func result() async -> Result<Value, any Error> where Value: Sendable {
        await withCheckedContinuation { continuation in
            self.whenComplete { continuation.resume(returning: $0) }
        }
    }
}
