import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOPosix
import NIOTLS
import Testing

@testable import NIOOpenSSL

/// What arrives close to the end of a handshake whose steps run on the pool, where no read of its own is left for it.
@Suite struct HandshakeEndTests {
    enum Arrival: CaseIterable, Sendable {
        /// In one piece with the last bytes of the handshake.
        case withTheLastBytes
        /// While the step that these bytes caused waits for the pool.
        case duringTheStep
    }

    private final class Events: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let seen: NIOLockedValueBox<[String]>

        init(_ seen: NIOLockedValueBox<[String]>) {
            self.seen = seen
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case TLSUserEvent.handshakeCompleted = event { seen.withLockedValue { $0.append("handshake") } }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            seen.withLockedValue { $0.append(text) }
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            seen.withLockedValue { $0.append("complete") }
        }
    }

    private func makeEnd(
        _ context: TLSContext<String>,
        pool: NIOThreadPool?,
        events: NIOLockedValueBox<[String]>
    ) async throws -> NIOAsyncTestingChannel {
        let channel = try await NIOAsyncTestingChannel { channel in
            let handler = try OpenSSLHandler(context: context, handshakePool: pool, handshakeTimeout: .seconds(60))
            try channel.pipeline.syncOperations.addHandlers([handler, Events(events)])
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        return channel
    }

    private func output(of channel: NIOAsyncTestingChannel) async throws -> ByteBuffer {
        var all = try await channel.waitForOutboundWrite(as: ByteBuffer.self)
        while var more = try await channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&more) }
        return all
    }

    @Test(.timeLimit(.minutes(10)), arguments: Arrival.allCases)
    func `a request that arrives with the end of the handshake is delivered and its read completed`(
        arrival: Arrival
    ) async throws {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let events = NIOLockedValueBox<[String]>([])
        let server = try await makeEnd(makeContext(.server), pool: pool, events: events)
        let client = try await makeEnd(makeContext(.client), pool: nil, events: NIOLockedValueBox([]))

        try await server.writeInbound(try await output(of: client))
        try await client.writeInbound(try await output(of: server))
        var last = try await output(of: client)
        client.writeAndFlush(ByteBuffer(string: "request"), promise: nil)
        var request = try await output(of: client)
        events.withLockedValue { $0 = [] }
        switch arrival {
        case .withTheLastBytes:
            last.writeBuffer(&request)
            try await server.writeInbound(last)
        case .duringTheStep:
            let gate = DispatchGate()
            pool.submit { _ in gate.wait() }
            try await server.writeInbound(last)
            try await server.writeInbound(request)
            #expect(!events.withLockedValue { $0.contains("request") })
            gate.open()
        }
        while !events.withLockedValue({ $0.contains("request") }) { await Task.yield() }
        // The loop has run all that the delivery did when it runs this.
        try await server.testingEventLoop.executeInContext {}
        let seen = events.withLockedValue { $0 }
        #expect(seen.firstIndex(of: "handshake") ?? .max < seen.firstIndex(of: "request") ?? .max)
        #expect(seen.suffix(2) == ["request", "complete"], "\(seen)")
        for channel in [server, client] {
            channel.close(promise: nil)
            // Neither hears of the other's close_notify.
            await channel.testingEventLoop.advanceTime(by: .seconds(10))
        }
        try await pool.shutdownGracefully()
    }
}

/// Blocks a thread of the pool until a test opens it.
private final class DispatchGate: Sendable {
    private let lock = ConditionLock(value: false)

    func wait() {
        lock.lock(whenValue: true)
        lock.unlock()
    }

    func open() {
        lock.lock()
        lock.unlock(withValue: true)
    }
}
