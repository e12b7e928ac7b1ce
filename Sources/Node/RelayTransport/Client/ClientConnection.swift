import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP2
import NIOHTTPTypesHTTP2
import NIOOpenSSL

/// One HTTP/2 connection of a client, from the end of its handshake.
final class ClientConnection<Peer: Sendable>: Sendable {
    private struct State {
        var isUsable = true
        var exchanges = 0
        /// What ended the connection.
        var failure: (any Error)?
    }

    let peer: Peer
    private let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
    private let state = NIOLockedValueBox(State())

    init(peer: Peer, channel: any Channel, multiplexer: NIOHTTP2Handler.StreamMultiplexer) {
        self.peer = peer
        self.channel = channel
        self.multiplexer = multiplexer
    }

    /// Whether a new exchange may begin on it.
    var isUsable: Bool { self.state.withLockedValue { $0.isUsable } && self.channel.isActive }

    var closeFuture: EventLoopFuture<Void> { self.channel.closeFuture }

    /// Lets no new exchange begin, and closes the connection after the last one.
    func drain() {
        let isIdle = self.state.withLockedValue { state in
            state.isUsable = false
            return state.exchanges == 0
        }
        if isIdle { self.channel.close(promise: nil) }
    }

    /// Ends the connection at once, with the exchanges on it.
    func cut() {
        self.state.withLockedValue { $0.isUsable = false }
        closeBelowTLS(self.channel, Peer.self)
    }

    func noteFailure(_ error: any Error) {
        self.state.withLockedValue { state in
            state.isUsable = false
            if state.failure == nil { state.failure = error }
        }
    }

    /// Why a request on this connection has no answer: what ended the connection, or else `detail`.
    func lossReason(_ detail: String) -> WireClientError {
        switch self.state.withLockedValue({ $0.failure }) {
        case .none: .connectionLost(detail)
        case .some(let failure as TLSFailure): .tls(failure)
        case .some(let error): .connectionLost("\(error)")
        }
    }

    func exchange(
        _ request: WireClientRequest,
        authority: String,
        timeout: TimeAmount,
        minimumBytesPerSecond: Int,
        maximumResponseBytes: Int
    ) async -> ClientExchangeHandler.Outcome {
        let eventLoop = self.channel.eventLoop
        let mayBegin = self.state.withLockedValue { state -> Bool in
            guard state.isUsable else { return false }
            state.exchanges += 1
            return true
        }
        guard mayBegin else { return .failure(.notSent("the connection is closing")) }
        let outcome = eventLoop.makePromise(of: ClientExchangeHandler.Outcome.self)
        let cancellation = eventLoop.makePromise(of: Void.self)
        let opened = eventLoop.makePromise(of: (any Channel).self)
        self.multiplexer.createStreamChannel(promise: opened) { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = ClientExchangeHandler(
                    request: request,
                    scheme: "https",
                    authority: authority,
                    timeout: timeout,
                    minimumBytesPerSecond: minimumBytesPerSecond,
                    maximumResponseBytes: maximumResponseBytes,
                    outcome: outcome,
                    cancellation: cancellation.futureResult
                )
                try channel.pipeline.syncOperations.addHandlers([HTTP2FramePayloadToHTTPClientCodec(), handler])
            }
        }
        // The second answer to the same promise counts for nothing.
        opened.futureResult.whenFailure { outcome.succeed(.failure(.notSent("\($0)"))) }
        let result = await withTaskCancellationHandler {
            await outcome.futureResult.value()
        } onCancel: {
            cancellation.succeed()
        }
        cancellation.succeed()
        self.exchangeEnded(result)
        return result
    }

    private func exchangeEnded(_ outcome: ClientExchangeHandler.Outcome) {
        let isDrained = self.state.withLockedValue { state in
            state.exchanges -= 1
            // A connection that is silent may be dead without the system knowing: the next request gets a new one.
            if case .failure(.timeout) = outcome { state.isUsable = false }
            return !state.isUsable && state.exchanges == 0
        }
        if isDrained { self.channel.close(promise: nil) }
    }
}

extension EventLoopFuture {
    /// The value of a future that never fails.
    func value() async -> Value where Value: Sendable {
        await withCheckedContinuation { continuation in
            self.whenSuccess { continuation.resume(returning: $0) }
        }
    }
}
