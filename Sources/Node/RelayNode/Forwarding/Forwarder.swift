package import CanonicalEncoding
package import CoalitionDirectory
import HTTPTypes
package import Logging
import MessageEnvelope
import NIOCore
package import NIOOpenSSL
import OperatorInterface
package import RelayStorage
package import RelayTransport
package import Relaying
import Synchronization

/// Delivers what waits for one next hop, most urgent first.
///
/// Three lanes have a connection each: FLASH and above of any size, small objects, and bulk. Nothing urgent ever
/// queues behind a body, and nothing small behind a large one.
package final class Forwarder: Sendable {
    /// What is known of the way to the next hop.
    private struct Link {
        var failures = 0
        /// No attempt before this time; nil when the link is up or untried.
        var notBefore: Timestamp?
        /// How often the peer has shown that it is there.
        var appearances = 0
        var windows = Dictionary(uniqueKeysWithValues: OutboxLane.allCases.map { ($0, $0.window) })
        var timer: Timestamp?
        var lastError: String?
    }

    let nextHop: SPIFFEID
    private let state: NodeState
    private let store: RelayStore
    private let clients: Mutex<[OutboxLane: WireClient<AuthenticatedPrincipal>]>
    private let schedule: RetrySchedule
    /// Whether anything may be handed over at all.
    private let mayWork: @Sendable () -> Bool
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    /// Called when somebody answers in the next hop's place who is not it, or is not to be trusted.
    private let refusedNextHop: @Sendable (TLSFailure) -> Void
    /// Called when an object was given up, with what the originator's node must learn.
    private let gaveUp: @Sendable (OutboxItem, _ reason: String, _ refusal: TransferLink?) async throws -> Void
    /// Called when the next hop has taken an object over, with its entry.
    private let handedOver: @Sendable (AuditEntry) -> Void
    private let link = Mutex(Link())
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(
        nextHop: SPIFFEID,
        state: NodeState,
        store: RelayStore,
        clients: [OutboxLane: WireClient<AuthenticatedPrincipal>],
        schedule: RetrySchedule = RetrySchedule(),
        mayWork: @escaping @Sendable () -> Bool,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger,
        refusedNextHop: @escaping @Sendable (TLSFailure) -> Void,
        gaveUp: @escaping @Sendable (OutboxItem, _ reason: String, _ refusal: TransferLink?) async throws -> Void,
        handedOver: @escaping @Sendable (AuditEntry) -> Void
    ) {
        self.nextHop = nextHop
        self.state = state
        self.store = store
        self.clients = Mutex(clients)
        self.schedule = schedule
        self.mayWork = mayWork
        self.clock = clock
        self.logger = logger
        self.refusedNextHop = refusedNextHop
        self.gaveUp = gaveUp
        self.handedOver = handedOver
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that there is new work; returns at once.
    package func wake() {
        link.withLock { link in
            for lane in OutboxLane.allCases { link.windows[lane]?.workArrived() }
        }
        waker.yield()
    }

    /// Says that the peer is there again, for it has connected: whatever waits for it is tried now.
    package func peerAppeared() {
        let wasDown = link.withLock { link in
            defer { link.notBefore = nil }
            link.appearances += 1
            return link.notBefore != nil
        }
        if wasDown { wake() }
    }

    /// Takes other connections, made for what is known of the peer now, and drops those before.
    package func replaceClients(by clients: [OutboxLane: WireClient<AuthenticatedPrincipal>]) async {
        let previous = self.clients.withLock { current in
            defer { current = clients }
            return current
        }
        link.withLock { $0.notBefore = nil }
        wake()
        await withDiscardingTaskGroup { tasks in
            for client in previous.values {
                client.disconnect()
                tasks.addTask { await client.close() }
            }
        }
    }

    /// Drops the connections to the peer, should `predicate` name it.
    func disconnect(where predicate: (AuthenticatedPrincipal) -> Bool) {
        for client in clients.withLock({ Array($0.values) }) { client.disconnect(where: predicate) }
    }

    /// Sends a request beside the objects.
    func exchange(_ request: WireClientRequest) async throws(WireClientError) -> WireResponse {
        guard let client = clients.withLock({ $0[.small] }) else {
            throw .unreachable("no sheet lists `\(nextHop)`")
        }
        return try await client.send(request)
    }

    /// How the way to the next hop is, for operators.
    var description: NodeDescription.Link {
        link.withLock { link in
            NodeDescription.Link(
                nextHop: nextHop,
                failures: link.failures,
                nextAttempt: link.notBefore,
                lastError: link.lastError
            )
        }
    }

    /// Works until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            waker.yield()
            for await _ in wakes {
                await pump(in: &group)
            }
            group.cancelAll()
        }
        await replaceClients(by: [:])
    }

    private func pump(in group: inout DiscardingTaskGroup) async {
        guard mayWork() else { return }
        let now = clock()
        if let notBefore = link.withLock({ $0.notBefore }), now < notBefore {
            sleep(until: notBefore, in: &group)
            return
        }
        do {
            var hasLookedUp = false
            for lane in OutboxLane.allCases {
                guard let (busy, room) = link.withLock({ $0.windows[lane]?.lookUp() }) else { continue }
                hasLookedUp = true
                let items = try await store.dueOutbox(
                    nextHop: nextHop,
                    lane: lane,
                    now: now,
                    limit: room,
                    excluding: busy
                )
                link.withLock { $0.windows[lane]?.took(items.map(\.row), of: room) }
                for item in items { group.addTask { await self.deliver(item, lane: lane) } }
            }
            if hasLookedUp, let next = try await store.nextDue(nextHop: nextHop, after: now) {
                sleep(until: next, in: &group)
            }
        } catch {
            logger.error("cannot read the outbox", metadata: [LogKey.nextHop: "\(nextHop)", LogKey.error: "\(error)"])
            link.withLock { link in
                for lane in OutboxLane.allCases { link.windows[lane]?.workArrived() }
            }
            sleep(until: now.adding(milliseconds: schedule.longestDelay / 10), in: &group)
        }
    }

    /// One timer at a time; an earlier one replaces none, it merely wakes too soon.
    private func sleep(until time: Timestamp, in group: inout DiscardingTaskGroup) {
        let isNew = link.withLock { link in
            if let timer = link.timer, timer <= time { return false }
            link.timer = time
            return true
        }
        guard isNew else { return }
        let milliseconds = max(1, time.millisecondsSinceEpoch - clock().millisecondsSinceEpoch)
        group.addTask {
            do {
                try await Task.sleep(for: .milliseconds(milliseconds))
            } catch {
                return
            }
            self.link.withLock { if $0.timer == time { $0.timer = nil } }
            self.wake()
        }
    }

    private func deliver(_ item: OutboxItem, lane: OutboxLane) async {
        var isClosed = false
        do {
            isClosed = try await attempt(item, lane: lane)
        } catch {
            logger.error(
                "cannot record the outcome of a transfer",
                metadata: [LogKey.nextHop: "\(nextHop)", LogKey.message: "\(item.message)", LogKey.error: "\(error)"]
            )
            // What cannot be recorded is sent again: not before the store has had time to recover.
            hold()
        }
        let wantsMore = link.withLock { $0.windows[lane]?.finished(item.row) ?? false }
        if !isClosed {
            // It waits in the queue again, now or until its time: it must be seen there.
            wake()
        } else if wantsMore {
            waker.yield()
        }
    }

    /// - Returns: whether the object has left the queue.
    private func attempt(_ item: OutboxItem, lane: OutboxLane) async throws -> Bool {
        guard clock() < item.expires else {
            try await gaveUp(item, EnvelopeError.Code.expired.rawValue, nil)
            return true
        }
        guard let client = clients.withLock({ $0[lane] }) else {
            // Nobody knows where the next hop is; the next sheet may say.
            hold()
            return false
        }
        guard let transfer = try await store.outboxTransfer(row: item.row) else { return true }
        let appearances = link.withLock { $0.appearances }
        let response: WireResponse
        do throws(WireClientError) {
            response = try await client.send(
                WireClientRequest(
                    method: .post,
                    path: "/v1/transfers",
                    headers: [.contentType: Transfer.mediaType],
                    body: ByteBuffer(bytes: transfer.bytes)
                )
            )
        } catch {
            switch error {
            case .unreachable: unreachable(error, appearances: appearances)
            case .tls(let failure):
                if case .refusedPeer = failure.reason { refusedNextHop(failure) }
                unreachable(error, appearances: appearances)
            // The node stops, or the connection was replaced by another.
            case .cancelled, .closed: break
            // The link may be fine, and this object too large for it: the others do not wait for that.
            case .timeout, .connectionLost, .protocolViolation, .responseTooLarge:
                try await retry(item, "\(error)", after: nil)
            }
            return false
        }
        reached()
        let view = state.view
        guard let sent = transfer.links.last?.entry else { return false }
        switch TransferAnswer(response, to: sent, by: nextHop, in: view.directory) {
        case .custody(let custody):
            try await store.recordTransferred(outboxRow: item.row, custody: custody, peer: nextHop)
            handedOver(custody.entry)
            logger.info(
                "transferred",
                metadata: [LogKey.nextHop: "\(nextHop)", LogKey.message: "\(item.message)"]
            )
            return true
        case .refused(let refusal):
            try await accept(refusal, of: item)
            return true
        case .unsettled(let refusal):
            return try await settle(item, refusal)
        case .retry(let reason, let after):
            try await retry(item, reason, after: after)
            return false
        }
    }

    /// Gives up an object that the next hop will not take.
    private func accept(_ refusal: TransferAnswer.Refusal, of item: OutboxItem) async throws {
        logger.warning(
            "refused by the next hop",
            metadata: [
                LogKey.nextHop: "\(nextHop)", LogKey.message: "\(item.message)", LogKey.code: "\(refusal.code)",
                LogKey.detail: "\(refusal.flaw.map { "not proven: \($0)" } ?? "its log proves it")",
            ]
        )
        try await gaveUp(item, refusal.code, refusal.link)
    }

    /// Puts off an object that the next hop cannot judge yet, or gives it up when that has been so for long enough.
    ///
    /// - Returns: whether the object has left the queue.
    private func settle(_ item: OutboxItem, _ refusal: TransferAnswer.Refusal) async throws -> Bool {
        let now = clock()
        let deadline = Settling.deadline(since: item.unsettledSince ?? now, expires: item.expires)
        guard now < deadline else {
            try await accept(refusal, of: item)
            return true
        }
        try await retry(item, refusal.code, after: nil, until: deadline, unsettled: now)
        return false
    }

    /// Puts off one object, on its own schedule or by `after` milliseconds, to `until` at the latest.
    private func retry(
        _ item: OutboxItem,
        _ reason: String,
        after: Int64?,
        until latest: Timestamp? = nil,
        unsettled: Timestamp? = nil
    ) async throws {
        let attempts = item.attempts + 1
        let now = clock()
        // A peer may ask for more patience, never for less.
        let delay = max(after ?? 0, schedule.delay(afterAttempt: attempts, fraction: Double.random(in: 0..<1)))
        let next = now.adding(milliseconds: delay)
        let due = latest.map { min($0, next) } ?? next
        logger.warning(
            "not taken by the next hop; will be tried again",
            metadata: [
                LogKey.nextHop: "\(nextHop)", LogKey.message: "\(item.message)", LogKey.error: "\(reason)",
                LogKey.attempts: "\(attempts)",
                LogKey.wait: "\(due.millisecondsSinceEpoch - now.millisecondsSinceEpoch)",
            ]
        )
        try await store.recordRetry(
            outboxRow: item.row,
            attempts: attempts,
            due: due,
            error: reason,
            unsettled: unsettled
        )
    }

    /// Lets everything wait for a while, where trying again at once would only fail again.
    private func hold() {
        let until = clock().adding(milliseconds: schedule.longestDelay / 10)
        link.withLock { $0.notBefore = max($0.notBefore ?? until, until) }
    }

    private func reached() {
        link.withLock { link in
            link.failures = 0
            link.notBefore = nil
            link.lastError = nil
        }
    }

    /// The link is down: everything waits for it together, and one attempt at a time finds out when it is back.
    ///
    /// - Parameter appearances: of the peer, as they were when the attempt began: if it has come back since, the failure
    ///   says nothing about now.
    private func unreachable(_ error: WireClientError, appearances: Int) {
        let now = clock()
        let schedule = schedule
        let failures = link.withLock { link in
            if let notBefore = link.notBefore, now < notBefore { return link.failures }
            guard link.appearances == appearances else { return link.failures }
            link.failures += 1
            link.lastError = "\(error)"
            let delay = schedule.delay(afterAttempt: link.failures, fraction: Double.random(in: 0..<1))
            link.notBefore = now.adding(milliseconds: delay)
            return link.failures
        }
        logger.warning(
            "next hop unreachable",
            metadata: [LogKey.nextHop: "\(nextHop)", LogKey.error: "\(error)", LogKey.attempts: "\(failures)"]
        )
    }
}

extension OutboxLane {
    /// How many objects of the lane are on their way at once, and when the queue is looked at for more.
    fileprivate var window: DeliveryWindow {
        switch self {
        case .urgent: DeliveryWindow(limit: 16, refillAt: 15)
        // One look at the queue for half a window of small objects: it costs as much as it does for one.
        case .small: DeliveryWindow(limit: 32, refillAt: 16)
        case .bulk: DeliveryWindow(limit: 2, refillAt: 1)
        }
    }
}
