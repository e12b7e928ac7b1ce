public import CanonicalEncoding
public import HTTPTypes
import NIOCore

/// A refusal as the other side reads it: problem details (RFC 9457) with a reason code.
///
/// The type is `urn:entente:problem:<code>`. Extension members stand beside the registered ones.
public struct ProblemDetails: Error, Hashable, Sendable {
    /// The media type of the encoded form.
    public static let mediaType = "application/problem+json"
    static let typePrefix = "urn:entente:problem:"
    private static let registeredMembers: Set<String> = ["type", "title", "status", "detail", "instance"]

    /// The reason code, such as `body-too-large`.
    public let code: String
    /// A short summary that is the same for every problem with this code.
    public let title: String
    /// The status that the answer carries.
    public let status: HTTPResponse.Status
    /// What is the matter this time; nothing that the peer may not know.
    public let detail: String?
    /// A reference to this occurrence.
    public let instance: String?
    /// Members beyond the registered ones.
    public let extensions: [String: JSONValue]

    /// - Precondition: no extension has the name of a registered member.
    public init(
        code: String,
        title: String,
        status: HTTPResponse.Status,
        detail: String? = nil,
        instance: String? = nil,
        extensions: [String: JSONValue] = [:]
    ) {
        precondition(Self.registeredMembers.isDisjoint(with: extensions.keys), "an extension hides a registered member")
        self.code = code
        self.title = title
        self.status = status
        self.detail = detail
        self.instance = instance
        self.extensions = extensions
    }

    /// The canonical JSON of the problem.
    public var encoded: [UInt8] {
        var members = self.extensions
        members["type"] = .string(Self.typePrefix + self.code)
        members["title"] = .string(self.title)
        members["status"] = .integer(Int64(self.status.code))
        if let detail = self.detail { members["detail"] = .string(detail) }
        if let instance = self.instance { members["instance"] = .string(instance) }
        return JSONValue.object(members).canonicalBytes
    }

    /// Reads the JSON of a problem with a type of ours.
    ///
    /// - Throws: ``ProblemDetailsError`` for anything else, which a caller shows as an answer without a reason.
    public init(parsing bytes: [UInt8]) throws(ProblemDetailsError) {
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, maximumSize: 64 << 10)
        } catch {
            throw .notJSON(error)
        }
        guard case .object(var members) = value else { throw .member(name: "type", expected: "an object with it") }
        guard let type = members.removeValue(forKey: "type")?.stringValue, type.hasPrefix(Self.typePrefix),
            type.utf8.count > Self.typePrefix.utf8.count
        else { throw .member(name: "type", expected: "`\(Self.typePrefix)` and a code") }
        guard let status = members.removeValue(forKey: "status")?.integerValue, (100...599).contains(status) else {
            throw .member(name: "status", expected: "an integer from 100 to 599")
        }
        func text(_ name: String) throws(ProblemDetailsError) -> String? {
            guard let member = members.removeValue(forKey: name) else { return nil }
            guard let text = member.stringValue else { throw .member(name: name, expected: "a string") }
            return text
        }
        self.code = String(type.dropFirst(Self.typePrefix.count))
        self.status = HTTPResponse.Status(code: Int(status))
        self.title = try text("title") ?? ""
        self.detail = try text("detail")
        self.instance = try text("instance")
        self.extensions = members
    }
}

/// Why bytes are not the problem details of a peer.
public enum ProblemDetailsError: Error, Hashable, Sendable, CustomStringConvertible {
    case notJSON(JSONError)
    case member(name: String, expected: String)

    public var description: String {
        switch self {
        case .notJSON(let error): "problem details: \(error)"
        case .member(let name, let expected): "problem details: `\(name)`: expected \(expected)"
        }
    }
}

// MARK: - What the transport itself refuses

extension ProblemDetails {
    static func bodyTooLarge(limit: Int) -> ProblemDetails {
        ProblemDetails(
            code: "body-too-large",
            title: "the body is larger than allowed here",
            status: .contentTooLarge,
            detail: "expected at most \(limit) bytes",
            extensions: ["limit": .integer(Int64(limit))]
        )
    }

    static func headerTooLarge(limit: Int) -> ProblemDetails {
        ProblemDetails(
            code: "header-too-large",
            title: "the header is larger than allowed",
            status: .requestHeaderFieldsTooLarge,
            detail: "expected at most \(limit) bytes",
            extensions: ["limit": .integer(Int64(limit))]
        )
    }

    static let requestTimeout = ProblemDetails(
        code: "request-timeout",
        title: "the request did not arrive in time",
        status: .requestTimeout
    )

    static let busy = ProblemDetails(
        code: "busy",
        title: "the node holds as many bytes for the caller, or for all callers, as it can",
        status: .serviceUnavailable,
        detail: "try again later"
    )

    /// Of a connection that ends: told to our own people only.
    static func protocolViolation(_ detail: String) -> ProblemDetails {
        ProblemDetails(
            code: "protocol-violation",
            title: "the connection breaks the protocol",
            status: .badRequest,
            detail: detail
        )
    }

    /// Of a stream that is refused: told to our own people only, as the caller sees the reset.
    static func tooManyStreams(limit: Int) -> ProblemDetails {
        ProblemDetails(
            code: "too-many-streams",
            title: "the connection carries as many requests as it may",
            status: .tooManyRequests,
            detail: "expected at most \(limit) at a time"
        )
    }

    static func malformedRequest(_ detail: String) -> ProblemDetails {
        ProblemDetails(
            code: "malformed-request",
            title: "the request is not well-formed",
            status: .badRequest,
            detail: detail
        )
    }
}
