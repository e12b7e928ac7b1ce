import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import NIOPosix
import NIOTLS
import OpenSSLCrypto

/// What happened on the connections of a loopback server, in order.
enum LoopbackEvent: Sendable {
    case handshake(peer: String?)
    case handshakeFailed(TLSFailure)
    case failed(TLSFailure)
    case received(ByteBuffer)
    case inputClosed
    case inactive
}

/// A TLS server on a loopback port that reports what it sees, and can answer.
struct LoopbackServer: Sendable {
    let channel: any Channel
    let events: AsyncStream<LoopbackEvent>
    var port: Int { channel.localAddress?.port ?? 0 }

    static let group = MultiThreadedEventLoopGroup.singleton
    static let pool = NIOThreadPool.singleton

    static func start(
        _ context: TLSContext<String>,
        pool: NIOThreadPool? = Self.pool,
        handshakeTimeout: TimeAmount = .seconds(30),
        allowHalfClosure: Bool = false,
        closesAfterAnswer: Bool = false,
        respond: @escaping @Sendable (ByteBuffer) -> ByteBuffer? = { _ in nil }
    ) async throws -> LoopbackServer {
        let (events, continuation) = AsyncStream.makeStream(of: LoopbackEvent.self)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: allowHalfClosure)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try OpenSSLHandler(
                        context: context,
                        handshakePool: pool,
                        handshakeTimeout: handshakeTimeout
                    ) { continuation.yield(.handshakeFailed($0)) }
                    let reporter = Reporter(
                        continuation: continuation,
                        respond: respond,
                        closesAfterAnswer: closesAfterAnswer,
                        peer: NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    )
                    try channel.pipeline.syncOperations.addHandlers([handler, reporter])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(channel: channel, events: events)
    }

    func stop() async throws {
        try await channel.close()
    }

    /// The first event that `transform` gives something for.
    func first<Value>(_ transform: (LoopbackEvent) -> Value?) async -> Value? {
        for await event in events {
            if let value = transform(event) { return value }
        }
        return nil
    }

    func handshakeFailure() async -> TLSFailure? {
        await first { if case .handshakeFailed(let failure) = $0 { failure } else { nil } }
    }

    final class Reporter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let continuation: AsyncStream<LoopbackEvent>.Continuation
        let respond: @Sendable (ByteBuffer) -> ByteBuffer?
        let closesAfterAnswer: Bool
        let handler: NIOLoopBound<OpenSSLHandler<String>>

        init(
            continuation: AsyncStream<LoopbackEvent>.Continuation,
            respond: @escaping @Sendable (ByteBuffer) -> ByteBuffer?,
            closesAfterAnswer: Bool,
            peer: NIOLoopBound<OpenSSLHandler<String>>
        ) {
            self.continuation = continuation
            self.respond = respond
            self.closesAfterAnswer = closesAfterAnswer
            self.handler = peer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            continuation.yield(.received(buffer))
            guard let answer = respond(buffer) else { return }
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
            if closesAfterAnswer { context.close(promise: nil) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            switch event {
            case TLSUserEvent.handshakeCompleted: continuation.yield(.handshake(peer: handler.value.peer))
            case ChannelEvent.inputClosed: continuation.yield(.inputClosed)
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let failure = error as? TLSFailure { continuation.yield(.failed(failure)) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.yield(.inactive)
        }
    }
}

/// A TLS client on a loopback connection, with its own events.
func connectLoopback(
    port: Int,
    context: TLSContext<String>
) async throws -> (channel: any Channel, events: AsyncStream<LoopbackEvent>) {
    let (events, continuation) = AsyncStream.makeStream(of: LoopbackEvent.self)
    let channel = try await ClientBootstrap(group: LoopbackServer.group)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = try OpenSSLHandler(
                    context: context,
                    handshakePool: LoopbackServer.pool,
                    handshakeTimeout: .seconds(30)
                ) { continuation.yield(.handshakeFailed($0)) }
                let reporter = LoopbackServer.Reporter(
                    continuation: continuation,
                    respond: { _ in nil },
                    closesAfterAnswer: false,
                    peer: NIOLoopBound(handler, eventLoop: channel.eventLoop)
                )
                try channel.pipeline.syncOperations.addHandlers([handler, reporter])
            }
        }
        .connect(host: "127.0.0.1", port: port).get()
    channel.closeFuture.whenComplete { _ in continuation.finish() }
    return (channel, events)
}

/// What a command printed, and how it ended.
struct CommandResult: Sendable {
    let output: String
    let status: Int32
}

/// Runs `openssl` with the arguments and the input, and returns all that it prints.
func openssl(_ arguments: [String], input: String = "") async throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    let output = Pipe()
    let standardInput = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = standardInput
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    return await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            continuation.resume(
                returning: CommandResult(
                    output: String(decoding: data, as: UTF8.self),
                    status: process.terminationStatus
                )
            )
        }
    }
}
