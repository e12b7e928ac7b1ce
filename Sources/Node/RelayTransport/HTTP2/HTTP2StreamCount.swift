import NIOCore
import NIOHTTP2

/// The open streams of one server's connection, on its event loop.
final class HTTP2StreamCount {
    private let limit: Int
    private(set) var count = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// Counts a stream until it closes. Returns false, and counts nothing, when there are as many as there may be.
    func open(_ channel: any Channel) -> Bool {
        guard self.count < self.limit else { return false }
        self.count += 1
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.count -= 1 }
        return true
    }
}

/// Refuses a stream that is one too many (RFC 9113 section 5.1.2): nothing of it was worked on.
final class HTTP2StreamRefusal: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private var isRefused = false

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.refuse(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.refuse(context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Of a request that nobody will answer.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The stream's own end, which is wanted.
    }

    private func refuse(context: ChannelHandlerContext) {
        guard !self.isRefused else { return }
        self.isRefused = true
        context.writeAndFlush(self.wrapOutboundOut(.rstStream(.refusedStream)), promise: nil)
    }
}
