import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOOpenSSL
import NIOTLS

/// Waits for the TLS handshake of an accepted connection, then builds the HTTP version that was negotiated on top.
final class WireConnectionHandler<Peer: Sendable>: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let tls: OpenSSLHandler<Peer>
    private let service: WireService<Peer>
    private let peerKey: (Peer) -> String
    /// Says whether the peer may stay.
    private let admit: (any Channel, Peer, _ key: String) -> Bool

    init(
        tls: OpenSSLHandler<Peer>,
        service: WireService<Peer>,
        peerKey: @escaping (Peer) -> String,
        admit: @escaping (any Channel, Peer, _ key: String) -> Bool
    ) {
        self.tls = tls
        self.service = service
        self.peerKey = peerKey
        self.admit = admit
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let name) = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        guard let peer = self.tls.peer else {
            context.close(promise: nil)
            return
        }
        let key = self.peerKey(peer)
        guard self.admit(context.channel, peer, key) else {
            context.close(promise: nil)
            return
        }
        do {
            let operations = context.pipeline.syncOperations
            switch name {
            case ALPNProtocol.http2: try self.addHTTP2(operations, peer: peer, key: key, channel: context.channel)
            default: try self.addHTTP1(operations, peer: peer, key: key)
            }
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    private func addHTTP1(_ operations: ChannelPipeline.SynchronousOperations, peer: Peer, key: String) throws {
        let limits = self.service.limits
        let requests = WireRequestHandler(version: .http1, service: self.service, peer: peer, key: key)
        try operations.addHandler(HTTP1HeadClockHandler(requests: requests, timeout: limits.requestTimeout))
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderListSize = self.service.limits.headerBytes
        decoderLimits.maxHeaderFieldSize = self.service.limits.headerBytes
        try operations.configureHTTPServerPipeline(
            withPipeliningAssistance: true,
            withErrorHandling: false,
            withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoderLimits
        )
        try operations.addHandlers([
            HTTP1ConnectionHandler(limits: limits), HTTP1ToHTTPServerCodec(secure: true), requests,
        ])
        try operations.addHandler(ConnectionErrorHandler { self.report($0, of: peer) })
    }

    private func addHTTP2(
        _ operations: ChannelPipeline.SynchronousOperations,
        peer: Peer,
        key: String,
        channel: any Channel
    ) throws {
        let limits = self.service.limits
        let service = self.service
        let streams = HTTP2StreamCount(limit: limits.streamsPerConnection)
        let end = HTTP2ConnectionEnd(streams: streams, grace: limits.closeGrace)
        let frames = HTTP2FrameGuard(
            announced: [
                HTTP2FrameGuard.maxConcurrentStreams: UInt32(limits.streamsPerConnection),
                HTTP2FrameGuard.maxHeaderListSize: UInt32(limits.headerBytes),
            ],
            frameTimeout: limits.requestTimeout,
            onGoAway: { end.goAwaySent(on: channel) }
        )
        try operations.addHandler(frames)
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: limits.idleTimeout, maxAge: nil, maxGraceTime: nil, keepalive: nil)
        )
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            // For NIO, more than this is an error of the connection. What is announced is refused by itself.
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streamsPerConnection * 10),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerBytes * 4),
            HTTP2Setting(parameter: .initialWindowSize, value: limits.streamWindow),
        ]
        connection.targetWindowSize = limits.connectionWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = limits.streamWindow
        stream.outboundBufferSizeHighWatermark = 256 << 10
        stream.outboundBufferSizeLowWatermark = 64 << 10
        _ = try operations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: connection,
            streamConfiguration: stream,
            streamDelegate: manager.http2StreamDelegate
        ) { [streams = NIOLoopBound(streams, eventLoop: channel.eventLoop)] channel in
            guard streams.value.open(channel) else {
                _ = service.onRefusedRequest(.tooManyStreams(limit: limits.streamsPerConnection), peer)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HTTP2StreamRefusal())
                }
            }
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTPServerCodec(),
                    WireRequestHandler(version: .http2, service: service, peer: peer, key: key),
                ])
            }
        }
        try operations.addHandler(manager)
        // The channel became active long ago; this starts the clock for a connection that never opens a stream.
        manager.channelActive(context: try operations.context(handler: manager))
        try operations.addHandlers([
            ConnectionWindowHandler(target: limits.connectionWindow),
            HTTP2ErrorHandler(frames: frames) { self.report($0, of: peer) },
        ])
    }

    /// Tells the application of an error that NIO has found, and answered, by itself.
    private func report(_ error: any Error, of peer: Peer) {
        let problem: ProblemDetails
        switch error {
        case let failure as TLSFailure:
            guard case .protocolViolation = failure.reason else { return }
            problem = .protocolViolation("\(failure)")
        case let error as HTTP2StreamFailure:
            problem = .malformedRequest("a stream was reset: \(type(of: error.underlying))")
        case is HTTP2FrameGuard.FrameOverdue: problem = .requestTimeout
        case is NIOHTTP2Errors.ExcessivelyLargeHeaderBlock:
            problem = .headerTooLarge(limit: self.service.limits.headerBytes)
        case is any NIOHTTP2Error: problem = .protocolViolation("http/2: \(type(of: error))")
        default: return
        }
        // Whoever is told has had the reset or the GOAWAY already.
        _ = self.service.onRefusedRequest(problem, peer)
    }
}

/// The application protocols (RFC 7301) that the transport speaks.
enum ALPNProtocol {
    static let http2 = "h2"
    static let http1 = "http/1.1"
}
