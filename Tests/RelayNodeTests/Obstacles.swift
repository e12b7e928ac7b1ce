import NIOCore
import NIOPosix
import Synchronization

/// Somebody who answers at a node's port and shuts the door at once, and says how often that has happened.
struct ClosingDoor: Sendable {
    private let channel: any Channel
    private let knocks: AsyncStream<Void>

    static func open(port: Int) async throws -> ClosingDoor {
        let (knocks, knock) = AsyncStream<Void>.makeStream()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                knock.yield()
                return child.close()
            }
            .bind(host: "127.0.0.1", port: port).get()
        return ClosingDoor(channel: channel, knocks: knocks)
    }

    /// Waits for so many callers. A node that starts calls once to greet, and once when it has something to deliver.
    func knocked(times count: Int) async {
        var rest = count
        for await _ in knocks {
            rest -= 1
            if rest == 0 { return }
        }
    }

    func remove() async throws {
        try await channel.close()
    }
}

/// A way between two nodes that, once enough was asked over it, brings no answers back, until it is mended.
final class LossyProxy: Sendable {
    private struct State {
        var connections: [any Channel] = []
        var isMended = false
    }

    private let state = Mutex(State())
    private let listener = Mutex<(any Channel)?>(nil)
    private let limit: Int

    private init(limit: Int) {
        self.limit = limit
    }

    static func open(port: Int, to target: Int, losingAnswersAfter limit: Int) async throws -> LossyProxy {
        let proxy = LossyProxy(limit: limit)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                ClientBootstrap(group: child.eventLoop).connect(host: "127.0.0.1", port: target).flatMapThrowing {
                    try proxy.join(child, $0)
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        proxy.listener.withLock { $0 = channel }
        return proxy
    }

    private func join(_ client: any Channel, _ server: any Channel) throws {
        let isMended = state.withLock { state in
            state.connections += [client, server]
            return state.isMended
        }
        let way = Way(limit: isMended ? .max : limit)
        try client.pipeline.syncOperations.addHandler(Carrier(to: server, passed: { way.asked += $0 }))
        try server.pipeline.syncOperations.addHandler(Carrier(to: client, while: { way.asked <= way.limit }))
    }

    /// Cuts what was lossy, and loses nothing from now on.
    func mend() async throws {
        let connections = state.withLock { state in
            defer { state.connections = [] }
            state.isMended = true
            return state.connections
        }
        for connection in connections where connection.isActive { connection.close(promise: nil) }
    }

    func close() async throws {
        try await mend()
        try await listener.withLock { $0 }?.close()
    }

    /// Both ends of a connection are on one event loop.
    private final class Way {
        let limit: Int
        var asked = 0

        init(limit: Int) {
            self.limit = limit
        }
    }

    private final class Carrier: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel
        private let isOpen: () -> Bool
        private let passed: (Int) -> Void

        init(
            to other: any Channel,
            while isOpen: @escaping () -> Bool = { true },
            passed: @escaping (Int) -> Void = { _ in }
        ) {
            self.other = other
            self.isOpen = isOpen
            self.passed = passed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            passed(bytes.readableBytes)
            if isOpen() { other.writeAndFlush(bytes, promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
            context.fireChannelInactive()
        }
    }
}
