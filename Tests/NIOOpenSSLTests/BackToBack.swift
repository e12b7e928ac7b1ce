import NIOCore
import NIOEmbedded
import NIOTLS
import OpenSSLCrypto

@testable import NIOOpenSSL

/// What a channel's handlers above TLS see.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var received = ByteBuffer()
    var failures: [TLSFailure] = []
    var otherErrors: [any Error] = []
    var handshakes: [String?] = []
    var isShutDown = false
    var isInputClosed = false
    var isInactive = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let name): handshakes.append(name)
        case TLSUserEvent.shutdownCompleted: isShutDown = true
        case ChannelEvent.inputClosed: isInputClosed = true
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let failure = error as? TLSFailure { failures.append(failure) } else { otherErrors.append(error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isInactive = true
    }

    var text: String { String(buffer: received) }
}

/// Stands for a transport that knows half closure, which embedded channels do not.
final class HalfCloses: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    var modes: [CloseMode] = []

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        modes.append(mode)
        switch mode {
        case .output: promise?.succeed()
        case .input, .all: context.close(mode: mode, promise: promise)
        }
    }
}

/// One end: an embedded channel with the handler and a recorder.
final class End {
    let channel: EmbeddedChannel
    let handler: OpenSSLHandler<String>
    let recorder = Recorder()

    init(_ context: TLSContext<String>) throws {
        channel = EmbeddedChannel()
        handler = try OpenSSLHandler(context: context, handshakePool: nil, handshakeTimeout: .seconds(10))
        try channel.pipeline.syncOperations.addHandlers([handler, recorder])
    }

    func activate() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func send(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }
}

/// Two ends whose wires the test moves bytes between.
struct BackToBack {
    let client: End
    let server: End

    init(client: TLSContext<String>, server: TLSContext<String>) throws {
        self.client = try End(client)
        self.server = try End(server)
    }

    func connect(stepSize: Int = .max) throws {
        try server.activate()
        try client.activate()
        try pump(stepSize: stepSize)
    }

    /// Moves bytes both ways, at most `stepSize` at a time, until neither end has more to say.
    func pump(stepSize: Int = .max) throws {
        while true {
            let forth = try move(from: client, to: server, stepSize: stepSize)
            let back = try move(from: server, to: client, stepSize: stepSize)
            if !forth, !back { return }
        }
    }

    private func move(from: End, to: End, stepSize: Int) throws -> Bool {
        var moved = false
        while var buffer = try from.channel.readOutbound(as: ByteBuffer.self) {
            moved = true
            while buffer.readableBytes > 0, let slice = buffer.readSlice(length: min(stepSize, buffer.readableBytes)) {
                guard to.channel.isActive else { break }
                // Errors are thrown again by the embedded channel; the recorder has them already.
                _ = try? to.channel.writeInbound(slice)
            }
        }
        return moved
    }
}

func accepting(_ name: String) -> @Sendable ([Certificate]) -> PeerVerdict<String> {
    { chain in .accepted("\(name) saw \(chain[0].subject)") }
}

func refusing(_ alert: PeerRefusal.Alert) -> @Sendable ([Certificate]) -> PeerVerdict<String> {
    { _ in .refused(PeerRefusal(code: "test-refusal", detail: "refused by the test", alert: alert)) }
}

func makeContext(
    _ side: TLSSide,
    profile: TLSProfile = .standard,
    identity: TestIdentity? = nil,
    protocols: [String] = ["h2", "http/1.1"],
    authenticate: (@Sendable ([Certificate]) -> PeerVerdict<String>)? = nil
) throws -> TLSContext<String> {
    let identity = identity ?? (side == .server ? .server : .client)
    return try TLSContext(
        side: side,
        profile: profile,
        certificateChain: [identity.certificate],
        privateKey: identity.key,
        applicationProtocols: protocols,
        authenticate: authenticate ?? accepting(side == .server ? "server" : "client")
    )
}
