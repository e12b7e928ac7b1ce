package import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
package import Logging
import MessageEnvelope
package import NIOCore
import NIOOpenSSL
package import NIOPosix
import OpenSSLCrypto
package import OperatorInterface
package import RelayStorage
package import RelayTransport
import Relaying
import Synchronization
import TransparencyLog

/// One daemon: reads its material, opens its store, listens, forwards, and reloads without a restart.
package final class Node: Sendable {
    package let state: NodeState
    package let store: RelayStore
    package let refusals: RefusalLog
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let judge: PeerJudge
    let server: WireServer<AuthenticatedPrincipal>
    let serverContext: ServerContext
    let forwarders: Forwarders
    let queues: QueueGauge
    let witnessing: LogWitnessing
    let streams: StreamWatch
    let custody: CustodyWatch
    let watch: FileWatch
    let alarms = Mutex(NodeAlarms())
    let standing: Mutex<PolicyStanding>
    /// Nil when nothing that was erased stands in the write-ahead log any more.
    let wipes = Mutex<UnfinishedWipe?>(nil)
    /// What was said to be kept for legal holds.
    let heldBodies = Mutex(HeldBodies())
    let changes: AsyncStream<NodeChange>
    let changer: AsyncStream<NodeChange>.Continuation
    private let group: any EventLoopGroup
    private let handshakePool: NIOThreadPool
    private let refusedAtStart: [RefusedSheet]
    private let hasStarted = Mutex(false)

    /// Loads everything, opens the store and keeps what sheets are new; nothing listens yet.
    ///
    /// - Parameter limits: what peers can take of the server; the configuration's own come on top.
    /// - Throws: ``ConfigurationError`` and its like when the configuration is bad, `StoreError` when the data is.
    package init(
        configuration: NodeConfiguration,
        group: any EventLoopGroup,
        handshakePool: NIOThreadPool,
        limits: WireLimits = .fittingThisProcess(),
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        logger: Logger
    ) throws {
        // Before the files are read: what changes while the node starts is a change.
        watch = FileWatch(configuration.watchedFiles)
        let sheets = try SheetJudgement.judge(configuration, at: clock())
        var opened: RelayStore?
        // Which policy is in force only the store knows, and which log the store holds only the node's keys.
        let material = try NodeMaterial.load(configuration, sheets: sheets, at: clock()) { node, signer in
            let store = try RelayStore(folder: configuration.data, node: node, signer: signer, clock: clock)
            opened = store
            return try PolicyStanding(stored: store, for: node.partner)
        }
        guard let store = opened else { throw StoreError.closed }
        var logger = logger
        logger[metadataKey: LogKey.node] = "\(material.view.node.id)"
        let state = NodeState(material)
        let judge = PeerJudge(state: state, clock: clock)
        let serverContext = ServerContext(try Self.serverContext(material, judge: judge))
        // Only now is the folder this process's own.
        let archive = SheetArchive(configuration)
        try archive.keepEvidence(of: sheets.refused)
        try archive.keep(sheets)
        let refusals = RefusalLog(store: store, state: state, clock: clock, logger: logger)
        let queues = QueueGauge()
        let logStanding = LogStanding()
        let dialer = PeerDialer(
            state: state,
            judge: judge,
            group: group,
            handshakePool: handshakePool,
            logger: logger
        )
        let witnessing = LogWitnessing(
            state: state,
            store: store,
            standing: logStanding,
            dialer: dialer,
            clock: clock,
            logger: logger
        )
        custody = CustodyWatch(state: state, store: store, standing: logStanding, clock: clock, logger: logger)
        let forwarders = Forwarders(
            state: state,
            store: store,
            judge: judge,
            refusals: refusals,
            dialer: dialer,
            standing: logStanding,
            custody: custody,
            clock: clock,
            logger: logger
        )
        let api = WireAPI(
            state: state,
            store: store,
            refusals: refusals,
            queues: queues,
            witnessing: witnessing,
            clock: clock,
            wake: { forwarders.wake($0) },
            exchange: { hop, request async throws(WireClientError) in
                try await forwarders.exchange(with: hop, request)
            },
            logger: logger
        )
        var limits = limits
        limits.connectionsPerPeer = configuration.limits.connectionsPerPeer
        server = WireServer(
            configuration: WireServerConfiguration(
                host: configuration.listen.host,
                port: Int(configuration.listen.port),
                limits: limits
            ),
            context: { serverContext.current },
            group: group,
            handshakePool: handshakePool,
            peerKey: { $0.id.description },
            admit: { head, peer in
                if peer.id.kind == .node { forwarders.peerAppeared(peer.id) }
                return api.admit(head, from: peer)
            },
            respond: { await api.respond(to: $0) },
            onRefusedPeer: { address, peer, failure in
                refusals.record(
                    failure.reasonCode,
                    detail: "\(failure)",
                    peer: peer?.id,
                    address: address?.description
                )
            },
            onRefusedRequest: { api.refuse($0, to: $1) },
            onAcceptPaused: { [logger] error in
                logger.error("connections wait: the system has no room for them", metadata: [LogKey.error: "\(error)"])
            }
        )
        self.state = state
        self.store = store
        self.refusals = refusals
        self.clock = clock
        self.logger = logger
        self.judge = judge
        self.group = group
        self.handshakePool = handshakePool
        self.serverContext = serverContext
        self.forwarders = forwarders
        self.queues = queues
        self.witnessing = witnessing
        streams = StreamWatch(
            state: state,
            store: store,
            exchange: { hop, request async throws(WireClientError) in
                try await forwarders.exchange(with: hop, request)
            },
            clock: clock,
            logger: logger
        )
        refusedAtStart = sheets.refused
        standing = Mutex(material.policy.standing)
        (changes, changer) = AsyncStream.makeStream()
    }

    /// The port that the node listens on, once `run` has begun to listen.
    package var port: Int { server.port }

    /// Listens and works until the task is cancelled, then shuts down in order: no new requests, the running ones
    /// ended, the refusals written, the stop logged, the store closed. A node runs once.
    ///
    /// INVARIANT: the `start` entry is in the log before a request is answered, and whoever has a `start` gets a `stop`.
    ///
    /// - Parameter onListening: called when partners, mailboxes and operators are answered.
    /// - Throws: ``ConfigurationError`` when the address cannot be listened on.
    package func run(onListening: @escaping @Sendable () async -> Void = {}) async throws {
        // Apart from the cancellation that ends the work: what is refused during the shutdown is written too.
        let refusalsWritten = Task { await self.refusals.run() }
        var end: Result<Void, any Error>
        do {
            try await work(onListening: onListening)
            end = .success(())
        } catch {
            // What is given up because the node is to end is no failure of it.
            end = Task.isCancelled && Self.isCancellation(error) ? .success(()) : .failure(error)
        }
        await server.shutdown()
        await refuseChanges()
        refusals.finish()
        await refusalsWritten.value
        do {
            if hasStarted.withLock({ $0 }) { try await log(.stop, details: [:]) }
            try store.close()
        } catch {
            // What ended the work comes first.
            if case .success = end { end = .failure(error) }
        }
        try end.get()
        logger.notice("stopped")
    }

    private static func isCancellation(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError, StoreError.cancelled: true
        default: false
        }
    }

    /// Opens both listeners, answers on neither before the start is logged, and works until the task is cancelled or a
    /// part of it fails.
    private func work(onListening: () async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { work in
            let (listening, listens) = AsyncStream<Void>.makeStream()
            work.addTask {
                defer { listens.finish() }
                try await self.operators().run {
                    try await self.listen()
                    try await self.logStart()
                    self.hasStarted.withLock { $0 = true }
                    await self.note(self.refusedAtStart, cause: "start")
                    await self.note(self.state.material.policy.refused, cause: "start")
                } onListening: {
                    listens.yield()
                }
            }
            guard await listening.first(where: { _ in true }) != nil else {
                // It ended before it listened: cancelled, or with the reason.
                return try await work.waitForAll()
            }
            try await witnessing.begin()
            work.addTask { await self.witnessing.run() }
            await witnessing.waitForFirstAnswers()
            await wipeAtStart()
            try await server.accept()
            logger.notice(
                "listening",
                metadata: [
                    LogKey.address: "\(configuration.listen)",
                    LogKey.policy: "\(state.view.policy.hash)",
                    LogKey.directory: "\(state.view.directory.stateHash)",
                ]
            )
            await onListening()
            work.addTask { await self.forwarders.run() }
            work.addTask { await self.runChanges() }
            work.addTask { await self.watchFiles() }
            work.addTask { await self.runRetention() }
            work.addTask { await self.streams.run() }
            work.addTask {
                await self.custody.run { [forwarders = self.forwarders] hub, request async throws(WireClientError) in
                    try await forwarders.exchange(with: hub, request)
                }
            }
            // Not `waitForAll`, which would wait for the others when one has failed.
            for try await _ in work {}
        }
    }

    private var configuration: NodeConfiguration { state.material.configuration }

    private func operators() -> OperatorServer {
        OperatorServer(
            socketPath: configuration.operatorSocket,
            store: store,
            roles: { self.configuration.operators },
            describe: { self.description },
            reload: { await self.reload(cause: $0) },
            policies: OperatorPolicies(
                activate: { try await self.activate($0, statements: $1, cause: $2) },
                rollBack: { try await self.rollBack(to: $0, cause: $1) }
            ),
            erasures: OperatorErasures(
                persons: { self.configuration.retention.persons },
                erase: { try await self.erase($0) }
            ),
            acknowledged: { await self.witnessing.findAlarms() },
            clock: clock,
            group: group,
            logger: logger
        )
    }

    /// What the node says of itself to its operators.
    package var description: NodeDescription {
        let material = state.material
        return NodeDescription(
            policy: material.view.policy.hash,
            directory: material.view.directory.stateHash,
            endpoint: material.configuration.listen,
            links: forwarders.links,
            witnessing: witnessing.description,
            alarms: streams.alarms + alarms.withLock { $0.list(with: material, at: clock()) } + witnessing.alarms
                + custody.alarms,
            partners: material.view.directory.partners.values.map {
                PartnerName(code: $0.code, domain: $0.trustDomain)
            }
        )
    }

    private func listen() async throws {
        do {
            try await server.listen()
        } catch {
            let configuration = configuration
            let cause = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ConfigurationError(
                file: configuration.file,
                "cannot listen on `\(configuration.listen)`: \(cause): stop what listens there, or change `listen` and "
                    + "the endpoint in the partner's sheet"
            )
        }
    }

    func log(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome = .done,
        reasons: [String] = [],
        details: JSONValue
    ) async throws(StoreError) {
        let view = state.view
        _ = try await store.append(
            AuditEntryDraft(
                kind,
                outcome,
                realm: view.node.realm,
                reasons: reasons,
                policy: view.policy.hash,
                directory: view.directory.stateHash,
                details: details
            )
        )
    }

    static func serverContext(_ material: NodeMaterial, judge: PeerJudge) throws
        -> TLSContext<AuthenticatedPrincipal>
    {
        try TLSContext(
            side: .server,
            profile: material.configuration.profile,
            certificateChain: material.certificateChain,
            privateKey: material.key,
            applicationProtocols: ["h2", "http/1.1"],
            authenticate: { judge.judge(client: $0) }
        )
    }
}

/// The TLS context for new connections; a reload swaps it.
final class ServerContext: Sendable {
    typealias Context = TLSContext<AuthenticatedPrincipal>

    private let box: Mutex<TLSContext<AuthenticatedPrincipal>>

    init(_ context: TLSContext<AuthenticatedPrincipal>) {
        box = Mutex(context)
    }

    var current: TLSContext<AuthenticatedPrincipal> { box.withLock { $0 } }

    func replace(by context: TLSContext<AuthenticatedPrincipal>) {
        box.withLock { $0 = context }
    }
}

extension TLSFailure {
    /// The reason code of the refusal: that of OpenSSL for a missing certificate is no more than a broken protocol.
    fileprivate var reasonCode: String { alertSent == .certificateRequired ? "no-certificate" : code }
}
