import CanonicalEncoding
import Foundation
import HTTPTypes
import NIOCore
import RelayTransport

/// The operators' interface of a node, through its socket on this machine.
struct OperatorClient: Sendable {
    let socket: String
    /// How long an answer may take.
    var timeout = TimeAmount.seconds(10)

    /// Reads what is at the path.
    func get(_ path: String, query: [(name: String, value: String)] = []) async throws(CommandFailure) -> JSONValue {
        let fields = query.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        return try await send(.get, fields.isEmpty ? path : "\(path)?\(fields)")
    }

    /// Reads what is at the path; nil where the node answers that there is nothing, with this reason code.
    func find(_ path: String, absent code: String) async throws(CommandFailure) -> JSONValue? {
        try await exchange(.get, path, nil, absent: code)
    }

    /// Reads the bytes at the path; nil where the node answers that there are none, with this reason code.
    func findBytes(_ path: String, absent code: String) async throws(CommandFailure) -> [UInt8]? {
        try await response(.get, path, nil, absent: code)?.bytes
    }

    /// Reads the bytes at the path.
    func getBytes(_ path: String) async throws(CommandFailure) -> [UInt8] {
        try await response(.get, path, nil, absent: nil)?.bytes ?? []
    }

    /// Asks for something to be done.
    func post(_ path: String, body: JSONValue? = nil) async throws(CommandFailure) -> JSONValue {
        try await send(.post, path, body)
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue? = nil
    ) async throws(CommandFailure) -> JSONValue {
        guard let answer = try await exchange(method, path, body, absent: nil) else {
            throw CommandFailure("the node answers nothing at `\(socket)`")
        }
        return answer
    }

    private func exchange(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue?,
        absent code: String?
    ) async throws(CommandFailure) -> JSONValue? {
        guard let response = try await response(method, path, body, absent: code) else { return nil }
        do {
            return try JSONValue.parse(response.bytes, maximumSize: 64 << 20)
        } catch {
            throw CommandFailure(
                "the node's answer at `\(socket)` is not understood: \(error)",
                next: "see that command and node are of the same release"
            )
        }
    }

    private func response(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: JSONValue?,
        absent code: String?
    ) async throws(CommandFailure) -> WireResponse? {
        let response: WireResponse
        do {
            response = try await UnixHTTPClient(path: socket, timeout: timeout)
                .send(
                    WireClientRequest(
                        method: method,
                        path: path,
                        headers: body == nil ? [:] : [.contentType: "application/json"],
                        body: body.map { ByteBuffer(bytes: $0.canonicalBytes) } ?? ByteBuffer()
                    )
                )
        } catch {
            throw failure(error)
        }
        if let problem = response.problem {
            if let code, problem.code == code { return nil }
            throw failure(problem)
        }
        guard response.status == .ok else {
            throw CommandFailure(
                "the node answers `\(response.status)` at `\(socket)` without a reason",
                next: "ask for less at once, and see that command and node are of the same release"
            )
        }
        return response
    }

    private func failure(_ error: WireClientError) -> CommandFailure {
        switch error {
        case .unreachable:
            return Self.unreachable(socket, error: access(socket, R_OK | W_OK) == 0 ? nil : errno)
        case .timeout, .connectionLost, .tls, .closed:
            return CommandFailure(
                "operator socket `\(socket)`: \(error)",
                next: "look at the node's log, and ask again",
                status: .unreachable
            )
        case .protocolViolation, .responseTooLarge:
            return CommandFailure(
                "operator socket `\(socket)`: \(error)",
                next: "see that command and node are of the same release, and ask for less at once"
            )
        case .cancelled:
            return CommandFailure("interrupted", status: .interrupted)
        }
    }

    /// Why the socket cannot be opened. To an account without rights to the folders above it, a socket looks as if it
    /// were not there; the error number tells.
    ///
    /// - Parameter error: what keeps this account from the socket; nil for nothing.
    static func unreachable(_ socket: String, error: Int32?) -> CommandFailure {
        guard let error else {
            return CommandFailure(
                "no node listens at the operator socket `\(socket)`",
                next: "start the node with `entented --config FILE`",
                status: .unreachable
            )
        }
        switch error {
        case EACCES, EPERM, EROFS:
            return CommandFailure(
                "this account may not open the operator socket `\(socket)`",
                next: "run the command as the daemon's account, such as `sudo -u entente entente status`",
                status: .notAuthenticated
            )
        default:
            return CommandFailure(
                "no operator socket at `\(socket)`",
                next: "start the node with `entented --config FILE`, or name its socket with --socket",
                status: .unreachable
            )
        }
    }

    private func failure(_ problem: ProblemDetails) -> CommandFailure {
        let message = problem.detail.map { "\($0) (\(problem.code))" } ?? "\(problem.title) (\(problem.code))"
        return switch problem.code {
        case "not-identified", "not-an-operator":
            CommandFailure(message, next: "ask someone who is an operator of the node", status: .notAuthenticated)
        case "same-person":
            CommandFailure(message, next: "ask another operator to confirm it", status: .notAuthenticated)
        case "no-such-erasure":
            CommandFailure(message, next: "give the order again")
        case "no-such-message":
            CommandFailure(message, next: "check the id, or ask the node that the message was sent from")
        case "no-such-entry":
            CommandFailure(message, next: "`entente audit log` lists the last entries")
        case "policy-refused":
            CommandFailure(message, next: "see to what is missing; until then the policy before stays in force")
        case "no-such-policy":
            CommandFailure(message, next: "`entente policy history` lists those that have been in force")
        case "storage-damaged":
            CommandFailure(message, next: "`entente audit verify` names the first bad index", status: .auditBroken)
        case "order-refused":
            CommandFailure(
                message,
                next: "change what is asked for: `--help` has examples, `entente audit log` the entries"
            )
        case "storage-full", "storage-unavailable":
            CommandFailure(
                message,
                next: "`entente status` says what is wrong with the storage; ask again when it is well"
            )
        case "too-many-connections":
            CommandFailure(
                message,
                next: "end what holds connections to the operator socket, or ask again in a minute",
                status: .unreachable
            )
        default:
            CommandFailure(message, next: "look at the node's log, and at `--help` for what is expected")
        }
    }

    /// The value percent-encoded as RFC 3986 has it for a query.
    private static func encoded(_ value: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/")
        return value.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
