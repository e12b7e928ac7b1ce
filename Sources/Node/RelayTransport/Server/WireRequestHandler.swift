import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOOpenSSL

/// The requests of one HTTP/2 stream or HTTP/1.1 connection, on its event loop.
final class WireRequestHandler<Peer: Sendable>: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    enum Version {
        case http1
        case http2
    }

    private static var chunkSize: Int { 64 << 10 }

    private let version: Version
    private let service: WireService<Peer>
    private let peer: Peer
    private var exchange: RequestExchange<Peer>
    private var isHead = false
    private var isRequestEnded = false
    /// A refusal that waits for the end of the read: its request may be complete by then.
    private var refusal: WireResponse?
    private var outgoing: ByteBuffer?
    private var begin = NIODeadline.distantPast
    private var receivedBytes = 0
    /// When the last bytes came.
    private var lastProgress = NIODeadline.distantPast
    /// What the body received so far takes of the server's memory for bodies.
    private var reservedBytes = 0
    private var clock: Scheduled<Void>?

    init(version: Version, service: WireService<Peer>, peer: Peer) {
        self.version = version
        self.service = service
        self.peer = peer
        self.exchange = RequestExchange(limits: service.limits)
    }

    // MARK: Request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.isHead = head.method == .head
            self.isRequestEnded = false
            let peer = self.peer
            let admit = self.service.admit
            let action = self.exchange.headReceived(head, allocator: context.channel.allocator) { admit($0, peer) }
            self.perform(action, context: context)
        case .body(let bytes):
            self.receivedBytes += bytes.readableBytes
            self.lastProgress = context.eventLoop.now
            guard self.exchange.isReceiving else { return }
            if self.service.reserve(bytes.readableBytes) {
                self.reservedBytes += bytes.readableBytes
                self.perform(self.exchange.bodyReceived(bytes), context: context)
            } else {
                self.perform(self.exchange.failed(.busy), context: context)
            }
        case .end:
            self.isRequestEnded = true
            self.perform(self.exchange.endReceived(peer: self.peer), context: context)
            self.sendRefusal(context: context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.sendRefusal(context: context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            self.perform(
                self.exchange.failed(.headerTooLarge(limit: self.service.limits.headerBytes)),
                context: context
            )
        case is HTTPParserError, is HTTP1TypeConversionError:
            self.perform(self.exchange.failed(.malformedRequest("it does not parse as HTTP")), context: context)
        case is TLSFailure, is ChannelError, is NIOHTTP2Errors.StreamClosed:
            return
        default:
            // NIO's codec for HTTP/2 keeps the errors of its conversions to itself.
            guard case .http2 = self.version, self.exchange.isWaiting else { return }
            self.perform(self.exchange.failed(.malformedRequest("the header is no request's")), context: context)
        }
        self.sendRefusal(context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.clock?.cancel()
        self.exchange.closed()
        self.releaseReservation()
        self.outgoing = nil
        context.fireChannelInactive()
    }

    private func perform(_ action: RequestExchange<Peer>.Action, context: ChannelHandlerContext) {
        switch action {
        case .none:
            return
        case .receive(let sendContinue):
            self.begin = context.eventLoop.now
            self.lastProgress = self.begin
            self.receivedBytes = 0
            self.startRequestClock(after: self.service.limits.requestTimeout, context: context)
            guard sendContinue else { return }
            context.writeAndFlush(self.wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        case .handle(let request):
            self.clock?.cancel()
            let eventLoop = context.eventLoop
            let handler = NIOLoopBound(self, eventLoop: eventLoop)
            let context = NIOLoopBound(context, eventLoop: eventLoop)
            let reservedBytes = self.reservedBytes
            self.reservedBytes = 0
            self.service.run(request, reservedBytes: reservedBytes) { response in
                eventLoop.execute { handler.value.answered(response, context: context.value) }
            }
        case .refuse(let problem):
            self.clock?.cancel()
            self.releaseReservation()
            var response = WireResponse.problem(self.service.onRefusedRequest(problem, self.peer))
            if problem.status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
            self.refusal = response
        }
    }

    private func releaseReservation() {
        self.service.release(self.reservedBytes)
        self.reservedBytes = 0
    }

    /// Gives a request the time it is allowed, and a second more for each `minimumBytesPerSecond` that it brought, as long
    /// as it brings anything: whoever sends a lot at once must not hold its memory for hours.
    private func startRequestClock(after delay: TimeAmount, context: ChannelHandlerContext) {
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            guard self.exchange.isReceiving else { return }
            let limits = self.service.limits
            let allowance = TimeAmount.seconds(Int64(self.receivedBytes / max(1, limits.minimumBytesPerSecond)))
            let silence = self.lastProgress + limits.requestTimeout
            let rest = min(self.begin + limits.requestTimeout + allowance, silence) - context.eventLoop.now
            if rest > .zero {
                self.startRequestClock(after: rest, context: context)
            } else {
                self.perform(self.exchange.failed(.requestTimeout), context: context)
                self.sendRefusal(context: context)
            }
        }
    }

    // MARK: Response

    private func answered(_ response: WireResponse, context: ChannelHandlerContext) {
        guard self.exchange.answered() else { return }
        self.send(response, context: context)
    }

    private func sendRefusal(context: ChannelHandlerContext) {
        guard let refusal = self.refusal else { return }
        self.refusal = nil
        self.send(refusal, context: context)
    }

    private func send(_ response: WireResponse, context: ChannelHandlerContext) {
        var head = HTTPResponse(status: response.status, headerFields: response.headers)
        head.headerFields[.contentLength] = String(response.body.readableBytes)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        self.outgoing = self.isHead ? ByteBuffer() : response.body
        self.writeBody(context: context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.writeBody(context: context) }
        context.fireChannelWritabilityChanged()
    }

    /// Writes as much of the answer's body as the channel takes; the rest follows when it is writable again.
    private func writeBody(context: ChannelHandlerContext) {
        // Taken out while writing, as a flush can make the channel writable and call this again.
        guard var body = self.outgoing else { return }
        self.outgoing = nil
        while context.channel.isWritable, let chunk = body.readSlice(length: min(Self.chunkSize, body.readableBytes)),
            chunk.readableBytes > 0
        {
            context.writeAndFlush(self.wrapOutboundOut(.body(chunk)), promise: nil)
        }
        self.clock?.cancel()
        guard body.readableBytes == 0 else {
            self.outgoing = body
            self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: self.service.limits.stallTimeout) {
                guard self.outgoing != nil else { return }
                self.outgoing = nil
                context.close(promise: nil)
            }
            return
        }
        let isRequestComplete = self.exchange.responseWritten()
        guard case .http2 = self.version, !isRequestComplete else {
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            return
        }
        // Once the whole answer is out (a reset would overtake it and take it away), tells the client to stop sending;
        // the answer stays good (RFC 9113 section 8.1).
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess {
            guard !self.isRequestEnded, context.channel.isActive else { return }
            context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
    }
}
