public import CoalitionDirectory
public import MessageEnvelope

/// Why a client could not do what it was asked for.
public enum ClientError: Error, Sendable, CustomStringConvertible {
    /// Nothing answers at the node's endpoint, or the TLS handshake did not end; the request was not worked on.
    case unreachable(endpoint: Endpoint, cause: String)
    /// The node was reached and no whole answer came; whether it worked on the request is not known.
    case noAnswer(endpoint: Endpoint, cause: String)
    /// Node or client refused the other in the TLS handshake.
    case refusedByTLS(TLSRefusal)
    /// Policy denies the message; nothing was released.
    case denied(SubmissionDenial)
    /// The node answered with a problem.
    case problem(NodeProblem)
    /// The node's answer is not what the wire API says.
    case malformedAnswer(String)
    /// The node's answer does not prove what it must.
    case receipt(LogReceiptError)
    /// The message cannot be sent or does not hold, as this side sees it.
    case envelope(EnvelopeError)
    /// The directory of the coalition cannot be read, kept or relied on.
    case directory(ClientDirectoryError)
    /// The mailbox's own certificates and keys do not fit.
    case credentials(String)
    /// The task was cancelled; whether the node worked on the request is not known.
    case cancelled

    public var description: String {
        switch self {
        case .unreachable(let endpoint, let cause): "node `\(endpoint)` is unreachable: \(cause)"
        case .noAnswer(let endpoint, let cause): "no answer from node `\(endpoint)`: \(cause)"
        case .refusedByTLS(let refusal): refusal.description
        case .denied(let denial):
            "message `\(denial.message)` is denied by policy, audit entry \(denial.auditIndex)"
        case .problem(let problem): problem.description
        case .malformedAnswer(let detail): "the node's answer is not understood: \(detail)"
        case .receipt(let error): "the node's answer does not prove what it must: \(error)"
        case .envelope(let error): error.description
        case .directory(let error): error.description
        case .credentials(let detail): detail
        case .cancelled: "cancelled"
        }
    }
}

/// A problem that a node answered with (RFC 9457).
public struct NodeProblem: Hashable, Sendable, CustomStringConvertible {
    /// The reason code, such as `id-conflict`; `no-reason` when the answer held none.
    public let code: String
    /// The HTTP status.
    public let status: Int
    public let title: String
    public let detail: String?
    /// After how many seconds to try again, where the node says so.
    public let retryAfter: Int?

    public init(code: String, status: Int, title: String, detail: String?, retryAfter: Int?) {
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
    }

    public var description: String { "\(code) (\(status)): \(detail ?? title)" }
}
