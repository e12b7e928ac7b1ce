import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import RelayTransport
import Relaying
import TransparencyLog

/// The routes of the wire API, as `Docs/wire-api.md` lists them.
enum WireRoute: Hashable, Sendable {
    case submitMessage
    case decide
    case transfer
    case signal
    case custody
    case inbox(MailboxName)
    case message(MessageID, EnvelopePart)
    case deliveryReceipt(MessageID)
    case directory
    case community(String)
    case logCheckpoint
    case logTile(String)
    case addCheckpoint
    case witnessedCheckpoint(String)

    /// The route of a request; HEAD is answered as GET is, without the body (RFC 9110 section 9.3.2).
    static func of(_ method: HTTPRequest.Method, path: String) throws(ProblemDetails) -> WireRoute {
        let method = method == .head ? .get : method
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard segments.first == "v1" else { throw notFound(path) }
        switch (method, segments.count) {
        case (.post, 2) where segments[1] == "messages": return .submitMessage
        case (.post, 2) where segments[1] == "decisions": return .decide
        case (.post, 2) where segments[1] == "transfers": return .transfer
        case (.post, 2) where segments[1] == "signals": return .signal
        case (.get, 2) where segments[1] == "custody": return .custody
        case (.get, 2) where segments[1] == "directory": return .directory
        case (.get, 3) where segments[1] == "communities": return .community(segments[2])
        case (.get, 4) where segments[1] == "mailboxes" && segments[3] == "messages":
            return .inbox(try mailbox(segments[2]))
        case (.get, 3) where segments[1] == "messages": return .message(try messageID(segments[2]), .whole)
        case (.get, 4) where segments[1] == "messages" && segments[3] == "header":
            return .message(try messageID(segments[2]), .header)
        case (.get, 4) where segments[1] == "messages" && segments[3] == "body":
            return .message(try messageID(segments[2]), .body)
        case (.post, 4) where segments[1] == "messages" && segments[3] == "delivery-receipt":
            return .deliveryReceipt(try messageID(segments[2]))
        case (.get, 3) where segments[1] == "log" && segments[2] == "checkpoint": return .logCheckpoint
        case (.get, 5...) where segments[1] == "log" && segments[2] == "tile":
            return .logTile(segments[2...].joined(separator: "/"))
        case (.post, 3) where segments[1] == "log" && segments[2] == "add-checkpoint": return .addCheckpoint
        case (.get, 4) where segments[1] == "log" && segments[2] == "witnessed":
            return .witnessedCheckpoint(segments[3])
        default: throw notFound(path)
        }
    }

    /// The largest body that the route takes, in bytes.
    var bodyLimit: Int {
        switch self {
        case .submitMessage: Envelope.maximumSize
        case .transfer: Transfer.maximumSize
        case .signal: StreamSignal.maximumSize
        case .deliveryReceipt: DeliveryReceipt.maximumSize
        case .decide: 64 * 1024
        case .addCheckpoint: AddCheckpointRequest.maximumByteCount
        case .custody, .inbox, .message, .directory, .community, .logCheckpoint, .logTile, .witnessedCheckpoint: 0
        }
    }

    /// The kinds of principals that may use the route at all; more is judged by what they ask for.
    var callers: Set<PrincipalKind> {
        switch self {
        case .transfer, .signal, .custody, .addCheckpoint: [.node]
        case .submitMessage, .decide, .inbox, .message, .deliveryReceipt, .community:
            [.mailbox]
        // Officers sign; their certificates are not made for TLS clients.
        case .directory, .logCheckpoint, .logTile, .witnessedCheckpoint: [.node, .mailbox, .operator]
        }
    }

    private static func notFound(_ path: String) -> ProblemDetails {
        ProblemDetails(
            code: "no-such-route",
            title: "no such route",
            status: .notFound,
            detail: "expected a method and path of the wire API version 1"
        )
    }

    private static func mailbox(_ text: String) throws(ProblemDetails) -> MailboxName {
        do {
            return try MailboxName(text)
        } catch {
            throw malformed("\(error)")
        }
    }

    private static func messageID(_ text: String) throws(ProblemDetails) -> MessageID {
        guard let id = MessageID(text) else { throw malformed("expected a message id, a UUID of version 7") }
        return id
    }

    private static func malformed(_ detail: String) -> ProblemDetails {
        ProblemDetails(
            code: "malformed-request",
            title: "the request is not well-formed",
            status: .badRequest,
            detail: detail
        )
    }
}
