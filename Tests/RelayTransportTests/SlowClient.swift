import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOOpenSSL
import NIOPosix
import NIOTLS
import OpenSSLCrypto
import RelayTransport

enum TestHTTP: String, Sendable, CaseIterable {
    case http1
    case http2

    var curlOption: String {
        switch self {
        case .http1: "--http1.1"
        case .http2: "--http2"
        }
    }
}

/// A client that says less than it announced.
enum SlowClient {
    /// Connects and says nothing beyond TLS (and the preface of HTTP/2).
    static func connect(_ version: TestHTTP, to server: TestServer) async throws -> any Channel {
        let context = try TLSContext<String>(
            side: .client,
            certificateChain: [TestIdentity.client.certificate],
            privateKey: TestIdentity.client.key,
            applicationProtocols: [version == .http1 ? "http/1.1" : "h2"],
            authenticate: { .accepted($0[0].subject) }
        )
        return try await ClientBootstrap(group: TestServer.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try OpenSSLHandler(
                        context: context,
                        handshakePool: TestServer.pool,
                        handshakeTimeout: .seconds(10)
                    )
                    try channel.pipeline.syncOperations.addHandler(tls)
                    switch version {
                    case .http1:
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    case .http2:
                        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                            mode: .client,
                            connectionConfiguration: .init(),
                            streamConfiguration: .init()
                        ) { $0.close() }
                    }
                }
            }
            .connect(host: "127.0.0.1", port: server.wire.port).get()
    }

    /// Sends a head that announces a body, and only the parts given; returns the answer.
    static func send(
        _ version: TestHTTP,
        to server: TestServer,
        announcing length: Int,
        body: [ByteBuffer]
    ) async throws -> WireResponse? {
        let channel = try await connect(version, to: server)
        let answer = channel.eventLoop.makePromise(of: WireResponse?.self)
        let sender = { @Sendable (channel: any Channel) in
            channel.eventLoop.makeCompletedFuture {
                switch version {
                case .http1: try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPClientCodec())
                case .http2: try channel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPClientCodec())
                }
                try channel.pipeline.syncOperations.addHandler(Sender(length: length, parts: body, answer: answer))
            }
        }
        do {
            switch version {
            case .http1:
                try await channel.eventLoop.flatSubmit { sender(channel) }.get()
            case .http2:
                let multiplexer = try await channel.pipeline.handler(type: NIOHTTP2Handler.self)
                    .flatMap { $0.multiplexer }.get()
                _ = try await multiplexer.createStreamChannel(sender).get()
            }
        } catch {
            // The server has closed the connection already.
            answer.succeed(nil)
        }
        let response = try await answer.futureResult.get()
        try? await channel.close()
        return response
    }

    private final class Sender: ChannelInboundHandler {
        typealias InboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPRequestPart

        let length: Int
        let parts: [ByteBuffer]
        let answer: EventLoopPromise<WireResponse?>
        var response: WireResponse?
        var hasBegun = false

        init(length: Int, parts: [ByteBuffer], answer: EventLoopPromise<WireResponse?>) {
            self.length = length
            self.parts = parts
            self.answer = answer
        }

        func handlerAdded(context: ChannelHandlerContext) {
            if context.channel.isActive { begin(context: context) }
        }

        func channelActive(context: ChannelHandlerContext) {
            begin(context: context)
        }

        private func begin(context: ChannelHandlerContext) {
            guard !hasBegun else { return }
            hasBegun = true
            let head = HTTPRequest(
                method: .post,
                scheme: "https",
                authority: "localhost",
                path: "/echo",
                headerFields: [.contentLength: "\(length)"]
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            for part in parts { context.write(wrapOutboundOut(.body(part)), promise: nil) }
            context.flush()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): response = WireResponse(status: head.status, headers: head.headerFields)
            case .body(let bytes): response?.body.writeImmutableBuffer(bytes)
            case .end: answer.succeed(response)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            answer.succeed(nil)
        }
    }
}
