import HTTPTypes
public import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
public import NIOPosix

/// A plain HTTP/1.1 client over a Unix domain socket, for the operator's socket of a node on this machine.
///
/// Each request has a connection of its own. There is no TLS: the socket's file mode and the kernel's word on who
/// connects stand in its place.
public struct UnixHTTPClient: Sendable {
    public let path: String
    private let group: any EventLoopGroup
    private let timeout: TimeAmount
    private let maximumResponseBytes: Int

    public init(
        path: String,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        timeout: TimeAmount = .seconds(60),
        maximumResponseBytes: Int = 64 << 20
    ) {
        self.path = path
        self.group = group
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
    }

    /// Sends a request and returns the answer, whatever its status.
    public func send(_ request: WireClientRequest) async throws(WireClientError) -> WireResponse {
        let eventLoop = self.group.next()
        let outcome = eventLoop.makePromise(of: ClientExchangeHandler.Outcome.self)
        let cancellation = eventLoop.makePromise(of: Void.self)
        var request = request
        request.headers[.connection] = "close"
        let connected = ClientBootstrap(group: eventLoop)
            .connectTimeout(self.timeout)
            .channelInitializer { [request, timeout, maximumResponseBytes] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ClientExchangeHandler(
                        request: request,
                        scheme: "http",
                        authority: "localhost",
                        timeout: timeout,
                        minimumBytesPerSecond: ClientExchangeHandler.minimumBytesPerSecond,
                        maximumResponseBytes: maximumResponseBytes,
                        outcome: outcome,
                        cancellation: cancellation.futureResult
                    )
                    let operations = channel.pipeline.syncOperations
                    try operations.addHTTPClientHandlers()
                    try operations.addHandlers([HTTP1ToHTTPClientCodec(), handler])
                }
            }
            .connect(unixDomainSocketPath: self.path)
        // The second answer to the same promise counts for nothing.
        connected.whenFailure { outcome.succeed(.failure(.notSent("\($0)"))) }
        let result = await withTaskCancellationHandler {
            await outcome.futureResult.value()
        } onCancel: {
            cancellation.succeed()
        }
        cancellation.succeed()
        connected.whenSuccess { $0.close(promise: nil) }
        switch result {
        case .success(let response): return response
        case .failure(.notSent(var detail)):
            detail = "\(detail) (\(self.path))"
            if case .failure(let error) = await connected.result() { detail = error.inWords(at: self.path) }
            throw .unreachable(detail)
        case .failure(.tls(let failure)): throw .tls(failure)
        case .failure(.lost(let detail)): throw .connectionLost(detail)
        case .failure(.violation(let detail)): throw .protocolViolation(detail)
        case .failure(.tooLarge): throw .responseTooLarge(limit: self.maximumResponseBytes)
        case .failure(.timeout): throw .timeout
        case .failure(.cancelled): throw .cancelled
        }
    }
}
