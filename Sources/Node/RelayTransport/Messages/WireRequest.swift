public import HTTPTypes
public import NIOCore

/// A whole request of a verified peer, within the limits.
public struct WireRequest<Peer: Sendable>: Sendable {
    public let method: HTTPRequest.Method
    /// The path as sent, percent-encoding and all, without the query.
    public let path: String
    /// The query's fields in their order, percent-decoded; `+` stands for itself (RFC 3986).
    public let query: [(name: String, value: String)]
    public let headers: HTTPFields
    public let body: ByteBuffer
    /// Who sent it, as the TLS handshake proved.
    public let peer: Peer
    /// What the answer takes of the server's memory; nil outside a server.
    var answerMemory: MemoryLease?

    public init(
        method: HTTPRequest.Method,
        path: String,
        query: [(name: String, value: String)] = [],
        headers: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer(),
        peer: Peer
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// Takes memory for an answer of that size, to be called before the answer is read from wherever it is.
    ///
    /// - Throws: `busy`, when the peer or all peers together have too much that is not sent yet.
    public func reserveAnswer(bytes: Int) throws(ProblemDetails) {
        guard self.answerMemory?.raise(to: bytes) ?? true else { throw .busy }
    }

    /// The value of the query's field of that name.
    public func queryValue(_ name: String) -> String? {
        self.query.first { $0.name == name }?.value
    }
}

/// The path and query of a request (RFC 9112 section 3.2.1, origin form).
struct RequestTarget {
    let path: String
    let query: [(name: String, value: String)]

    /// Nil unless it is `/` and visible ASCII characters, with a query that decodes to UTF-8 and names no field twice.
    init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/"), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            !text.utf8.contains(UInt8(ascii: "#"))
        else { return nil }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.path = String(parts[0])
        var query: [(name: String, value: String)] = []
        if parts.count == 2 {
            for field in parts[1].split(separator: "&") {
                let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let name = Self.decode(pair[0]), let value = pair.count == 2 ? Self.decode(pair[1]) : "" else {
                    return nil
                }
                // Which of two is meant, nobody can say.
                guard !query.contains(where: { $0.name == name }) else { return nil }
                query.append((name, value))
            }
        }
        self.query = query
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.digit), let low = rest.popFirst().flatMap(Self.digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
