import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import RelayTransport

/// An HTTP/2 client that sends what a test gives it, byte by byte if need be, and shows the frames that come back.
final class RawHTTP2Client: Sendable {
    struct Frame: Hashable, Sendable {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7

        var type: UInt8
        var flags: UInt8 = 0
        var stream: UInt32 = 0
        var payload: [UInt8] = []

        var bytes: [UInt8] {
            var buffer = ByteBuffer()
            buffer.writeInteger(UInt32(payload.count) << 8 | UInt32(type))
            buffer.writeInteger(flags)
            buffer.writeInteger(stream)
            buffer.writeBytes(payload)
            return Array(buffer.readableBytesView)
        }

        /// The code of a RST_STREAM or a GOAWAY.
        var code: UInt32 {
            let start = type == Self.goAway ? 4 : 0
            return ByteBuffer(bytes: payload).getInteger(at: start) ?? 0
        }

        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A field without indexing (RFC 7541 section 6.2.2).
    static func field(_ name: String, _ value: String) -> [UInt8] {
        [0] + string(name) + string(value)
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var length: [UInt8] = []
        if bytes.count < 127 {
            length = [UInt8(bytes.count)]
        } else {
            length = [127]
            var rest = bytes.count - 127
            while rest >= 128 {
                length.append(UInt8(rest & 127 | 128))
                rest >>= 7
            }
            length.append(UInt8(rest))
        }
        return length + bytes
    }

    static func request(
        _ method: String,
        _ path: String,
        stream: UInt32,
        extra: [(String, String)] = [],
        isEnd: Bool
    ) -> Frame {
        var block: [UInt8] = []
        let fields = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)] + extra
        for (name, value) in fields { block += field(name, value) }
        return Frame(type: Frame.headers, flags: isEnd ? 5 : 4, stream: stream, payload: block)
    }

    private struct State {
        var frames: [Frame] = []
        var isClosed = false
        var waiters: [@Sendable () -> Void] = []
    }

    private let channel: any Channel
    private let state: NIOLockedValueBox<State>

    /// - Parameter beginning: sent at once; by default the preface and empty settings.
    init(to server: TestServer, beginning: [UInt8] = preface + Frame(type: Frame.settings).bytes) async throws {
        let context = try TLSContext<String>(
            side: .client,
            certificateChain: [TestIdentity.client.certificate],
            privateKey: TestIdentity.client.key,
            applicationProtocols: ["h2"],
            authenticate: { .accepted($0[0].subject) }
        )
        let state = NIOLockedValueBox(State())
        self.state = state
        self.channel = try await ClientBootstrap(group: TestServer.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try OpenSSLHandler(
                        context: context,
                        handshakePool: TestServer.pool,
                        handshakeTimeout: .seconds(10)
                    )
                    let reader = FrameReader { frames, isClosed in
                        let waiters = state.withLockedValue { state in
                            state.frames += frames
                            state.isClosed = state.isClosed || isClosed
                            defer { state.waiters = [] }
                            return state.waiters
                        }
                        for waiter in waiters { waiter() }
                    }
                    try channel.pipeline.syncOperations.addHandlers([tls, reader])
                }
            }
            .connect(host: "127.0.0.1", port: server.wire.port).get()
        send(beginning)
    }

    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func send(_ frames: Frame...) {
        send(frames.flatMap(\.bytes))
    }

    /// The frames that came until there is one of the kind, or the connection is closed.
    @discardableResult
    func frames(until isEnough: @Sendable ([Frame]) -> Bool) async -> [Frame] {
        while true {
            let (frames, isClosed) = state.withLockedValue { ($0.frames, $0.isClosed) }
            if isClosed || isEnough(frames) { return frames }
            let seen = frames.count
            await withCheckedContinuation { continuation in
                let isThere = state.withLockedValue { state -> Bool in
                    if state.frames.count > seen || state.isClosed { return true }
                    state.waiters.append { continuation.resume() }
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    /// Waits until the server has closed the connection.
    func closed() async -> [Frame] {
        await frames { _ in false }
    }

    func close() async {
        channel.close(promise: nil)
        await frames { _ in false }
    }

    private final class FrameReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let onFrames: ([Frame], Bool) -> Void
        private var rest = ByteBuffer()

        init(onFrames: @escaping ([Frame], Bool) -> Void) {
            self.onFrames = onFrames
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            rest.writeImmutableBuffer(unwrapInboundIn(data))
            var frames: [Frame] = []
            while let word = rest.getInteger(at: rest.readerIndex, as: UInt32.self),
                rest.readableBytes >= 9 + Int(word >> 8)
            {
                rest.moveReaderIndex(forwardBy: 4)
                guard let flags = rest.readInteger(as: UInt8.self), let stream = rest.readInteger(as: UInt32.self),
                    let payload = rest.readBytes(length: Int(word >> 8))
                else { return }
                frames.append(
                    Frame(type: UInt8(truncatingIfNeeded: word), flags: flags, stream: stream, payload: payload)
                )
            }
            onFrames(frames, false)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            onFrames([], true)
        }
    }
}
