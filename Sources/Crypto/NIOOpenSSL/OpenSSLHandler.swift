public import NIOCore
public import NIOPosix
import NIOTLS
public import OpenSSLCrypto

/// TLS by OpenSSL on a channel: ciphertext on the network's side, plaintext on the other.
///
/// After the handshake the channel gets `TLSUserEvent.handshakeCompleted`; from then on ``peer`` and ``negotiated`` can
/// be read. What goes wrong comes as a ``TLSFailure`` through `errorCaught`, after which the channel closes.
///
/// A client's handshake is complete before the server has looked at the client's certificate (RFC 8446 section 2):
/// there, a refusal arrives as an alert later on.
///
/// All members belong to the channel's event loop.
public final class OpenSSLHandler<Peer: Sendable>: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    enum State {
        /// The channel is not active yet. Exits: `handshaking`.
        case idle
        /// Exits: `established`, `failed`, `closed`.
        case handshaking
        /// Exits: `closing`, `failed`, `closed`.
        case established
        /// We shall send no more than what is queued, and wait for the peer's end. Exits: `failed`, `closed`.
        case closing
        /// An alert is on its way; what still arrives is dropped. Exits: `closed`.
        case failed
        case closed
    }

    struct PendingWrite {
        var buffer: ByteBuffer
        let promise: EventLoopPromise<Void>?
    }

    /// How long the peer has to answer our `close_notify`.
    static var closeTimeout: TimeAmount { .seconds(5) }
    /// How long we keep reading after a fatal alert, so that no reset of the connection overtakes it.
    static var alertTimeout: TimeAmount { .seconds(1) }
    static var recordSize: Int { 16384 }
    /// How much ciphertext is handed to the channel in one write.
    static var outputBatchSize: Int { 65536 }

    /// Who the peer is, once the handshake is complete.
    public internal(set) var peer: Peer?
    /// What both ends agreed on, once the handshake is complete.
    public internal(set) var negotiated: NegotiatedParameters?
    /// The certificates that the peer presented, the leaf first, once the handshake is complete.
    public internal(set) var peerChain: [Certificate] = []

    let connection: TLSConnection
    let acceptedPeer: AcceptedPeer
    let handshakePool: NIOThreadPool?
    let handshakeTimeout: TimeAmount
    let onHandshakeFailure: (@Sendable (TLSFailure) -> Void)?

    var context: ChannelHandlerContext?
    var state = State.idle
    var deadline: Scheduled<Void>?

    // Handshake
    /// INVARIANT: while this is true, only the pool's thread touches `connection` and `acceptedPeer`.
    var isStepInFlight = false
    /// What arrived during a step.
    var deferredInput: [ByteBuffer] = []
    /// Whether the transport's input ended during a step, after `deferredInput`.
    var isInputEndDeferred = false
    var isReadHeld = false
    var isHandshakeFailureReported = false

    // Inbound
    var hasPeerClosed = false
    var hasDelivered = false

    // Outbound
    var writes = MarkedCircularBuffer<PendingWrite>(initialCapacity: 8)
    var isDraining = false
    var isCloseNotifySent = false
    var isCloseNotifyWritten = false
    var isOutputClosing = false
    var outputClosePromise: EventLoopPromise<Void>?
    var closePromise: EventLoopPromise<Void>?

    /// The peer that `authenticate` accepted in the running handshake.
    final class AcceptedPeer {
        var value: Peer?
    }

    /// - Parameters:
    ///   - handshakePool: where the handshake's steps run; nil for the event loop.
    ///   - handshakeTimeout: from the channel's activation to the end of the handshake.
    ///   - onHandshakeFailure: called once when no handshake came about, also when the channel is gone by then.
    public init(
        context: TLSContext<Peer>,
        handshakePool: NIOThreadPool?,
        handshakeTimeout: TimeAmount,
        onHandshakeFailure: (@Sendable (TLSFailure) -> Void)? = nil
    ) throws(OpenSSLError) {
        let acceptedPeer = AcceptedPeer()
        self.acceptedPeer = acceptedPeer
        self.connection = try context.makeConnection { acceptedPeer.value = $0 }
        self.handshakePool = handshakePool
        self.handshakeTimeout = handshakeTimeout
        self.onHandshakeFailure = onHandshakeFailure
    }

    // MARK: Life

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.beginHandshake(context: context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        self.context = nil
        self.state = .closed
        self.failWrites(ChannelError.ioOnClosedChannel)
        self.outputClosePromise?.fail(ChannelError.ioOnClosedChannel)
        self.outputClosePromise = nil
        self.closePromise?.succeed()
        self.closePromise = nil
    }

    public func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if case .idle = self.state { self.beginHandshake(context: context) }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        let failure: TLSFailure?
        switch self.state {
        case .handshaking: failure = TLSFailure(.closedDuringHandshake)
        case .established: failure = self.hasPeerClosed ? nil : TLSFailure(.truncated)
        case .idle, .closing, .failed, .closed: failure = nil
        }
        self.state = .closed
        self.deferredInput = []
        self.failWrites(failure ?? ChannelError.ioOnClosedChannel)
        self.outputClosePromise?.fail(failure ?? ChannelError.ioOnClosedChannel)
        self.outputClosePromise = nil
        self.closePromise?.succeed()
        self.closePromise = nil
        if let failure {
            // A step that still runs knows the better reason and reports it itself.
            if case .closedDuringHandshake = failure.reason, !self.isStepInFlight {
                self.reportHandshakeFailure(failure)
            }
            context.fireErrorCaught(failure)
        }
        context.fireChannelInactive()
    }

    // MARK: Inbound

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = self.unwrapInboundIn(data)
        switch self.state {
        case .handshaking:
            guard !self.isStepInFlight else {
                self.deferredInput.append(buffer)
                return
            }
            guard self.receive(buffer, context: context) else { return }
            self.stepHandshake(context: context)
        case .established, .closing:
            guard self.receive(buffer, context: context) else { return }
            self.decrypt(context: context)
        case .idle, .failed, .closed:
            return
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // Bytes arrived, but no whole record or no end of the handshake: the read that was asked for is still open.
        let isSatisfied = self.hasDelivered
        self.hasDelivered = false
        if !isSatisfied { self.read(context: context) }
    }

    public func read(context: ChannelHandlerContext) {
        if self.isStepInFlight {
            self.isReadHeld = true
        } else {
            context.read()
        }
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        self.transportInputEnded(context: context)
    }

    /// The transport's input has ended, on a channel that allows half closure.
    func transportInputEnded(context: ChannelHandlerContext) {
        switch self.state {
        case .idle, .closed: return
        case .handshaking:
            if self.isStepInFlight {
                self.isInputEndDeferred = true
            } else {
                self.fail(TLSFailure(.closedDuringHandshake), context: context)
            }
        case .established:
            if !self.hasPeerClosed { self.fail(TLSFailure(.truncated), context: context) }
        case .closing, .failed: self.finishClose(context: context)
        }
    }

    func receive(_ buffer: ByteBuffer, context: ChannelHandlerContext) -> Bool {
        guard self.connection.receive(buffer) else {
            self.fail(TLSFailure(.protocolViolation(["out of memory"])), context: context)
            return false
        }
        return true
    }

    func decrypt(context: ChannelHandlerContext) {
        while !self.hasPeerClosed {
            switch self.state {
            case .established, .closing: break
            case .idle, .handshaking, .failed, .closed: return
            }
            let (plaintext, outcome) = self.connection.read(allocator: context.channel.allocator)
            if let plaintext, case .established = self.state {
                self.hasDelivered = true
                context.fireChannelRead(self.wrapInboundOut(plaintext))
            }
            switch outcome {
            case .more: continue
            case .needsInput:
                self.writeOutput(context: context)
                return
            case .closeNotify: self.peerClosed(context: context)
            case .failed(let failure): self.fail(failure, context: context)
            }
        }
    }

    /// Sends what OpenSSL itself has to say: handshake messages, alerts, key updates.
    func writeOutput(context: ChannelHandlerContext) {
        guard let output = self.connection.takeOutput(allocator: context.channel.allocator) else { return }
        context.writeAndFlush(self.wrapOutboundOut(output), promise: nil)
    }
}

@available(*, unavailable)
extension OpenSSLHandler: Sendable {}
