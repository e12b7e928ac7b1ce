import NIOCore
import NIOHTTP2

/// Opens an HTTP/2 connection's flow-control window at once.
///
/// The settings cannot: they speak for streams only (RFC 9113 section 6.9.2), and NIO raises the connection's window
/// no earlier than the first data comes.
final class ConnectionWindowHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private static let initialWindow = 65535
    private let target: Int

    init(target: Int) {
        self.target = target
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard self.target > Self.initialWindow else { return }
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .windowUpdate(windowSizeIncrement: self.target - Self.initialWindow)
        )
        context.writeAndFlush(self.wrapOutboundOut(frame), promise: nil)
    }
}
