import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOOpenSSL

/// One request and its answer on a client's stream or connection.
final class ClientExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPRequestPart
    typealias Outcome = Result<WireResponse, ClientExchangeFailure>

    private static let chunkSize = 64 << 10
    /// The pace below which a large request or answer is given up.
    static let minimumBytesPerSecond = 32 << 10

    private let head: HTTPRequest
    private let timeout: TimeAmount
    private let minimumBytesPerSecond: Int
    private let maximumResponseBytes: Int
    private let outcome: EventLoopPromise<Outcome>
    private let cancellation: EventLoopFuture<Void>
    /// What is left to send; nil when all of it, or enough, was sent.
    private var outgoing: ByteBuffer?
    private var hasBegun = false
    private var isFinished = false
    private var response: WireResponse?
    private var clock: Scheduled<Void>?
    private var begin = NIODeadline.distantPast
    /// Bytes of both bodies that were taken by the connection or came from it.
    private var movedBytes = 0

    /// - Parameter cancellation: completes when nobody waits for the outcome any more.
    init(
        request: WireClientRequest,
        scheme: String,
        authority: String,
        timeout: TimeAmount,
        minimumBytesPerSecond: Int,
        maximumResponseBytes: Int,
        outcome: EventLoopPromise<Outcome>,
        cancellation: EventLoopFuture<Void>
    ) {
        var head = HTTPRequest(
            method: request.method,
            scheme: scheme,
            authority: authority,
            path: request.path,
            headerFields: request.headers
        )
        if request.body.readableBytes > 0 || request.method == .post || request.method == .put {
            head.headerFields[.contentLength] = String(request.body.readableBytes)
        }
        self.head = head
        self.outgoing = request.body
        self.timeout = timeout
        self.minimumBytesPerSecond = minimumBytesPerSecond
        self.maximumResponseBytes = maximumResponseBytes
        self.outcome = outcome
        self.cancellation = cancellation
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.begin = context.eventLoop.now
        self.startClock(after: self.timeout, context: context)
        self.cancellation.assumeIsolated().whenComplete { _ in
            self.fail(.cancelled, context: context)
        }
        if context.channel.isActive { self.start(context: context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.closed()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        self.start(context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.closed()
        context.fireChannelInactive()
    }

    /// Gives the exchange its time, and a second more for each `minimumBytesPerSecond` that it has moved.
    private func startClock(after delay: TimeAmount, context: ChannelHandlerContext) {
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            guard !self.isFinished else { return }
            let allowance = TimeAmount.seconds(Int64(self.movedBytes / max(1, self.minimumBytesPerSecond)))
            let rest = self.begin + self.timeout + allowance - context.eventLoop.now
            if rest > .zero {
                self.startClock(after: rest, context: context)
            } else {
                self.fail(.timeout, context: context)
            }
        }
    }

    // MARK: Request

    private func start(context: ChannelHandlerContext) {
        guard !self.hasBegun, !self.isFinished else { return }
        self.hasBegun = true
        context.write(self.wrapOutboundOut(.head(self.head)), promise: nil)
        self.writeBody(context: context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, self.hasBegun { self.writeBody(context: context) }
        context.fireChannelWritabilityChanged()
    }

    private func writeBody(context: ChannelHandlerContext) {
        // Taken out while writing, as a flush can make the channel writable and call this again.
        guard !self.isFinished, var body = self.outgoing else { return }
        self.outgoing = nil
        while context.channel.isWritable, !self.isFinished,
            let chunk = body.readSlice(length: min(Self.chunkSize, body.readableBytes)), chunk.readableBytes > 0
        {
            self.movedBytes += chunk.readableBytes
            context.writeAndFlush(self.wrapOutboundOut(.body(chunk)), promise: nil)
        }
        guard !self.isFinished else { return }
        if body.readableBytes == 0 {
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            self.outgoing = body
            context.flush()
        }
    }

    // MARK: Response

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isFinished else { return }
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.kind != .informational else { return }
            self.response = WireResponse(status: head.status, headers: head.headerFields)
        case .body(let bytes):
            guard var response = self.response else {
                self.fail(.violation("a body without a head"), context: context)
                return
            }
            self.response = nil  // Gives up the other reference to the body, so that it grows in place.
            guard response.body.readableBytes + bytes.readableBytes <= self.maximumResponseBytes else {
                self.fail(.tooLarge, context: context)
                return
            }
            self.movedBytes += bytes.readableBytes
            response.body.writeImmutableBuffer(bytes)
            self.response = response
        case .end:
            guard let response = self.response else {
                self.fail(.violation("an end without a head"), context: context)
                return
            }
            // An answer before the whole request was sent means that the rest is not wanted.
            let isSent = self.outgoing == nil
            self.finish(.success(response))
            if !isSent { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let failure as TLSFailure:
            self.fail(.tls(failure), context: context)
        case let error as NIOHTTP2Errors.StreamClosed where error.errorCode == .refusedStream:
            self.fail(.notSent("the stream was refused"), context: context)
        case let error as NIOHTTP2Errors.StreamClosed:
            self.fail(.lost("the stream was reset: \(error.errorCode)"), context: context)
        case is NIOHTTP2Errors.NoStreamIDAvailable:
            self.fail(.notSent("no stream is left on the connection"), context: context)
        default:
            self.fail(.lost("\(error)"), context: context)
        }
    }

    private func closed() {
        let detail = "the stream was closed"
        self.finish(.failure(self.hasBegun ? .lost(detail) : .notSent(detail)))
    }

    private func fail(_ failure: ClientExchangeFailure, context: ChannelHandlerContext) {
        guard !self.isFinished else { return }
        self.finish(.failure(failure))
        context.close(promise: nil)
    }

    private func finish(_ outcome: Outcome) {
        guard !self.isFinished else { return }
        self.isFinished = true
        self.clock?.cancel()
        self.outgoing = nil
        self.response = nil
        self.outcome.succeed(outcome)
    }
}

/// Why a stream gave no answer, before the connection's own reasons are known.
enum ClientExchangeFailure: Error, Hashable {
    /// The other side has not worked on it, so that it can be sent again.
    case notSent(String)
    case lost(String)
    case tls(TLSFailure)
    case violation(String)
    case tooLarge
    case timeout
    case cancelled
}
