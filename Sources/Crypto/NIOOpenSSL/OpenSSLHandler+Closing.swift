public import NIOCore
import NIOTLS

extension OpenSSLHandler {
    /// Closes after a `close_notify`, which follows everything that was flushed before.
    ///
    /// `.all` then waits a moment for the peer's `close_notify`, so that no reset of the connection takes away what the
    /// peer has yet to read. `.output` leaves our side open for reading.
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: promise?.fail(ChannelError.operationUnsupported)
        case .output: self.closeOutput(context: context, promise: promise)
        case .all: self.closeAll(context: context, promise: promise)
        }
    }

    private func closeOutput(context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        switch self.state {
        case .idle, .handshaking, .established:
            guard !self.isOutputClosing else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            self.isOutputClosing = true
            self.outputClosePromise = promise
            self.drainWrites(context: context)
        case .closing, .failed, .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    private func closeAll(context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        switch self.state {
        case .idle, .handshaking:
            self.state = .closed
            self.deadline?.cancel()
            self.failWrites(ChannelError.ioOnClosedChannel)
            context.close(promise: promise)
        case .established:
            self.state = .closing
            self.closePromise = promise
            self.schedule(after: Self.closeTimeout, context: context) { handler, context in
                handler.finishClose(context: context)
            }
            if self.isCloseNotifyWritten {
                self.closeNotifyWritten(context: context)
            } else {
                self.drainWrites(context: context)
            }
        case .closing, .failed:
            guard let promise else { return }
            if let closePromise = self.closePromise {
                closePromise.futureResult.cascade(to: promise)
            } else {
                self.closePromise = promise
            }
        case .closed:
            context.close(promise: promise)
        }
    }

    /// Sends the `close_notify` that was asked for, now that everything before it is on its way.
    func closeDrainedOutput(context: ChannelHandlerContext) {
        let isClosing = if case .closing = self.state { true } else { false }
        guard isClosing || self.isOutputClosing, !self.isCloseNotifySent else { return }
        self.isCloseNotifySent = true
        self.failWrites(ChannelError.ioOnClosedChannel)
        self.connection.shutdown()
        guard let output = self.connection.takeOutput(allocator: context.channel.allocator) else {
            self.closeNotifyWritten(context: context)
            return
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            guard let context = self.context else { return }
            self.closeNotifyWritten(context: context)
        }
        context.writeAndFlush(self.wrapOutboundOut(output), promise: written)
    }

    private func closeNotifyWritten(context: ChannelHandlerContext) {
        self.isCloseNotifyWritten = true
        switch self.state {
        case .closing:
            if self.hasPeerClosed { self.finishClose(context: context) }
        case .established:
            let promise = self.outputClosePromise
            self.outputClosePromise = nil
            if self.hasPeerClosed {
                self.closePromise = promise
                self.finishClose(context: context)
            } else {
                context.close(mode: .output, promise: promise)
            }
        case .idle, .handshaking, .failed, .closed:
            return
        }
    }

    /// The peer's `close_notify`: it sends no more, but may still read (RFC 8446 section 6.1).
    func peerClosed(context: ChannelHandlerContext) {
        self.hasPeerClosed = true
        switch self.state {
        case .closing:
            if self.isCloseNotifyWritten { self.finishClose(context: context) }
        case .established:
            if self.isCloseNotifyWritten {
                self.finishClose(context: context)
            } else if self.allowsHalfClosure(context: context) {
                context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            } else {
                self.closeAll(context: context, promise: nil)
            }
        case .idle, .handshaking, .failed, .closed:
            return
        }
    }

    private func allowsHalfClosure(context: ChannelHandlerContext) -> Bool {
        guard let options = context.channel.syncOptions else { return false }
        do {
            return try options.getOption(.allowRemoteHalfClosure)
        } catch {
            // A channel without the option knows no half closure.
            return false
        }
    }

    /// Ends the connection for a reason: the alert goes out, the error goes up, the channel closes.
    func fail(_ failure: TLSFailure, context: ChannelHandlerContext) {
        switch self.state {
        case .failed, .closed: return
        case .idle, .handshaking: self.reportHandshakeFailure(failure)
        case .established, .closing: break
        }
        self.state = .failed
        self.failWrites(failure)
        self.outputClosePromise?.fail(failure)
        self.outputClosePromise = nil
        let alert = self.connection.takeOutput(allocator: context.channel.allocator)
        if let alert {
            // Closing with unread input makes the kernel reset the connection, and the reset can overtake the alert:
            // so end the output alone, and drop what still comes until the peer has gone.
            self.schedule(after: Self.alertTimeout, context: context) { handler, context in
                handler.finishClose(context: context)
            }
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in
                guard case .failed = self.state, let context = self.context else { return }
                context.close(mode: .output, promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(alert), promise: written)
        }
        context.fireErrorCaught(failure)
        if alert == nil { self.finishClose(context: context) }
    }

    func finishClose(context: ChannelHandlerContext) {
        if case .closed = self.state { return }
        self.state = .closed
        self.deadline?.cancel()
        if self.hasPeerClosed, self.isCloseNotifyWritten {
            context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        }
        let promise = self.closePromise
        self.closePromise = nil
        context.close(promise: promise)
    }
}
