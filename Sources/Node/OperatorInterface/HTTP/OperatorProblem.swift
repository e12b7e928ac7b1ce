import CanonicalEncoding
import HTTPTypes
import Hummingbird
import HummingbirdCore
import MessageEnvelope
import NIOCore
import OpenSSLCrypto
import RelayStorage

/// A refusal at the operators' socket, answered as problem details (RFC 9457).
///
/// Those who ask are the partner's own people, so that the detail says all there is to say.
struct OperatorProblem: Error, Hashable, Sendable, CustomStringConvertible {
    let code: String
    let title: String
    let status: HTTPResponse.Status
    let detail: String

    var description: String { "\(code): \(detail)" }

    var response: Response {
        let json: JSONValue = [
            "type": .string("urn:entente:problem:\(code)"), "title": .string(title),
            "status": .integer(Int64(status.code)), "detail": .string(detail),
        ]
        return Response(
            status: status,
            headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.canonicalBytes + [UInt8(ascii: "\n")]))
        )
    }

    static func notIdentified(_ detail: String) -> OperatorProblem {
        OperatorProblem(
            code: "not-identified",
            title: "the kernel does not say who asks",
            status: .forbidden,
            detail: detail
        )
    }

    static func tooManyConnections(_ limit: Int) -> OperatorProblem {
        OperatorProblem(
            code: "too-many-connections",
            title: "the account has too many connections open",
            status: .serviceUnavailable,
            detail: "expected at most \(limit) connections of one account at a time: close some, or wait until they end"
        )
    }

    static func notAnOperator(_ person: OperatorPerson) -> OperatorProblem {
        OperatorProblem(
            code: "not-an-operator",
            title: "the caller may read and not change",
            status: .forbidden,
            detail: "expected an operator, got \(person) with the role `\(person.role.rawValue)`"
        )
    }

    static func noSuchRoute(method: String, path: String) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-route",
            title: "no such route",
            status: .notFound,
            detail: "expected a method and path of the operators' interface version 1, got `\(method) \(path)`"
        )
    }

    static func malformed(_ detail: String) -> OperatorProblem {
        OperatorProblem(
            code: "malformed-request",
            title: "the request is not well-formed",
            status: .badRequest,
            detail: detail
        )
    }

    static func noSuchEntry(_ index: UInt64, size: UInt64) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-entry",
            title: "the log has no such entry",
            status: .notFound,
            detail: "expected an index below \(size), the size of the log, got \(index)"
        )
    }

    static func noSuchMessage(_ id: MessageID) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-message",
            title: "nothing is known of the message",
            status: .notFound,
            detail: "neither the log nor the store of this node names `\(id)`"
        )
    }

    static let noQuorum = OperatorProblem(
        code: "no-quorum",
        title: "no quorum of witnesses can be had",
        status: .notFound,
        detail: "expected sheets of as many other partners as `witnessing.quorum` asks for"
    )

    static let busy = OperatorProblem(
        code: "verification-running",
        title: "a verification is running",
        status: .conflict,
        detail: "expected one verification at a time: ask again when the other has ended"
    )

    static let copying = OperatorProblem(
        code: "copy-running",
        title: "a backup or an archive is being written",
        status: .conflict,
        detail: "expected one backup or archive at a time: ask again when the other has ended"
    )

    static func reloadRefused(_ detail: String) -> OperatorProblem {
        OperatorProblem(
            code: "reload-refused",
            title: "the state before stays in force",
            status: .unprocessableContent,
            detail: detail
        )
    }

    static func noSuchBody(_ id: MessageID) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-body",
            title: "the body is not here",
            status: .notFound,
            detail: "the body of `\(id)` under this envelope is erased, or was never at this node"
        )
    }

    static func noSuchPolicy(_ hash: SHA256Digest) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-policy",
            title: "no such policy has been in force",
            status: .notFound,
            detail: "no policy `\(hash)` has been in force at this node"
        )
    }

    static func policyRefused(_ detail: String) -> OperatorProblem {
        OperatorProblem(
            code: "policy-refused",
            title: "the policy before stays in force",
            status: .unprocessableContent,
            detail: detail
        )
    }

    static func noSuchErasure(_ index: UInt64) -> OperatorProblem {
        OperatorProblem(
            code: "no-such-erasure",
            title: "no such order to erase waits",
            status: .notFound,
            detail: "no order \(index) waits for a second operator: orders wait for a day, and not across a restart"
        )
    }

    static func samePerson(_ person: OperatorPerson) -> OperatorProblem {
        OperatorProblem(
            code: "same-person",
            title: "an erasure takes two operators",
            status: .forbidden,
            detail: "expected another operator than \(person), who gave the order"
        )
    }

    static func internalError(_ detail: String) -> OperatorProblem {
        OperatorProblem(
            code: "internal-error",
            title: "the node failed",
            status: .internalServerError,
            detail: detail
        )
    }
}

extension OperatorProblem {
    init(_ error: StoreError) {
        let (title, status): (String, HTTPResponse.Status) =
            switch error.problem {
            case .full: ("no room left to store it", .init(code: 507))
            case .unavailable: ("the store does not answer", .serviceUnavailable)
            case .refused: ("the store does not allow it", .unprocessableContent)
            case .order: ("what is asked for does not go with what is there", .unprocessableContent)
            case .damaged: ("the store contradicts itself", .internalServerError)
            case .unexpected: ("the node failed", .internalServerError)
            }
        let detail = if case .refused(let reason) = error { reason } else { error.description }
        self.init(code: error.problem.rawValue, title: title, status: status, detail: detail)
    }
}
