import HTTPTypes
import NIOCore

/// One request and its answer on a stream or connection, without I/O.
///
/// Events come in through the mutating methods; each says what the shell has to do.
struct RequestExchange<Peer: Sendable> {
    enum State {
        /// No request yet. Exits: `receiving`, `responding`, `finished`.
        case waiting
        /// The head was admitted and the body is arriving. Exits: `handling`, `responding`.
        case receiving(Incoming)
        /// The whole request is with the application. Exits: `responding`.
        case handling
        /// The answer is being written. Exits: `waiting` (the next request of a connection), `finished`.
        case responding(isRequestComplete: Bool)
        /// The stream is gone, or its answer is complete while the request was not.
        case finished
    }

    struct Incoming {
        let head: HTTPRequest
        let target: RequestTarget
        let limit: Int
        var body: ByteBuffer
    }

    enum Action {
        case none
        /// Start the request's clock; tell the client to go on when it waits for that (RFC 9110 section 10.1.1).
        case receive(sendContinue: Bool)
        case handle(WireRequest<Peer>)
        /// Answer at once.
        case refuse(ProblemDetails)
    }

    private(set) var state = State.waiting
    let limits: WireLimits

    init(limits: WireLimits) {
        self.limits = limits
    }

    /// A request's head came. `admit` is asked before any byte of the body is read.
    mutating func headReceived(
        _ head: HTTPRequest,
        allocator: ByteBufferAllocator,
        admit: (HTTPRequest) -> Result<Int, ProblemDetails>
    ) -> Action {
        guard case .waiting = self.state else {
            return self.refuse(.malformedRequest("a second head in one request"))
        }
        guard Self.size(of: head) <= self.limits.headerBytes else {
            return self.refuse(.headerTooLarge(limit: self.limits.headerBytes))
        }
        guard let target = head.path.flatMap(RequestTarget.init) else {
            return self.refuse(.malformedRequest("the path is not an absolute one in visible ASCII"))
        }
        let limit: Int
        switch admit(head) {
        case .success(let bytes): limit = bytes
        case .failure(let problem): return self.refuse(problem)
        }
        var expected = 0
        if let text = head.headerFields[.contentLength] {
            guard let length = Int(text), length >= 0 else {
                return self.refuse(.malformedRequest("`content-length` is not a number"))
            }
            guard length <= limit else { return self.refuse(.bodyTooLarge(limit: limit)) }
            expected = length
        }
        // The announced length is only a claim: take memory as the bytes come.
        let body = allocator.buffer(capacity: min(expected, 64 << 10))
        self.state = .receiving(Incoming(head: head, target: target, limit: limit, body: body))
        return .receive(sendContinue: head.headerFields[.expect]?.lowercased() == "100-continue")
    }

    mutating func bodyReceived(_ bytes: ByteBuffer) -> Action {
        switch self.state {
        case .receiving(var incoming):
            self.state = .waiting  // Gives up the other reference to the body, so that it grows in place.
            guard incoming.body.readableBytes + bytes.readableBytes <= incoming.limit else {
                return self.refuse(.bodyTooLarge(limit: incoming.limit))
            }
            incoming.body.writeImmutableBuffer(bytes)
            self.state = .receiving(incoming)
            return .none
        case .waiting, .handling, .responding, .finished:
            return .none
        }
    }

    mutating func endReceived(peer: Peer) -> Action {
        switch self.state {
        case .receiving(let incoming):
            self.state = .handling
            return .handle(
                WireRequest(
                    method: incoming.head.method,
                    path: incoming.target.path,
                    query: incoming.target.query,
                    headers: incoming.head.headerFields,
                    body: incoming.body,
                    peer: peer
                )
            )
        case .responding:
            self.state = .responding(isRequestComplete: true)
            return .none
        case .waiting, .handling, .finished:
            return .none
        }
    }

    /// The request is taking too long, or what came cannot be a request.
    mutating func failed(_ problem: ProblemDetails) -> Action {
        switch self.state {
        case .waiting, .receiving: self.refuse(problem)
        case .handling, .responding, .finished: .none
        }
    }

    /// The application has answered. Returns false when nobody waits for it any more.
    mutating func answered() -> Bool {
        guard case .handling = self.state else { return false }
        self.state = .responding(isRequestComplete: true)
        return true
    }

    /// The whole answer has been written. Returns whether the request had arrived whole, so that the stream can end
    /// cleanly and a connection can go on.
    mutating func responseWritten() -> Bool {
        guard case .responding(let isRequestComplete) = self.state else { return false }
        self.state = isRequestComplete ? .waiting : .finished
        return isRequestComplete
    }

    mutating func closed() {
        self.state = .finished
    }

    var isWaiting: Bool {
        if case .waiting = self.state { true } else { false }
    }

    var isHandling: Bool {
        if case .handling = self.state { true } else { false }
    }

    var isReceiving: Bool {
        if case .receiving = self.state { true } else { false }
    }

    private mutating func refuse(_ problem: ProblemDetails) -> Action {
        self.state = .responding(isRequestComplete: false)
        return .refuse(problem)
    }

    private static func size(of head: HTTPRequest) -> Int {
        var size = (head.path?.utf8.count ?? 0) + (head.authority?.utf8.count ?? 0)
        for field in head.headerFields { size += field.name.rawName.utf8.count + field.value.utf8.count }
        return size
    }
}
