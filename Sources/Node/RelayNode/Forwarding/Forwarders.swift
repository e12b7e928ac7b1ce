import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import NIOOpenSSL
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization

/// The forwarders of a node, one for each next hop that work was ever waiting for.
package final class Forwarders: Sendable {
    private let state: NodeState
    private let store: RelayStore
    private let judge: PeerJudge
    private let refusals: RefusalLog
    private let dialer: PeerDialer
    private let standing: LogStanding
    private let custody: CustodyWatch
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let known = Mutex<[SPIFFEID: Forwarder]>([:])
    private let wanted: AsyncStream<SPIFFEID>
    private let wanting: AsyncStream<SPIFFEID>.Continuation

    init(
        state: NodeState,
        store: RelayStore,
        judge: PeerJudge,
        refusals: RefusalLog,
        dialer: PeerDialer,
        standing: LogStanding,
        custody: CustodyWatch,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.state = state
        self.store = store
        self.judge = judge
        self.refusals = refusals
        self.dialer = dialer
        self.standing = standing
        self.custody = custody
        self.clock = clock
        self.logger = logger
        (wanted, wanting) = AsyncStream.makeStream()
    }

    /// Says that work waits for these next hops; returns at once.
    func wake(_ nextHops: Set<SPIFFEID>) {
        for nextHop in nextHops {
            if let forwarder = known.withLock({ $0[nextHop] }) {
                forwarder.wake()
            } else {
                wanting.yield(nextHop)
            }
        }
    }

    /// Sends a next hop a request over the connection that small objects go over, and gives its answer.
    func exchange(
        with nextHop: SPIFFEID,
        _ request: WireClientRequest
    ) async throws(WireClientError) -> WireResponse {
        if known.withLock({ $0[nextHop] }) == nil {
            wanting.yield(nextHop)
            for _ in 0..<20 where known.withLock({ $0[nextHop] }) == nil {
                do {
                    try await Task.sleep(for: .milliseconds(50))
                } catch {
                    throw .cancelled
                }
            }
        }
        guard let forwarder = known.withLock({ $0[nextHop] }) else { throw .closed }
        return try await forwarder.exchange(request)
    }

    /// Says that a node has connected to us.
    func peerAppeared(_ id: SPIFFEID) {
        known.withLock { $0[id] }?.peerAppeared()
    }

    /// How the way to each next hop is.
    var links: [NodeDescription.Link] {
        known.withLock { Array($0.values) }.map(\.description).sorted { $0.nextHop < $1.nextHop }
    }

    /// Drops every connection, so that each peer is judged anew.
    func reconnect() async {
        await withDiscardingTaskGroup { tasks in
            for forwarder in known.withLock({ Array($0.values) }) {
                tasks.addTask { await forwarder.replaceClients(by: self.makeClients(forwarder.nextHop)) }
            }
        }
    }

    /// Drops the connections to peers that would be refused now.
    func enforceTrust() {
        for forwarder in known.withLock({ Array($0.values) }) {
            forwarder.disconnect { !judge.stillAccepts($0, part: .tlsServer) }
        }
    }

    /// Gives up what has expired, wherever it waits.
    func sweep() async {
        guard !standing.isBroken else { return }
        do {
            for item in try await store.expiredOutbox(now: clock()) {
                try await giveUp(item, reason: EnvelopeError.Code.expired.rawValue)
            }
        } catch {
            logger.error("cannot sweep the outbox", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Works until the task is cancelled.
    func run() async {
        do {
            wake(Set(try await store.queuedNextHops()))
        } catch {
            logger.error("cannot read the outbox", metadata: [LogKey.error: "\(error)"])
        }
        await withDiscardingTaskGroup { tasks in
            for nextHop in state.view.directNeighbours { tasks.addTask { await self.greet(nextHop) } }
            for await nextHop in wanted {
                guard known.withLock({ $0[nextHop] == nil }) else {
                    wake([nextHop])
                    continue
                }
                let forwarder = makeForwarder(nextHop)
                known.withLock { $0[nextHop] = forwarder }
                tasks.addTask { await forwarder.run() }
            }
            tasks.cancelAll()
        }
    }

    /// Asks a neighbour for its checkpoint, once: who hears from this node again tries at once what waits for it there.
    private func greet(_ nextHop: SPIFFEID) async {
        guard let client = makeClients(nextHop)[.small] else { return }
        do throws(WireClientError) {
            _ = try await client.send(WireClientRequest(method: .get, path: "/v1/log/checkpoint"))
        } catch {
            logger.info("neighbour unreachable", metadata: [LogKey.nextHop: "\(nextHop)", LogKey.error: "\(error)"])
        }
        client.disconnect()
        await client.close()
    }

    private func makeForwarder(_ nextHop: SPIFFEID) -> Forwarder {
        Forwarder(
            nextHop: nextHop,
            state: state,
            store: store,
            clients: makeClients(nextHop),
            mayWork: { [standing] in !standing.isBroken },
            clock: clock,
            logger: logger,
            refusedNextHop: { [refusals] failure in
                refusals.record(failure.code, detail: "in the place of `\(nextHop)`: \(failure)", peer: nil)
            },
            gaveUp: { [weak self] item, reason, refusal in
                try await self?.giveUp(item, reason: reason, refusal: refusal)
            },
            handedOver: { [custody] in custody.handedOver(to: nextHop, by: $0) }
        )
    }

    /// A connection for each lane; none where no sheet lists the node any more, so that its objects wait.
    private func makeClients(_ nextHop: SPIFFEID) -> [OutboxLane: WireClient<AuthenticatedPrincipal>] {
        dialer.clients(to: nextHop, for: OutboxLane.allCases)
    }

    /// Closes an object that will not be delivered, and reports it to the originator's node.
    ///
    /// - Throws: `StoreError`; the object then stays queued.
    private func giveUp(_ item: OutboxItem, reason: String, refusal: TransferLink? = nil) async throws {
        let report = try await report(of: item, reason: reason, refusal: refusal)
        let isClosed = try await store.recordVoid(
            outboxRow: item.row,
            reason: reason,
            refusal: refusal,
            nonDelivery: report
        )
        guard isClosed else { return }
        if let report { wake(report.nextHops) }
        logger.warning(
            "given up",
            metadata: [
                LogKey.message: "\(item.message)", LogKey.code: "\(reason)", LogKey.nextHop: "\(item.nextHop)",
            ]
        )
    }

    private func report(of item: OutboxItem, reason: String, refusal: TransferLink?) async throws -> AnswerVerdict? {
        guard item.object == .message, let message = try await store.storedMessage(item.message, digest: item.envelope)
        else { return nil }
        do throws(RelayRefusal) {
            return try state.view.nonDelivery(
                of: message,
                to: item.destination,
                reason: reason,
                refusal: refusal,
                at: clock()
            )
        } catch {
            // The void stands in this log; that the report may not or cannot travel must not keep the object queued.
            logger.warning(
                "the originator's node cannot be told",
                metadata: [LogKey.message: "\(item.message)", LogKey.error: "\(error)"]
            )
            return nil
        }
    }
}

extension RelayView {
    /// The nodes of other partners that this node hands objects to without a hub between.
    var directNeighbours: [SPIFFEID] {
        directory.partners.values
            .filter { $0.code != node.partner }
            .flatMap { sheet in
                sheet.nodes.compactMap { directory.node($0.name, of: sheet.code) }
                    .filter { routes.nextHops(to: $0.id, of: sheet.code).first == $0.id }
            }
            .map(\.id)
    }
}
