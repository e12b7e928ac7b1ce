public import HTTPTypes
public import NIOCore

/// A whole response.
public struct WireResponse: Hashable, Sendable {
    public var status: HTTPResponse.Status
    public var headers: HTTPFields
    public var body: ByteBuffer

    public init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with a body of that media type.
    public init(status: HTTPResponse.Status, contentType: String, body: [UInt8]) {
        self.init(status: status, headers: [.contentType: contentType], body: ByteBuffer(bytes: body))
    }

    /// The answer that carries a refusal.
    public static func problem(_ problem: ProblemDetails) -> WireResponse {
        var response = WireResponse(
            status: problem.status,
            contentType: ProblemDetails.mediaType,
            body: problem.encoded
        )
        if problem.code == ProblemDetails.busy.code { response.headers[.retryAfter] = "1" }
        return response
    }

    /// The refusal that the answer carries; nil when it carries none, or one that is not of our types.
    public var problem: ProblemDetails? {
        guard let contentType = self.headers[.contentType],
            contentType.split(separator: ";").first?.trimmingSpaces() == ProblemDetails.mediaType
        else { return nil }
        do throws(ProblemDetailsError) {
            return try ProblemDetails(parsing: Array(self.body.readableBytesView))
        } catch {
            return nil
        }
    }

    /// The body as bytes.
    public var bytes: [UInt8] { Array(self.body.readableBytesView) }
}

extension Substring {
    fileprivate func trimmingSpaces() -> String {
        String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
