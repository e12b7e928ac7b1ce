import NIOCore
import NIOHTTP2
import NIOOpenSSL
import NIOTLS

/// Waits for the TLS handshake of a client's connection, then builds HTTP/2 on top.
final class ClientConnectionHandler<Peer: Sendable>: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let tls: OpenSSLHandler<Peer>
    private let authority: String
    private let connected: EventLoopPromise<ClientConnection<Peer>>
    private var isDecided = false

    init(tls: OpenSSLHandler<Peer>, authority: String, connected: EventLoopPromise<ClientConnection<Peer>>) {
        self.tls = tls
        self.authority = authority
        self.connected = connected
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let name) = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        guard name == ALPNProtocol.http2, let peer = self.tls.peer else {
            self.fail(.protocolViolation("expected the protocol `h2`, got `\(name ?? "none")`"))
            context.close(promise: nil)
            return
        }
        do {
            let connection = try self.addHTTP2(context.pipeline.syncOperations, peer: peer, channel: context.channel)
            self.isDecided = true
            self.connected.succeed(connection)
        } catch {
            self.fail(.protocolViolation("\(error)"))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let failure = error as? TLSFailure {
            self.fail(failure.isOfTransport ? .unreachable("\(failure) (\(self.authority))") : .tls(failure))
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(.unreachable("the connection was closed (\(self.authority))"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.fail(.unreachable("the connection was closed (\(self.authority))"))
    }

    private func fail(_ error: WireClientError) {
        guard !self.isDecided else { return }
        self.isDecided = true
        self.connected.fail(error)
    }

    private func addHTTP2(
        _ operations: ChannelPipeline.SynchronousOperations,
        peer: Peer,
        channel: any Channel
    ) throws -> ClientConnection<Peer> {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 64 << 10),
            HTTP2Setting(parameter: .initialWindowSize, value: WireClient<Peer>.streamWindow),
        ]
        connection.targetWindowSize = WireClient<Peer>.connectionWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = WireClient<Peer>.streamWindow
        stream.outboundBufferSizeHighWatermark = 256 << 10
        stream.outboundBufferSizeLowWatermark = 64 << 10
        // The server resets the stream of each request that it refuses early; that is no attack.
        stream.streamResetFrameRateLimit.maximumCount = .max
        let multiplexer = try operations.configureHTTP2Pipeline(
            mode: .client,
            connectionConfiguration: connection,
            streamConfiguration: stream
        ) { channel in
            // Servers open no streams, as push is off.
            channel.close()
        }
        let client = ClientConnection(peer: peer, channel: channel, multiplexer: multiplexer)
        try operations.addHandlers([
            ConnectionWindowHandler(target: WireClient<Peer>.connectionWindow),
            GoAwayHandler { client.drain() },
            ConnectionErrorHandler { client.noteFailure($0) },
        ])
        return client
    }
}

extension TLSFailure {
    /// Whether no handshake came about for reasons that say nothing of who the peer is.
    fileprivate var isOfTransport: Bool {
        switch self.reason {
        case .handshakeTimeout, .closedDuringHandshake, .truncated, .poolStopped: true
        case .refusedPeer, .alertReceived, .protocolViolation, .noApplicationProtocol: false
        }
    }
}

/// Notices that the server wants no further streams (RFC 9113 section 6.8).
final class GoAwayHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame

    private let onGoAway: () -> Void

    init(onGoAway: @escaping () -> Void) {
        self.onGoAway = onGoAway
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .goAway = self.unwrapInboundIn(data).payload { self.onGoAway() }
        context.fireChannelRead(data)
    }
}
