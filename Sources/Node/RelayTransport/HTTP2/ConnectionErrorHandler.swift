import NIOCore
import NIOHTTP2
import NIOOpenSSL

/// The end of the pipeline of a client's connection, or of a server's in HTTP/1.1: an error that concerns the whole
/// connection closes it.
final class ConnectionErrorHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let onError: ((any Error) -> Void)?

    init(onError: ((any Error) -> Void)? = nil) {
        self.onError = onError
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Frames of the connection, which NIOHTTP2Handler has acted on.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is NIOHTTP2Errors.NoSuchStream, is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed:
            // Of one stream: the others go on.
            return
        case is TLSFailure:
            // The TLS handler closes by itself, after its alert.
            self.onError?(error)
        default:
            self.onError?(error)
            context.close(promise: nil)
        }
    }
}
