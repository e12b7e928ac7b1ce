import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOPosix
import Testing

@testable import RelayTransport

/// The handler on an embedded channel, where the test holds the clock and the writability.
@Suite struct WireRequestHandlerTests {
    private func makeChannel(
        limits: WireLimits = WireLimits(),
        bodyLimit: Int = 1 << 20
    ) throws -> (channel: EmbeddedChannel, requests: NIOLockedValueBox<[WireRequest<String>]>) {
        let requests = NIOLockedValueBox<[WireRequest<String>]>([])
        let service = WireService<String>(
            limits: limits,
            admit: { _, _ in .success(bodyLimit) },
            respond: { request in
                requests.withLockedValue { $0.append(request) }
                return WireResponse(status: .ok)
            },
            onRefusedRequest: { problem, _ in problem }
        )
        let channel = EmbeddedChannel(
            handler: WireRequestHandler(version: .http1, service: service, peer: "peer", key: "peer")
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, requests)
    }

    private func head(_ path: String = "/x", fields: HTTPFields = [:]) -> HTTPRequestPart {
        .head(HTTPRequest(method: .post, scheme: "https", authority: "a", path: path, headerFields: fields))
    }

    private func response(_ channel: EmbeddedChannel) throws -> (status: Int, body: String)? {
        var status: Int?
        var body = ByteBuffer()
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            switch part {
            case .head(let head): status = head.status.code
            case .body(let bytes): body.writeImmutableBuffer(bytes)
            case .end: return status.map { ($0, String(buffer: body)) }
            }
        }
        return nil
    }

    @Test func `a body that comes at the least pace may take as long as it needs`() throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(10)
        limits.minimumBytesPerSecond = 100
        let (channel, _) = try makeChannel(limits: limits)
        try channel.writeInbound(head())
        for _ in 0..<60 {
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 100)))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        #expect(try response(channel) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(try response(channel)?.status == 408, "ten seconds without a byte")
    }

    @Test func `the time that a head took counts for the whole request`() throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(10)
        let (channel, _) = try makeChannel(limits: limits)
        let handler = try channel.pipeline.syncOperations.handler(type: WireRequestHandler<String>.self)
        handler.headBegan(at: channel.embeddedEventLoop.now)
        channel.embeddedEventLoop.advanceTime(by: .seconds(6))
        try channel.writeInbound(head())
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(3999))
        #expect(try response(channel) == nil)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(try response(channel)?.status == 408)
    }

    @Test func `a body that came fast at first has no credit for later`() throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(10)
        limits.minimumBytesPerSecond = 100
        let (channel, _) = try makeChannel(limits: limits)
        try channel.writeInbound(head())
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 500_000)))
        for _ in 0..<19 {
            #expect(try response(channel) == nil)
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            if channel.isActive { try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 1))) }
        }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try response(channel)?.status == 408)
    }

    @Test func `a body that stops coming gets 408, however much of it there is`() throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(10)
        limits.minimumBytesPerSecond = 100
        let (channel, _) = try makeChannel(limits: limits)
        try channel.writeInbound(head())
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 1 << 19)))
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(try response(channel) == nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try response(channel)?.status == 408)
    }

    @Test func `a body that drips below the least pace gets 408`() throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(10)
        limits.minimumBytesPerSecond = 100
        let (channel, _) = try makeChannel(limits: limits)
        try channel.writeInbound(head())
        for _ in 0..<11 {
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 1)))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        #expect(try response(channel)?.status == 408)
    }

    @Test func `an answer that nobody reads closes the stream at the stall timeout`() throws {
        let (channel, _) = try makeChannel(bodyLimit: 0)
        channel.isWritable = false
        try channel.writeInbound(head(fields: [.contentLength: "5"]))
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func `a short answer that nobody takes closes the stream as well`() throws {
        let (channel, _) = try makeChannel(bodyLimit: 0)
        let holder = WriteHolder()
        try channel.pipeline.syncOperations.addHandler(holder, position: .first)
        try channel.writeInbound(head(fields: [.contentLength: "5"]))
        #expect(holder.held.count > 0, "the answer is with a channel that does not send it")
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test func `an answer goes on when the channel is writable again`() throws {
        let (channel, _) = try makeChannel(bodyLimit: 0)
        channel.isWritable = false
        try channel.writeInbound(head(fields: [.contentLength: "5"]))
        #expect(try response(channel) == nil)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        var body = ByteBuffer()
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
            if case .body(let bytes) = part { body.writeImmutableBuffer(bytes) }
        }
        #expect(try ProblemDetails(parsing: Array(body.readableBytesView)).code == "body-too-large")
    }

    @Test func `a client that waits for leave to send gets it after the head is admitted`() throws {
        let (channel, _) = try makeChannel(bodyLimit: 10)
        try channel.writeInbound(head(fields: [.contentLength: "5", .expect: "100-continue"]))
        #expect(
            try channel.readOutbound(as: HTTPResponsePart.self) == .head(HTTPResponse(status: .continue))
        )
        let (refusing, _) = try makeChannel(bodyLimit: 4)
        try refusing.writeInbound(head(fields: [.contentLength: "5", .expect: "100-continue"]))
        #expect(try response(refusing)?.status == 413)
    }

    @Test(arguments: ["", "x", "*", "http://a/x", "/a b", "/a#b", "/ü"])
    func `a target that is no plain path is refused`(path: String) throws {
        let (channel, _) = try makeChannel()
        try channel.writeInbound(head(path))
        #expect(try response(channel)?.status == 400)
    }
}

/// Stands for a peer that opens no window: what is written stays here.
final class WriteHolder: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart

    var held: [EventLoopPromise<Void>?] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        held.append(promise)
    }

    /// Lets everything go.
    func release() {
        for promise in held { promise?.succeed() }
        held = []
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for promise in held { promise?.fail(ChannelError.ioOnClosedChannel) }
        held = []
    }
}

@Suite struct RequestExchangeTests {
    private func begin(
        bodyLimit: Int = 10,
        fields: HTTPFields = [:]
    ) -> (RequestExchange<String>, RequestExchange<String>.Action) {
        var exchange = RequestExchange<String>(limits: WireLimits())
        let head = HTTPRequest(method: .post, scheme: "https", authority: "a", path: "/x?y=z", headerFields: fields)
        let action = exchange.headReceived(head, allocator: ByteBufferAllocator()) { _ in .success(bodyLimit) }
        return (exchange, action)
    }

    private func refusal(_ action: RequestExchange<String>.Action) -> String? {
        if case .refuse(let problem) = action { problem.code } else { nil }
    }

    @Test func `a request arrives in parts and is handed over whole`() {
        var (exchange, _) = begin()
        for part in ["ab", "", "cd"] { _ = exchange.bodyReceived(ByteBuffer(string: part)) }
        guard case .handle(let request) = exchange.endReceived(peer: "peer") else {
            Issue.record("expected the request")
            return
        }
        #expect(String(buffer: request.body) == "abcd")
        #expect(request.path == "/x")
        #expect(request.queryValue("y") == "z")
        #expect(request.peer == "peer")
        let isAwaited = exchange.answered()
        let isWhole = exchange.responseWritten()
        #expect(isAwaited && isWhole && exchange.isWaiting)
    }

    @Test(arguments: [(10, nil), (11, "body-too-large")])
    func `the announced length is held against the limit`(length: Int, code: String?) {
        #expect(refusal(begin(fields: [.contentLength: "\(length)"]).1) == code)
    }

    @Test(arguments: ["-1", "x", "1e3", "99999999999999999999", "1, 2"])
    func `a length that is no number is refused`(length: String) {
        #expect(refusal(begin(fields: [.contentLength: length]).1) == "malformed-request")
    }

    @Test func `the body is counted whatever was announced`() {
        var (exchange, _) = begin(fields: [.contentLength: "3"])
        let actions = [10, 1, 1].map { exchange.bodyReceived(ByteBuffer(repeating: 1, count: $0)) }
        #expect(actions.map(refusal) == [nil, "body-too-large", nil])
    }

    @Test func `an answer to a request that is gone is dropped`() {
        var (exchange, _) = begin()
        _ = exchange.endReceived(peer: "peer")
        exchange.closed()
        let isAwaited = exchange.answered()
        #expect(!isAwaited)
    }

    @Test func `an early answer ends the exchange unless the request became whole meanwhile`() {
        var (early, _) = begin(bodyLimit: 0, fields: [.contentLength: "1"])
        let isEarlyWhole = early.responseWritten()
        #expect(!isEarlyWhole && !early.isWaiting)
        var (late, _) = begin(bodyLimit: 0, fields: [.contentLength: "1"])
        _ = late.endReceived(peer: "peer")
        let isLateWhole = late.responseWritten()
        #expect(isLateWhole && late.isWaiting)
    }

    @Test func `an application that is at work is not interrupted by the request's clock`() {
        var (exchange, _) = begin()
        _ = exchange.endReceived(peer: "peer")
        let action = exchange.failed(.requestTimeout)
        let isAwaited = exchange.answered()
        #expect(refusal(action) == nil && isAwaited)
    }
}
