import NIOCore

/// Stands between TLS and `NIOHTTP2Handler` on a server's connection, for what that one does not offer:
///
/// - It announces the limits on streams and header lists, while `NIOHTTP2Handler` is given higher ones: for NIO a stream
///   or a header above its limit is an error of the connection, which takes all other requests with it. And it makes
///   them hold from the first frame on, where NIO has defaults until the peer acknowledges them.
/// - It holds frames and header blocks that have begun against the clock.
/// - It knows whether what was written last has ended a stream or the connection.
final class HTTP2FrameGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Sent: Hashable {
        case nothingSpecial
        case streamReset(code: UInt32)
        case goAway(code: UInt32)
    }

    /// SETTINGS_MAX_CONCURRENT_STREAMS and SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 section 6.5.2).
    static let maxConcurrentStreams: UInt16 = 3
    static let maxHeaderListSize: UInt16 = 6
    private static let prefaceSize = 24
    private static let acknowledgement: [UInt8] = [0, 0, 0, Header.settings, 1, 0, 0, 0, 0]
    private typealias Header = HTTP2FrameScanner.Header

    /// Values by the settings' numbers.
    private let announced: [UInt16: UInt32]
    private let frameTimeout: TimeAmount
    /// The frame that was written last.
    private(set) var lastSent = Sent.nothingSpecial
    private let onGoAway: () -> Void

    // Inbound
    private var scanner = HTTP2FrameScanner(preface: HTTP2FrameGuard.prefaceSize)
    /// The first bytes of a frame's header that is not there as a whole.
    private var rest: ByteBuffer?
    private var isHeaderBlockOpen = false
    private var acknowledging = Acknowledging.peerSettingsAwaited
    /// When what is incomplete began.
    private var began: NIODeadline?
    private var clock: Scheduled<Void>?

    // Outbound
    private var sent = HTTP2FrameScanner(preface: 0)
    private var areSettingsSent = false

    /// The way to settings that hold at once. Exits: each the next.
    private enum Acknowledging {
        case peerSettingsAwaited
        case inPeerSettings
        /// NIO has the acknowledgement; the peer's own is still to come, and to be dropped.
        case done
        case peerAcknowledged
    }

    /// - Parameters:
    ///   - announced: what the peer reads instead of the values that `NIOHTTP2Handler` sends.
    ///   - frameTimeout: from the first byte of a frame or header block to its last.
    ///   - onGoAway: called when a GOAWAY was written.
    init(announced: [UInt16: UInt32], frameTimeout: TimeAmount, onGoAway: @escaping () -> Void) {
        self.announced = announced
        self.frameTimeout = frameTimeout
        self.onGoAway = onGoAway
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.clock?.cancel()
        context.fireChannelInactive()
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = self.unwrapInboundIn(data)
        var isGoingOn = self.isIncomplete
        if var rest = self.rest {
            self.rest = nil
            rest.writeBuffer(&input)
            input = rest
        }
        // What is passed on begins at the reader's index; the scan goes ahead of it.
        var index = input.readerIndex
        while index < input.writerIndex {
            if !isGoingOn { self.began = context.eventLoop.now }
            switch self.scanner.step(in: input, at: index) {
            case .bytes(let count): index += count
            case .header(let header):
                if case .done = self.acknowledging, header.type == Header.settings, header.isAcknowledgement,
                    header.length == 0
                {
                    self.acknowledging = .peerAcknowledged
                    self.pass(upTo: index, of: &input, context: context)
                    input.moveReaderIndex(forwardBy: Header.size)
                } else {
                    self.note(header)
                }
                index += Header.size
            case .incomplete:
                self.pass(upTo: index, of: &input, context: context)
                self.rest = input.slice()
                self.startClock(context: context)
                return
            }
            isGoingOn = self.isIncomplete
            if case .inPeerSettings = self.acknowledging, self.scanner.left == 0 {
                self.acknowledging = .done
                self.pass(upTo: index, of: &input, context: context)
                context.fireChannelRead(self.wrapInboundOut(ByteBuffer(bytes: Self.acknowledgement)))
            }
        }
        self.pass(upTo: index, of: &input, context: context)
        self.startClock(context: context)
    }

    private func pass(upTo index: Int, of input: inout ByteBuffer, context: ChannelHandlerContext) {
        guard let bytes = input.readSlice(length: index - input.readerIndex), bytes.readableBytes > 0 else { return }
        context.fireChannelRead(self.wrapInboundOut(bytes))
    }

    private func note(_ header: Header) {
        switch header.type {
        case Header.headers, Header.continuation: self.isHeaderBlockOpen = !header.endsHeaders
        case Header.settings:
            if case .peerSettingsAwaited = self.acknowledging, !header.isAcknowledgement {
                self.acknowledging = .inPeerSettings
            }
        default: break
        }
    }

    private var isIncomplete: Bool { self.scanner.left > 0 || self.isHeaderBlockOpen || self.rest != nil }

    private func startClock(context: ChannelHandlerContext) {
        guard self.isIncomplete, self.clock == nil, let began = self.began else { return }
        self.clock = context.eventLoop.assumeIsolated().scheduleTask(deadline: began + self.frameTimeout) {
            self.clock = nil
            guard self.isIncomplete, let began = self.began else { return }
            if began + self.frameTimeout <= context.eventLoop.now {
                context.fireErrorCaught(FrameOverdue())
            } else {
                self.startClock(context: context)
            }
        }
    }

    /// A frame or a header block did not come to its end in time.
    struct FrameOverdue: Error {}

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var output = self.unwrapOutboundIn(data)
        var index = output.readerIndex
        var isGoAway = false
        while index < output.writerIndex {
            switch self.sent.step(in: output, at: index) {
            case .bytes(let count): index += count
            case .incomplete: index = output.writerIndex
            case .header(let header):
                index += Header.size
                switch header.type {
                case Header.resetStream:
                    self.lastSent = .streamReset(code: output.getInteger(at: index) ?? 0)
                case Header.goAway:
                    self.lastSent = .goAway(code: output.getInteger(at: index + 4) ?? 0)
                    isGoAway = true
                case Header.settings where !self.areSettingsSent:
                    self.areSettingsSent = true
                    self.announce(in: &output, at: index, length: header.length)
                default: self.lastSent = .nothingSpecial
                }
            }
        }
        context.write(self.wrapOutboundOut(output), promise: promise)
        if isGoAway { self.onGoAway() }
    }

    /// Replaces the values in the settings that go out (RFC 9113 section 6.5.1).
    private func announce(in output: inout ByteBuffer, at start: Int, length: Int) {
        for index in stride(from: start, to: start + length, by: 6) {
            guard let identifier = output.getInteger(at: index, as: UInt16.self),
                let value = self.announced[identifier]
            else { continue }
            output.setInteger(value, at: index + 2)
        }
    }
}
