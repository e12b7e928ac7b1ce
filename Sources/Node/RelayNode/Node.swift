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
    private let judge: PeerJudge
    private let group: any EventLoopGroup
    private let handshakePool: NIOThreadPool
    private let server: WireServer<AuthenticatedPrincipal>
    private let serverContext: ServerContext
    private let forwarders: Forwarders
    private let queues: QueueGauge
    private let reloads: AsyncStream<ReloadRequest>
    private let reloader: AsyncStream<ReloadRequest>.Continuation

    private struct ReloadRequest: Sendable {
        let cause: String
        let answer: CheckedContinuation<ReloadReport, Never>?
    }

    /// Loads everything and opens the store; nothing listens yet.
    ///
    /// - Parameter limits: what peers can take of the server; the configuration's own come on top.
    /// - Throws: ``ConfigurationError`` and its like when the configuration is bad, `StoreError` when the data is.
    package init(
        configuration: NodeConfiguration,
        group: any EventLoopGroup,
        handshakePool: NIOThreadPool,
        limits: WireLimits = WireLimits(),
        clock: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
        logger: Logger
    ) throws {
        let material = try NodeMaterial.load(configuration, at: clock())
        var logger = logger
        logger[metadataKey: LogKey.node] = "\(material.view.node.id)"
        let state = NodeState(material)
        let store = try RelayStore(
            folder: configuration.data,
            node: material.view.node,
            signer: material.logSigner,
            clock: clock
        )
        let judge = PeerJudge(state: state, clock: clock)
        let refusals = RefusalLog(store: store, state: state, clock: clock, logger: logger)
        let queues = QueueGauge()
        let forwarders = Forwarders(
            state: state,
            store: store,
            judge: judge,
            refusals: refusals,
            group: group,
            handshakePool: handshakePool,
            clock: clock,
            logger: logger
        )
        let api = WireAPI(
            state: state,
            store: store,
            refusals: refusals,
            queues: queues,
            clock: clock,
            wake: { forwarders.wake($0) },
            logger: logger
        )
        let serverContext = ServerContext(try Self.serverContext(material, judge: judge))
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
            onRefusedRequest: { api.refuse($0, to: $1) }
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
        (reloads, reloader) = AsyncStream.makeStream()
    }

    /// The port that the node listens on, once `run` has begun to listen.
    package var port: Int { server.port }

    /// Listens and works until the task is cancelled, then shuts down in order: no new requests, the running ones
    /// ended, the refusals written, the stop logged.
    ///
    /// - Throws: ``ConfigurationError`` when the address cannot be listened on.
    package func run(onListening: @escaping @Sendable () async -> Void = {}) async throws {
        try await listen()
        try await log(.start, details: ["configuration": .string(state.material.configuration.file)])
        logger.notice(
            "listening",
            metadata: [
                LogKey.address: "\(state.material.configuration.listen)", LogKey.policy: "\(state.view.policy.hash)",
                LogKey.directory: "\(state.view.directory.stateHash)",
            ]
        )
        await onListening()
        // Apart from the cancellation that ends the work: what is refused during the shutdown is written too.
        let refusalsWritten = Task { await self.refusals.run() }
        let end: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { work in
                work.addTask { await self.forwarders.run() }
                work.addTask { await self.runReloads() }
                work.addTask { await self.watchFiles() }
                work.addTask { try await self.operators().run() }
                // Not `waitForAll`, which would wait for the others when one has failed.
                for try await _ in work {}
            }
            end = .success(())
        } catch {
            end = .failure(error)
        }
        await server.shutdown()
        refusals.finish()
        await refusalsWritten.value
        try await log(.stop, details: [:])
        try end.get()
        logger.notice("stopped")
    }

    private func operators() -> OperatorServer {
        let folder = URL(fileURLWithPath: state.material.configuration.data)
        return OperatorServer(
            socketPath: folder.appendingPathComponent("operator.sock").path,
            store: store,
            describe: { self.description },
            reload: { await self.reload(cause: $0) },
            clock: clock,
            group: group,
            logger: logger
        )
    }

    /// What the node says of itself to its operators.
    private var description: NodeDescription {
        let material = state.material
        return NodeDescription(
            policy: material.view.policy.hash,
            directory: material.view.directory.stateHash,
            endpoint: material.configuration.listen,
            links: forwarders.links
        )
    }

    /// Reads configuration and material again and puts them in force whole, or keeps what is and says why.
    package func reload(cause: String) async -> ReloadReport {
        await withCheckedContinuation { answer in
            switch reloader.yield(ReloadRequest(cause: cause, answer: answer)) {
            case .enqueued: return
            case .dropped, .terminated: answer.resume(returning: .kept("the node is stopping"))
            @unknown default: answer.resume(returning: .kept("the node does not take reloads"))
            }
        }
    }

    private func listen() async throws {
        do {
            try await server.start()
        } catch let error as IOError {
            let configuration = state.material.configuration
            throw ConfigurationError(
                file: configuration.file,
                "cannot listen on `\(configuration.listen)`: \(String(cString: strerror(error.errnoCode))): stop what "
                    + "listens there, or change `listen` and the endpoint in the partner's sheet"
            )
        }
    }

    private func runReloads() async {
        for await request in reloads {
            let outcome = await applyReload(cause: request.cause)
            request.answer?.resume(returning: outcome)
        }
    }

    private func applyReload(cause: String) async -> ReloadReport {
        let previous = state.material
        do {
            let configuration = try NodeConfiguration.read(file: previous.configuration.file)
            try checkUnchangeable(configuration, previous.configuration)
            let material = try NodeMaterial.load(configuration, at: clock())
            let tls = try Self.serverContext(material, judge: judge)
            let policyChanged = material.view.policy.hash != previous.view.policy.hash
            let directoryChanged = material.view.directory.stateHash != previous.view.directory.stateHash
            let identityChanged = !material.hasIdentity(of: previous)
            _ = state.replace(by: material)
            serverContext.replace(by: tls)
            enforceTrust()
            if policyChanged {
                try await log(.policyChange, details: ["cause": .string(cause)])
                logger.notice("policy changed", metadata: [LogKey.policy: "\(material.view.policy.hash)"])
            }
            if directoryChanged {
                try await log(.trustChange, details: ["cause": .string(cause)])
                logger.notice("directory changed", metadata: [LogKey.directory: "\(material.view.directory.stateHash)"])
            }
            if identityChanged {
                let leaf = material.certificateChain.first
                try await log(
                    .trustChange,
                    details: ["cause": .string(cause), "certificate": .string(leaf?.fingerprint.hex ?? "")]
                )
                logger.notice("the node's own certificate changed")
            }
            guard policyChanged || directoryChanged || identityChanged else { return .unchanged }
            await forwarders.reconnect()
            return .changed(policy: policyChanged, directory: directoryChanged)
        } catch {
            logger.error(
                "reload refused; the state before goes on",
                metadata: [LogKey.error: "\(error)", LogKey.file: "\(previous.configuration.file)"]
            )
            return .kept("\(error)")
        }
    }

    /// Closes the connections of peers that would be refused now.
    private func enforceTrust() {
        let judge = judge
        server.closeConnections { !judge.stillAccepts($0, part: .tlsClient) }
    }

    /// Reloads when a file changes, and lets go of peers whose certificates or revocation lists have run out.
    private func watchFiles() async {
        var watch = FileWatch(state.material.configuration.watchedFiles)
        var tick = 0
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                break
            }
            tick += 1
            let changed = watch.changes(in: state.material.configuration.watchedFiles)
            if !changed.isEmpty {
                reloader.yield(ReloadRequest(cause: "changed: \(changed.joined(separator: ", "))", answer: nil))
            }
            await measureQueues()
            if tick.isMultiple(of: 10) {
                enforceTrust()
                forwarders.enforceTrust()
                await forwarders.sweep()
                refusals.closeWindow()
            }
        }
        reloader.finish()
    }

    private func measureQueues() async {
        do {
            queues.update(from: try await store.status())
        } catch {
            logger.error("cannot measure the queues", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func checkUnchangeable(_ new: NodeConfiguration, _ old: NodeConfiguration) throws {
        guard new.partner == old.partner, new.name == old.name, new.realm == old.realm, new.data == old.data,
            new.listen == old.listen
        else {
            throw ConfigurationError(
                file: new.file,
                "partner, node, realm, data folder and listening address change only with a restart"
            )
        }
    }

    private func log(_ kind: AuditEntryKind, details: JSONValue) async throws {
        let view = state.view
        _ = try await store.append(
            AuditEntryDraft(
                kind,
                .done,
                realm: view.node.realm,
                policy: view.policy.hash,
                directory: view.directory.stateHash,
                details: details
            )
        )
    }

    private static func serverContext(_ material: NodeMaterial, judge: PeerJudge) throws
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
private final class ServerContext: Sendable {
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
