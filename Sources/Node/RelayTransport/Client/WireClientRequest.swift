public import HTTPTypes
public import NIOCore
public import NIOOpenSSL

/// A whole request to send.
public struct WireClientRequest: Sendable {
    public var method: HTTPRequest.Method
    /// Path and query, percent-encoded.
    public var path: String
    public var headers: HTTPFields
    public var body: ByteBuffer

    public init(
        method: HTTPRequest.Method,
        path: String,
        headers: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer()
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }
}

/// Why there is no answer.
public enum WireClientError: Error, Hashable, Sendable {
    /// No connection came about; the request was not sent.
    case unreachable(String)
    /// TLS failed, or one side refused the other; with a refused client, the request may have been sent but not read.
    case tls(TLSFailure)
    /// No answer came in time; whether the request was worked on is not known.
    case timeout
    /// The connection or stream ended before the answer was whole; whether the request was worked on is not known.
    case connectionLost(String)
    /// The other side does not speak as agreed.
    case protocolViolation(String)
    /// The answer is larger than this client takes.
    case responseTooLarge(limit: Int)
    /// The calling task was cancelled.
    case cancelled
    /// The client has been closed.
    case closed
}

extension WireClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreachable(let detail): "cannot connect: \(detail)"
        case .tls(let failure): "\(failure)"
        case .timeout: "no answer in time"
        case .connectionLost(let detail): "the connection ended before the answer: \(detail)"
        case .protocolViolation(let detail): "the answer breaks the protocol: \(detail)"
        case .responseTooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .cancelled: "the request was cancelled"
        case .closed: "the client has been closed"
        }
    }
}
