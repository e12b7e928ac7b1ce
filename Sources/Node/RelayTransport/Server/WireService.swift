import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

/// What the requests of all connections share: the application's answers, and how many it is working on.
final class WireService<Peer: Sendable>: Sendable {
    typealias Admit = @Sendable (_ head: HTTPRequest, _ peer: Peer) -> Result<Int, ProblemDetails>
    typealias Respond = @Sendable (_ request: WireRequest<Peer>) async -> WireResponse
    typealias RefusedRequest = @Sendable (_ problem: ProblemDetails, _ peer: Peer) -> ProblemDetails

    let limits: WireLimits
    let admit: Admit
    let onRefusedRequest: RefusedRequest
    private let respond: Respond
    private let running = NIOLockedValueBox(Running())

    private struct Running {
        var count = 0
        var bufferedBytes = 0
        var waiters: [EventLoopPromise<Void>] = []
    }

    init(
        limits: WireLimits,
        admit: @escaping Admit,
        respond: @escaping Respond,
        onRefusedRequest: @escaping RefusedRequest
    ) {
        self.limits = limits
        self.admit = admit
        self.onRefusedRequest = onRefusedRequest
        self.respond = respond
    }

    /// Takes memory for a part of a body. Returns false when all bodies together would need more than they may.
    func reserve(_ bytes: Int) -> Bool {
        self.running.withLockedValue { running in
            guard running.bufferedBytes + bytes <= self.limits.bufferedBytes else { return false }
            running.bufferedBytes += bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        guard bytes > 0 else { return }
        self.running.withLockedValue { $0.bufferedBytes -= bytes }
    }

    /// The bytes of bodies that are held at this moment.
    var bufferedBytes: Int { self.running.withLockedValue { $0.bufferedBytes } }

    /// Lets the application answer; `completion` is called from outside any event loop.
    ///
    /// The request's `reservedBytes` are released with the answer, as the application holds the body until then.
    ///
    /// A request that has begun is worked on to its end, also when its connection is gone: what it stores counts, and
    /// the peer's next try gets the same answer.
    func run(
        _ request: WireRequest<Peer>,
        reservedBytes: Int,
        completion: @escaping @Sendable (WireResponse) -> Void
    ) {
        self.running.withLockedValue { $0.count += 1 }
        Task {
            let response = await self.respond(request)
            completion(response)
            let waiters = self.running.withLockedValue { running -> [EventLoopPromise<Void>] in
                running.count -= 1
                running.bufferedBytes -= reservedBytes
                guard running.count == 0 else { return [] }
                defer { running.waiters = [] }
                return running.waiters
            }
            for waiter in waiters { waiter.succeed() }
        }
    }

    /// Succeeds when the application works on no request.
    func idle(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        let isIdle = self.running.withLockedValue { running -> Bool in
            guard running.count > 0 else { return true }
            running.waiters.append(promise)
            return false
        }
        if isIdle { promise.succeed() }
        return promise.futureResult
    }
}
