import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import RelayTransport

/// The handler on an embedded channel, where the test holds the clock and the writability.
@Suite struct ClientExchangeHandlerTests {
    /// A request on its way, and what became of it.
    private final class Exchange {
        let channel = EmbeddedChannel()
        private let ended = NIOLockedValueBox<ClientExchangeHandler.Outcome?>(nil)
        let promise: EventLoopPromise<ClientExchangeHandler.Outcome>
        let cancellation: EventLoopPromise<Void>

        init() {
            promise = channel.eventLoop.makePromise()
            cancellation = channel.eventLoop.makePromise()
            promise.futureResult.whenSuccess { [ended] outcome in ended.withLockedValue { $0 = outcome } }
        }

        deinit {
            cancellation.succeed()
        }

        var outcome: ClientExchangeHandler.Outcome? { ended.withLockedValue { $0 } }

        func advance(by time: TimeAmount) {
            channel.embeddedEventLoop.advanceTime(by: time)
        }
    }

    private func begin(sending count: Int, isWritable: Bool = true) throws -> Exchange {
        let exchange = Exchange()
        let channel = exchange.channel
        let handler = ClientExchangeHandler(
            request: WireClientRequest(method: .post, path: "/", body: ByteBuffer(repeating: 1, count: count)),
            scheme: "https",
            authority: "a",
            timeout: .seconds(10),
            minimumBytesPerSecond: 1000,
            maximumResponseBytes: 1 << 20,
            outcome: exchange.promise,
            cancellation: exchange.cancellation.futureResult
        )
        channel.isWritable = isWritable
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return exchange
    }

    @Test(arguments: [(0, 10), (999, 10), (60_000, 70)])
    func `a large request has a second more for each thousand bytes of the pace`(bytes: Int, seconds: Int64) throws {
        let exchange = try begin(sending: bytes)
        exchange.advance(by: .seconds(seconds) - .milliseconds(1))
        #expect(exchange.outcome == nil)
        exchange.advance(by: .milliseconds(1))
        #expect(exchange.outcome == .failure(.timeout))
    }

    @Test func `what the connection does not take gives no time`() throws {
        let exchange = try begin(sending: 60_000, isWritable: false)
        exchange.advance(by: .seconds(10))
        #expect(exchange.outcome == .failure(.timeout))
    }

    @Test func `an answer that comes at the pace is waited for`() throws {
        let exchange = try begin(sending: 0)
        try exchange.channel.writeInbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        for _ in 0..<40 {
            try exchange.channel.writeInbound(HTTPResponsePart.body(ByteBuffer(repeating: 2, count: 1000)))
            exchange.advance(by: .seconds(1))
        }
        try exchange.channel.writeInbound(HTTPResponsePart.end(nil))
        guard case .success(let response) = exchange.outcome else {
            Issue.record("expected an answer")
            return
        }
        #expect(response.body.readableBytes == 40_000)
    }
}
