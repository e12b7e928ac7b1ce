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
    private let key: String
    private var exchange: RequestExchange<Peer>
    private var isHead = false
    private var isRequestEnded = false
    /// A refusal that waits for the end of the read: its request may be complete by then.
    private var refusal: WireResponse?
    private var outgoing: ByteBuffer?
    /// When the first byte of the request's head came, where that is known.
    private var begin: NIODeadline?
    private var isHeadOverdue = false
    /// What came since the request's clock was started last.
    private var receivedBytes = 0
    /// When the last bytes of the body came.
    private var lastProgress = NIODeadline.distantPast
    /// What the body received so far takes of the server's memory.
    private var bodyMemory: MemoryLease
    /// What the answer takes.
    private var answerMemory: MemoryLease?
    private var clock: Scheduled<Void>?
    /// Whether the end of an answer is written but not on its way yet.
    private var isEndPending = false
    private var stallClock: Scheduled<Void>?

    /// - Parameter key: what the peer's share of the memory goes by.
    init(version: Version, service: WireService<Peer>, peer: Peer, key: String) {
        self.version = version
        self.service = service
        self.peer = peer
        self.key = key
        self.bodyMemory = MemoryLease(of: service.memory, for: key)
        self.exchange = RequestExchange(limits: service.limits)
    }

    // MARK: Request

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.headCount += 1
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
            if self.bodyMemory.take(bytes.readableBytes) {
                self.perform(self.exchange.bodyReceived(bytes), context: context)
            } else {
                self.perform(self.exchange.failed(.busy), context: context)
            }
        case .end:
            self.isRequestEnded = true
            self.reserveAnswer(context: context)
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
        case is HTTPParserError where self.isHeadOverdue:
            self.perform(self.exchange.failed(.requestTimeout), context: context)
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
        self.stallClock?.cancel()
        self.exchange.closed()
        self.bodyMemory.release()
        self.outgoing = nil
        // An application that is still at work releases its own.
        if !self.exchange.isHandling { self.answerMemory?.release() }
        context.fireChannelInactive()
    }

    private func perform(_ action: RequestExchange<Peer>.Action, context: ChannelHandlerContext) {
        switch action {
        case .none:
            return
        case .receive(let sendContinue):
            let elapsed = self.begin.map { context.eventLoop.now - $0 } ?? .zero
            self.begin = nil
            self.lastProgress = context.eventLoop.now
            self.startRequestClock(after: self.service.limits.requestTimeout - elapsed, context: context)
            guard sendContinue else { return }
            context.writeAndFlush(self.wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        case .handle(let request):
            self.clock?.cancel()
            let eventLoop = context.eventLoop
            let handler = NIOLoopBound(self, eventLoop: eventLoop)
            let context = NIOLoopBound(context, eventLoop: eventLoop)
            let body = self.bodyMemory
            self.bodyMemory = MemoryLease(of: self.service.memory, for: self.key)
            var request = request
            request.answerMemory = self.answerMemory
            self.service.run(request, body: body) { response in
                eventLoop.execute { handler.value.answered(response, context: context.value) }
            }
        case .refuse(let problem):
            self.clock?.cancel()
            self.bodyMemory.release()
            self.refusal = .problem(self.service.onRefusedRequest(problem, self.peer))
        }
    }

    /// Takes memory for the answer to a request that has arrived whole, before the application makes it.
    private func reserveAnswer(context: ChannelHandlerContext) {
        guard self.exchange.isReceiving else { return }
        let memory = MemoryLease(of: self.service.memory, for: self.key)
        self.answerMemory = memory
        guard !memory.take(self.service.limits.expectedAnswerBytes) else { return }
        self.perform(self.exchange.failed(.busy), context: context)
    }

    /// Gives a request the time it is allowed, and as much again behind its last bytes when enough came in that time: what
    /// came faster before is no credit with which to hold memory for hours.
    private func startRequestClock(after delay: TimeAmount, context: ChannelHandlerContext) {
        self.receivedBytes = 0
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            guard self.exchange.isReceiving else { return }
            let limits = self.service.limits
            let seconds = max(1, Int(delay.nanoseconds / TimeAmount.seconds(1).nanoseconds))
            let rest = self.lastProgress + limits.requestTimeout - context.eventLoop.now
            if self.receivedBytes >= seconds * limits.minimumBytesPerSecond, rest > .zero {
                self.startRequestClock(after: rest, context: context)
            } else {
                self.perform(self.exchange.failed(.requestTimeout), context: context)
                self.sendRefusal(context: context)
            }
        }
    }

    // MARK: Head

    /// How many heads came; see ``HTTP1HeadClockHandler``.
    private(set) var headCount = 0

    /// Whether nothing of the next request is known but bytes that came, if any.
    var isAwaitingHead: Bool { self.exchange.isWaiting }

    func headBegan(at time: NIODeadline) {
        self.begin = time
    }

    /// To be followed by the error that makes NIO's handlers take the answer.
    func headIsOverdue() {
        self.isHeadOverdue = true
    }

    // MARK: Response

    private func answered(_ response: WireResponse, context: ChannelHandlerContext) {
        guard self.exchange.answered() else {
            self.answerMemory?.release()
            return
        }
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
        if context.channel.isWritable {
            self.writeBody(context: context)
            if self.isEndPending { self.startStallClock(context: context) }
        }
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
        guard body.readableBytes == 0 else {
            self.outgoing = body
            self.startStallClock(context: context)
            return
        }
        self.clock?.cancel()
        self.writeEnd(context: context)
    }

    private func writeEnd(context: ChannelHandlerContext) {
        let isRequestComplete = self.exchange.responseWritten()
        let memory = self.answerMemory
        self.answerMemory = nil
        let answer = self.headCount
        self.isEndPending = true
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            memory?.release()
            // The next answer of the connection has its own end and clock.
            if answer == self.headCount, self.isEndPending {
                self.isEndPending = false
                self.stallClock?.cancel()
            }
            guard case .success = result, case .http2 = self.version, !isRequestComplete, !self.isRequestEnded,
                context.channel.isActive
            else { return }
            // Now that the whole answer is out (a reset would overtake it and take it away), tells the client to stop
            // sending; the answer stays good (RFC 9113 section 8.1).
            context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: .noError), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
        if self.isEndPending, answer == self.headCount { self.startStallClock(context: context) }
    }

    /// Ends a stream or connection whose peer does not read on.
    private func startStallClock(context: ChannelHandlerContext) {
        self.stallClock?.cancel()
        self.stallClock = context.eventLoop.assumeIsolated().scheduleTask(in: self.service.limits.stallTimeout) {
            guard self.outgoing != nil || self.isEndPending else { return }
            self.outgoing = nil
            self.answerMemory?.release()
            context.close(promise: nil)
        }
    }
}
