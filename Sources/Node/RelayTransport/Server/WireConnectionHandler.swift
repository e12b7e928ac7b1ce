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
    /// Returns nil for a peer that may stay.
    private let admit: (any Channel, Peer) -> TLSFailure?

    init(
        tls: OpenSSLHandler<Peer>,
        service: WireService<Peer>,
        admit: @escaping (any Channel, Peer) -> TLSFailure?
    ) {
        self.tls = tls
        self.service = service
        self.admit = admit
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let name) = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        guard let peer = self.tls.peer, self.admit(context.channel, peer) == nil else {
            context.close(promise: nil)
            return
        }
        do {
            let operations = context.pipeline.syncOperations
            switch name {
            case ALPNProtocol.http2: try self.addHTTP2(operations, peer: peer, channel: context.channel)
            default: try self.addHTTP1(operations, peer: peer)
            }
            try operations.addHandler(ConnectionErrorHandler())
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    private func addHTTP1(_ operations: ChannelPipeline.SynchronousOperations, peer: Peer) throws {
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
            HTTP1ConnectionHandler(limits: self.service.limits), HTTP1ToHTTPServerCodec(secure: true),
            WireRequestHandler(version: .http1, service: self.service, peer: peer),
        ])
    }

    private func addHTTP2(
        _ operations: ChannelPipeline.SynchronousOperations,
        peer: Peer,
        channel: any Channel
    ) throws {
        let limits = self.service.limits
        let service = self.service
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: limits.idleTimeout, maxAge: nil, maxGraceTime: nil, keepalive: nil)
        )
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streamsPerConnection),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerBytes),
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
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTPServerCodec(),
                    WireRequestHandler(version: .http2, service: service, peer: peer),
                ])
            }
        }
        try operations.addHandler(manager)
        // The channel became active long ago; this starts the clock for a connection that never opens a stream.
        manager.channelActive(context: try operations.context(handler: manager))
        try operations.addHandler(ConnectionWindowHandler(target: limits.connectionWindow))
    }
}

/// The application protocols (RFC 7301) that the transport speaks.
enum ALPNProtocol {
    static let http2 = "h2"
    static let http1 = "http/1.1"
}
