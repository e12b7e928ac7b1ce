import NIOCore
import NIOPosix
import NIOTLS

extension OpenSSLHandler {
    func beginHandshake(context: ChannelHandlerContext) {
        self.state = .handshaking
        self.schedule(after: self.handshakeTimeout, context: context) { handler, context in
            handler.handshakeTimedOut(context: context)
        }
        self.stepHandshake(context: context)
    }

    func stepHandshake(context: ChannelHandlerContext) {
        guard let pool = self.handshakePool else {
            self.stepFinished(self.connection.handshake())
            return
        }
        self.isStepInFlight = true
        // The connection goes over to the pool's thread as a whole, and comes back with the result.
        nonisolated(unsafe) let connection = self.connection
        pool.runIfActive(eventLoop: context.eventLoop) { connection.handshake() }
            .assumeIsolated()
            .whenComplete { result in
                self.isStepInFlight = false
                switch result {
                case .success(let progress): self.stepFinished(progress)
                case .failure: self.stepFinished(.failed(TLSFailure(.poolStopped)))
                }
            }
    }

    private func stepFinished(_ progress: TLSConnection.Progress) {
        guard case .handshaking = self.state, let context = self.context else {
            // The channel went away during the step.
            switch progress {
            case .incomplete, .complete: self.reportHandshakeFailure(TLSFailure(.closedDuringHandshake))
            case .failed(let failure): self.reportHandshakeFailure(failure)
            }
            return
        }
        switch progress {
        case .incomplete:
            self.writeOutput(context: context)
            guard case .handshaking = self.state else { return }
            let deferred = self.takeDeferredInput(context: context)
            guard case .handshaking = self.state else { return }
            if deferred { self.stepHandshake(context: context) }
        case .complete:
            self.handshakeCompleted(context: context)
        case .failed(let failure):
            self.deferredInput = []
            self.fail(failure, context: context)
        }
        self.releaseRead()
        if self.isInputEndDeferred, !self.isStepInFlight {
            self.isInputEndDeferred = false
            self.transportInputEnded(context: context)
        }
    }

    private func handshakeCompleted(context: ChannelHandlerContext) {
        self.deadline?.cancel()
        self.deadline = nil
        self.state = .established
        self.peer = self.acceptedPeer.value
        self.peerChain = self.connection.presentedChain
        let negotiated = self.connection.negotiated
        self.negotiated = negotiated
        self.writeOutput(context: context)
        context.fireUserInboundEventTriggered(
            TLSUserEvent.handshakeCompleted(negotiatedProtocol: negotiated.applicationProtocol)
        )
        let hadDeferred = self.takeDeferredInput(context: context)
        self.decrypt(context: context)
        if hadDeferred || (self.handshakePool != nil && self.hasDelivered) {
            // The bytes' own read has completed long ago: they came during the step on the pool, or with its input.
            self.hasDelivered = false
            context.fireChannelReadComplete()
        }
        self.drainWrites(context: context)
    }

    private func takeDeferredInput(context: ChannelHandlerContext) -> Bool {
        let deferred = self.deferredInput
        self.deferredInput = []
        for buffer in deferred {
            guard self.receive(buffer, context: context) else { return false }
        }
        return !deferred.isEmpty
    }

    private func releaseRead() {
        guard !self.isStepInFlight, self.isReadHeld else { return }
        self.isReadHeld = false
        self.context?.read()
    }

    private func handshakeTimedOut(context: ChannelHandlerContext) {
        guard case .handshaking = self.state else { return }
        let failure = TLSFailure(.handshakeTimeout)
        self.state = .closed
        self.failWrites(failure)
        self.reportHandshakeFailure(failure)
        context.fireErrorCaught(failure)
        context.close(promise: nil)
    }

    func reportHandshakeFailure(_ failure: TLSFailure) {
        guard !self.isHandshakeFailureReported else { return }
        self.isHandshakeFailureReported = true
        self.onHandshakeFailure?(failure)
    }

    /// Replaces the one running deadline.
    func schedule(
        after delay: TimeAmount,
        context: ChannelHandlerContext,
        _ action: @escaping (OpenSSLHandler, ChannelHandlerContext) -> Void
    ) {
        self.deadline?.cancel()
        self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in
            guard let self, let context = self.context else { return }
            action(self, context)
        }
    }
}
