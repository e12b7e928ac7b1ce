import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

/// What the requests of all connections share: the application's answers, how many it is working on, and the memory.
final class WireService<Peer: Sendable>: Sendable {
    typealias Admit = @Sendable (_ head: HTTPRequest, _ peer: Peer) -> Result<Int, ProblemDetails>
    typealias Respond = @Sendable (_ request: WireRequest<Peer>) async -> WireResponse
    typealias RefusedRequest = @Sendable (_ problem: ProblemDetails, _ peer: Peer) -> ProblemDetails

    let limits: WireLimits
    let memory: WireMemory
    let admit: Admit
    let onRefusedRequest: RefusedRequest
    private let respond: Respond
    private let running = NIOLockedValueBox(Running())

    private struct Running {
        var count = 0
        var waiters: [EventLoopPromise<Void>] = []
    }

    init(
        limits: WireLimits,
        admit: @escaping Admit,
        respond: @escaping Respond,
        onRefusedRequest: @escaping RefusedRequest
    ) {
        self.limits = limits
        self.memory = WireMemory(limits: limits)
        self.admit = admit
        self.onRefusedRequest = onRefusedRequest
        self.respond = respond
    }

    /// Lets the application answer; `completion` is called from outside any event loop.
    ///
    /// The body's memory is released with the answer, as the application holds the body until then.
    ///
    /// A request that has begun is worked on to its end, also when its connection is gone: what it stores counts, and
    /// the peer's next try gets the same answer.
    func run(
        _ request: WireRequest<Peer>,
        body: MemoryLease,
        completion: @escaping @Sendable (WireResponse) -> Void
    ) {
        self.running.withLockedValue { $0.count += 1 }
        Task {
            let response = await self.respond(request)
            request.answerMemory?.set(to: response.body.readableBytes)
            body.release()
            completion(response)
            let waiters = self.running.withLockedValue { running -> [EventLoopPromise<Void>] in
                running.count -= 1
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
