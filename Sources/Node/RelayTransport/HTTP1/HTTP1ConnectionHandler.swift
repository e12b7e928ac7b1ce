import NIOCore
import NIOHTTP1

/// The life of an HTTP/1.1 connection: whether it stays open after a response, and when it is idle too long.
///
/// A response to a request that has not arrived whole ends the connection (RFC 9112 section 9.6): the output is closed,
/// and what the client still sends is read and dropped for a moment, so that it can read the response.
final class HTTP1ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private static let lingerTimeout = TimeAmount.seconds(2)

    private let limits: WireLimits
    private var isKeepAlive = true
    private var isRequestComplete = false
    private var isClosing = false
    /// Whether a head was refused here, so that nothing of the connection's input counts any more.
    private var isDropping = false
    private var clock: Scheduled<Void>?

    init(limits: WireLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.startClock(after: self.limits.idleTimeout, context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.clock?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing, !self.isDropping else { return }
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.clock?.cancel()
            guard head.hasOneHost else {
                self.isDropping = true
                self.isRequestComplete = false
                self.errorCaught(context: context, error: HTTPParserError.unknown)
                return
            }
            self.isKeepAlive = head.isKeepAlive
            self.isRequestComplete = false
        case .body: break
        case .end: self.isRequestComplete = true
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { self.isKeepAlive = false }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(var head):
            guard !head.isInformational else {
                context.write(data, promise: promise)
                return
            }
            if !self.isKeepAlive || !self.isRequestComplete {
                self.isClosing = true
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            guard self.isClosing else {
                context.write(data, promise: promise)
                self.startClock(after: self.limits.idleTimeout, context: context)
                return
            }
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.assumeIsolated().whenSuccess {
                context.close(mode: .output, promise: nil)
                self.startClock(after: Self.lingerTimeout, context: context)
            }
            context.write(data, promise: written)
        }
    }

    private func startClock(after delay: TimeAmount, context: ChannelHandlerContext) {
        self.clock?.cancel()
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            context.close(promise: nil)
        }
    }
}

extension HTTPResponseHead {
    fileprivate var isInformational: Bool { (100..<200).contains(self.status.code) }
}

extension HTTPRequestHead {
    /// Whether `Host` is there once, as HTTP/1.1 demands (RFC 9112 section 3.2).
    fileprivate var hasOneHost: Bool { self.version == .http1_0 || self.headers["host"].count == 1 }
}
