package import CanonicalEncoding
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import NIOPosix
package import RelayStorage

/// The operators' listener of a node: plain HTTP/1.1 on a Unix domain socket, where the file's mode and the kernel's
/// word on who connects stand in the place of TLS.
///
/// Who may open the socket may read; what changes the node needs the role of an operator and stands in the audit log
/// with the person's name.
package struct OperatorServer: Sendable {
    private let socket: OperatorSocket
    private let responder: any HTTPResponder<OperatorContext>
    private let group: any EventLoopGroup
    private let logger: Logger

    /// A server that listens once ``run(onListening:)`` is called.
    ///
    /// - Parameters:
    ///   - socketPath: where the socket is to be, by default `operator.sock` in the node's data folder.
    ///   - roles: who is an operator, asked for each request; whoever else can open the socket is an auditor.
    ///   - describe: what the node is and how its links are, now.
    ///   - reload: reads configuration and material again; takes the cause, which names the person.
    ///   - policies: puts policies in force.
    ///   - erasures: erases what need not or must not be kept.
    ///   - acknowledged: called when a fork is acknowledged, to look again at what is alarmed.
    package init(
        socketPath: String,
        store: RelayStore,
        roles: @escaping @Sendable () -> OperatorRoles = { .ownAndRoot },
        describe: @escaping @Sendable () -> NodeDescription,
        reload: @escaping @Sendable (_ cause: String) async -> ReloadReport,
        policies: OperatorPolicies,
        erasures: OperatorErasures,
        acknowledged: @escaping @Sendable () async -> Void,
        clock: @escaping @Sendable () -> Timestamp = { .now() },
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) {
        socket = OperatorSocket(path: socketPath)
        self.group = group
        self.logger = logger
        let routes = OperatorRoutes(
            store: store,
            describe: describe,
            reload: reload,
            policies: policies,
            erasures: erasures,
            acknowledged: acknowledged,
            clock: clock,
            logger: logger
        )
        responder = routes.responder(roles: roles)
    }

    /// Says whether a socket can have the path at all.
    package static func check(socketPath: String) throws(OperatorSocketError) {
        try OperatorSocket.check(path: socketPath)
    }

    /// Listens and answers until the task is cancelled; the socket's file is gone afterwards.
    ///
    /// A socket that a dead process has left behind is removed.
    ///
    /// - Parameters:
    ///   - onBound: called when the socket is there; who connects waits until it has returned. What it throws ends this.
    ///   - onListening: called once connections are accepted.
    /// - Throws: ``OperatorSocketError`` when somebody else listens there, or the file cannot be made.
    package func run(
        onBound: @Sendable () async throws -> Void = {},
        onListening: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let bound = try socket.bind()
        defer { bound.remove() }
        do {
            try await onBound()
        } catch {
            bound.close()
            throw error
        }
        let connections = OperatorConnections(logger: logger) { [responder, logger] request, writer, channel in
            let context = OperatorContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
            let response = try await responder.respond(to: request, context: context)
            try await writer.write(response: response.head, body: response.body)
        }
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { connections.take($0) }
            .withBoundSocket(bound.takeDescriptor()).get()
        logger.notice("listening for operators", metadata: [OperatorLogKey.socket: "\(socket.path)"])
        await onListening()
        await withTaskCancellationHandler {
            do {
                try await listener.closeFuture.get()
            } catch {
                logger.error("the listener for operators has ended", metadata: [OperatorLogKey.error: "\(error)"])
            }
        } onCancel: {
            listener.close(promise: nil)
        }
        await connections.end()
        guard Task.isCancelled else { throw OperatorSocketError.closed(path: socket.path) }
    }
}
