import NIOCore
import NIOHTTP1

/// Starts the clock of an HTTP/1.1 request with the first byte of its head, below the parser that would keep it.
final class HTTP1HeadClockHandler<Peer: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let requests: WireRequestHandler<Peer>
    private let timeout: TimeAmount
    private var clock: Scheduled<Void>?

    init(requests: WireRequestHandler<Peer>, timeout: TimeAmount) {
        self.requests = requests
        self.timeout = timeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.clock == nil, self.requests.isAwaitingHead { self.start(context: context) }
        let heads = self.requests.headCount
        context.fireChannelRead(data)
        if self.requests.headCount != heads { self.stop() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stop()
        context.fireChannelInactive()
    }

    private func start(context: ChannelHandlerContext) {
        self.requests.headBegan(at: context.eventLoop.now)
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: self.timeout) {
            self.clock = nil
            guard self.requests.isAwaitingHead else { return }
            self.requests.headIsOverdue()
            // NIO's handler for pipelining lets an answer to no request through behind such an error only.
            context.fireErrorCaught(HTTPParserError.unknown)
        }
    }

    private func stop() {
        self.clock?.cancel()
        self.clock = nil
    }
}
