import NIOCore
import NIOHTTP2
import NIOOpenSSL

/// The end of the pipeline of a server's HTTP/2 connection: what concerns one stream leaves the others alone, and what
/// concerns the connection ends it, behind a GOAWAY.
///
/// NIO's errors do not say which they are. It resets the stream, or writes the GOAWAY, before it tells of the error.
final class HTTP2ErrorHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let frames: HTTP2FrameGuard
    private let onError: (any Error) -> Void
    private var isEnding = false

    /// - Parameter onError: gets a ``HTTP2StreamFailure`` for a stream, and for a connection whatever has ended it.
    init(frames: HTTP2FrameGuard, onError: @escaping (any Error) -> Void) {
        self.frames = frames
        self.onError = onError
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Frames of the connection, which NIOHTTP2Handler has acted on.
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !self.isEnding else { return }
        if error is TLSFailure {
            // The TLS handler closes by itself, after its alert.
            self.onError(error)
            return
        }
        if error is any NIOHTTP2Error, case .streamReset = self.frames.lastSent {
            self.onError(HTTP2StreamFailure(underlying: error))
            return
        }
        self.isEnding = true
        self.onError(error)
        if case .goAway(let code) = self.frames.lastSent, code != 0 {
            context.close(promise: nil)
            return
        }
        let goAway = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: .maxID, errorCode: .enhanceYourCalm, opaqueData: nil)
        )
        context.writeAndFlush(self.wrapOutboundOut(goAway), promise: nil)
        context.close(promise: nil)
    }
}

/// An error for which a stream was reset.
struct HTTP2StreamFailure: Error {
    let underlying: any Error
}
