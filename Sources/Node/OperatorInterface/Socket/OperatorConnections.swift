import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// The connections of the operators' socket, each served by a task of its own.
///
/// INVARIANT: no account keeps another one out. Some connections of an account are served at the same time, further ones
/// wait for a moment and are told then that there are too many, and beyond that they are closed at once.
///
/// A task holds a connection from the moment that it is set up: to hand it on through the listener would leave one that
/// comes at the moment of stopping to nobody, which ends the process.
final class OperatorConnections: Sendable {
    /// Connections of one account that are served at the same time.
    static let maximumServed = 32
    /// Connections of one account that are open at the same time.
    static let maximumOpen = 128
    /// How long a connection may be open without a request.
    static let idleTimeout = TimeAmount.seconds(60)
    /// How long a connection waits to be served.
    static let patience = TimeAmount.seconds(8)

    private struct State {
        var isEnding = false
        /// Open ones, by account.
        var open: [UInt32: Int] = [:]
        /// Those that have waited in vain.
        var refused: Set<ObjectIdentifier> = []
        var tasks: [ObjectIdentifier: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let turns = ConnectionTurns(limit: OperatorConnections.maximumServed)
    private let responder: HTTPChannelHandler.Responder
    private let logger: Logger

    init(logger: Logger, responder: @escaping HTTPChannelHandler.Responder) {
        self.logger = logger
        self.responder = responder
    }

    private var http: HTTP1Channel {
        HTTP1Channel(
            responder: { [self] request, writer, channel in
                guard state.withLock({ $0.refused.contains(ObjectIdentifier(channel)) }) else {
                    return try await responder(request, writer, channel)
                }
                let response = OperatorProblem.tooManyConnections(Self.maximumServed).response
                try await writer.write(response: response.head, body: response.body)
                channel.close(mode: .input, promise: nil)
            },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: Self.idleTimeout,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 << 10,
                    maxHeaderListSize: 16 << 10,
                    maxHeaderFieldCount: 64
                )
            )
        )
    }

    /// Sets up a connection that was accepted and begins to serve it; fails for one that is to be closed at once.
    func take(_ channel: any Channel) -> EventLoopFuture<Void> {
        let http = http
        return PeerCredentials.future(from: channel).flatMap { [self] credentials in
            guard admit(credentials.user) else {
                logger.debug("too many connections", metadata: [OperatorLogKey.user: "\(credentials.user)"])
                return channel.eventLoop.makeFailedFuture(OperatorProblem.tooManyConnections(Self.maximumOpen))
            }
            let id = ObjectIdentifier(channel)
            let settled = channel.eventLoop.makePromise(of: Void.self)
            do {
                try channel.pipeline.syncOperations.addHandler(SettledHandler(settled))
            } catch {
                settled.fail(error)
                leave(credentials.user, id)
                return channel.eventLoop.makeFailedFuture(error)
            }
            return http.setup(channel: channel, logger: logger).map { [self] value in
                state.withLock { state in
                    let task = Task { [logger] in
                        do {
                            // Not ended by a cancellation: what is not active yet can be neither served nor closed in part.
                            try await settled.futureResult.get()
                        } catch {
                            logger.debug("not connected", metadata: [OperatorLogKey.error: "\(error)"])
                        }
                        await self.serve(value, channel, for: credentials.user)
                        self.leave(credentials.user, id)
                    }
                    state.tasks[id] = task
                    if state.isEnding { task.cancel() }
                }
            }.flatMapErrorThrowing { [self] error in
                leave(credentials.user, id)
                throw error
            }
        }
    }

    /// Ends all connections, those too that are just being set up, once no more are accepted; returns when they have ended.
    func end() async {
        while true {
            let tasks = state.withLock { state in
                state.isEnding = true
                return Array(state.tasks.values)
            }
            if tasks.isEmpty { return }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
        }
    }

    private func admit(_ account: UInt32) -> Bool {
        state.withLock { state in
            guard state.open[account, default: 0] < Self.maximumOpen else { return false }
            state.open[account, default: 0] += 1
            return true
        }
    }

    private func serve(_ value: HTTP1Channel.Value, _ channel: any Channel, for account: UInt32) async {
        let isServed = await turns.begin(for: account, on: channel.eventLoop, patience: Self.patience)
        if !isServed { state.withLock { _ = $0.refused.insert(ObjectIdentifier(channel)) } }
        await http.handle(value: value, logger: logger)
        if isServed { turns.end(for: account) }
    }

    private func leave(_ account: UInt32, _ id: ObjectIdentifier) {
        state.withLock { state in
            state.tasks[id] = nil
            state.refused.remove(id)
            state.open[account] = state.open[account].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    /// Says once that a channel has become active, or never will.
    private final class SettledHandler: ChannelInboundHandler {
        typealias InboundIn = NIOAny

        private let settled: EventLoopPromise<Void>

        init(_ settled: EventLoopPromise<Void>) {
            self.settled = settled
        }

        func channelActive(context: ChannelHandlerContext) {
            settled.succeed()
            context.fireChannelActive()
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            settled.succeed()
        }
    }
}
