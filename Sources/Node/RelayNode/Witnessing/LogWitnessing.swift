import CanonicalEncoding
import CoalitionDirectory
import Foundation
import Logging
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import Relaying
import Synchronization
import TransparencyLog

/// What keeps this node's log from being rewritten, and other logs from being shown to it in a version of its own: gives
/// out a stable checkpoint every few seconds, brings it to the configured witnesses, and looks at the logs of others.
///
/// Nothing that anybody sends or receives waits for it.
package final class LogWitnessing: Sendable {
    /// How long a node that starts waits for its witnesses to say whether its log is still the one that they know.
    private static let patienceAtStart = Duration.seconds(2)

    package let standing: LogStanding
    let watch: LogWatch
    let keeper: ForkKeeper
    private let state: NodeState
    private let store: RelayStore
    private let dialer: PeerDialer
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let links = Mutex<[SPIFFEID: WitnessLink]>([:])
    private let found = Mutex<[NodeDescription.Alarm]>([])
    /// Whether the witnesses were asked since the start, or given up on.
    private let hasAskedWitnesses = Mutex(false)
    private let sizes = Mutex<(stable: UInt64, witnessed: UInt64)>((0, 0))
    private let attempts: AsyncStream<Void>
    private let attempted: AsyncStream<Void>.Continuation

    init(
        state: NodeState,
        store: RelayStore,
        standing: LogStanding,
        dialer: PeerDialer,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.state = state
        self.store = store
        self.standing = standing
        self.dialer = dialer
        self.clock = clock
        self.logger = logger
        keeper = ForkKeeper(state: state, store: store, standing: standing, logger: logger)
        watch = LogWatch(state: state, store: store, dialer: dialer, keeper: keeper, logger: logger)
        (attempts, attempted) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    /// Takes up what the store says of earlier findings, and makes the log's first stable checkpoint.
    ///
    /// A log that has one brings that to its witnesses before it makes the next, for the store may be an old copy: then
    /// what was appended since is another history, and nobody is to see it.
    func begin() async throws {
        for record in try await store.forks() where record.fork.isSigned(by: store.verifier) {
            if standing.breaks(by: record.fork) {
                logger.critical(
                    "the own log is not what its witnesses saw",
                    metadata: [LogKey.detail: "\(record.fork)"]
                )
            }
        }
        if try await store.stableCheckpoint() == nil { try await store.makeStableCheckpoint() }
    }

    /// Waits until every witness was asked once, though not for long, and goes on to new stable checkpoints if the log is
    /// the one that those who answered know.
    func waitForFirstAnswers() async {
        await waitForWitnesses()
        hasAskedWitnesses.withLock { $0 = true }
        await makeCheckpoint()
        for link in links.withLock({ Array($0.values) }) { link.wake() }
    }

    private func waitForWitnesses() async {
        let expected = witnesses.count
        guard expected > 0 else { return }
        let timer = Task { [attempted] in
            do {
                try await Task.sleep(for: Self.patienceAtStart)
            } catch {
                return
            }
            for _ in 0..<expected { attempted.yield() }
        }
        var answers = 0
        for await _ in attempts {
            answers += 1
            if answers >= expected { break }
        }
        timer.cancel()
    }

    /// Works until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { tasks in
            var made = state.view.directory.stateHash
            while !Task.isCancelled {
                await bringLinksUpToDate(in: &tasks, hasChanged: made != state.view.directory.stateHash)
                made = state.view.directory.stateHash
                await makeCheckpoint()
                for link in links.withLock({ Array($0.values) }) { link.wake() }
                await watch.look()
                await findAlarms()
                do {
                    try await Task.sleep(for: .seconds(state.material.configuration.witnessing.interval))
                } catch {
                    break
                }
            }
            tasks.cancelAll()
        }
    }

    /// What operators see of it.
    var description: NodeDescription.Witnessing {
        let view = state.view
        let quorum = state.material.configuration.witnessing.quorum
        var policy: String?
        do {
            policy = String(
                decoding: try view.directory.witnessPolicy(of: view.node.id, quorum: quorum).bytes,
                as: UTF8.self
            )
        } catch {
            logger.info("no quorum of witnesses can be had", metadata: [LogKey.error: "\(error)"])
        }
        let (stable, witnessed) = sizes.withLock { $0 }
        return NodeDescription.Witnessing(
            quorum: quorum,
            policy: policy,
            isBroken: standing.isBroken,
            stable: stable,
            witnessed: witnessed,
            witnesses: links.withLock { Array($0.values) }.map(\.description).sorted { $0.node < $1.node }
        )
    }

    /// What has been found to be wrong.
    var alarms: [NodeDescription.Alarm] {
        let patience = state.material.configuration.witnessing.patience
        let late = description.witnesses.compactMap { witness -> NodeDescription.Alarm? in
            guard let seconds = witness.lateFor, seconds >= patience else { return nil }
            return NodeDescription.Alarm(
                partner: state.view.directory.node(witness.node)?.partner,
                code: "witness-late",
                detail:
                    "`\(witness.node)` has not cosigned for \(seconds) s: \(witness.lastError ?? "no answer"); receipts "
                    + "stay provisional unless others are a quorum"
            )
        }
        return [standing.fork.map(Self.ownAlarm) ?? unconfirmed].compactMap { $0 } + found.withLock { $0 } + late
    }

    /// While too few witnesses have been reached since the start, nobody can know whether the store is an old copy: it takes
    /// so many that one of them is among any quorum that has cosigned before.
    private var unconfirmed: NodeDescription.Alarm? {
        let links = links.withLock { Array($0.values) }
        let needed = max(1, links.count - state.material.configuration.witnessing.quorum + 1)
        let confirmed = links.count(where: \.hasConfirmed)
        guard hasAskedWitnesses.withLock({ $0 }), !links.isEmpty, confirmed < needed else { return nil }
        return NodeDescription.Alarm(
            code: "log-unconfirmed",
            detail:
                "\(confirmed) witnesses of \(links.count) have cosigned since this node started, and it takes \(needed) to say "
                + "that the store is no old copy. Messages are taken on meanwhile; see that they can be reached"
        )
    }

    private var witnesses: [SPIFFEID] {
        let material = state.material
        return material.configuration.witnessing.witnesses.compactMap {
            material.view.directory.node($0.node, of: $0.partner)?.id
        }
    }

    private func bringLinksUpToDate(in tasks: inout DiscardingTaskGroup, hasChanged: Bool) async {
        let wanted = Set(witnesses)
        let (gone, kept) = links.withLock { links in
            let gone = links.filter { !wanted.contains($0.key) }
            for id in gone.keys { links[id] = nil }
            return (Array(gone.values), Array(links.values))
        }
        for link in gone { link.end() }
        if hasChanged { for link in kept { await link.drop() } }
        for id in wanted where links.withLock({ $0[id] == nil }) {
            let link = WitnessLink(
                to: id,
                state: state,
                store: store,
                dialer: dialer,
                keeper: keeper,
                logger: logger,
                onAttempt: { [attempted] in attempted.yield() }
            )
            links.withLock { $0[id] = link }
            tasks.addTask { await link.run() }
        }
    }

    private func alarm(_ record: ForkRecord) -> NodeDescription.Alarm {
        NodeDescription.Alarm(
            partner: state.view.directory.node(logOrigin: record.fork.origin.rawValue)?.partner,
            code: record.fork.reasonCode,
            detail: "\(record.fork); the evidence is fork \(record.number), entry \(record.entryIndex)"
        )
    }

    private static func ownAlarm(_ fork: Fork) -> NodeDescription.Alarm {
        NodeDescription.Alarm(
            code: LogStanding.reasonCode,
            detail: "\(fork); this node takes on nothing until a new log is begun"
        )
    }

    /// A log that went back is not offered further: each tree of it would be one more history to be convicted of.
    private func makeCheckpoint() async {
        guard hasAskedWitnesses.withLock({ $0 }), !standing.isBroken else { return }
        do {
            guard let stable = try await store.makeStableCheckpoint() else { return }
            let witnessed = try await store.lastWitnessedSize()
            sizes.withLock { $0 = (stable.head.size, witnessed) }
        } catch {
            logger.error("cannot make a stable checkpoint", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Looks at once for what is wrong, as it is done with every checkpoint.
    func findAlarms() async {
        do {
            var alarms = try await store.forks()
                .filter { $0.acknowledgement == nil && !$0.fork.isSigned(by: store.verifier) }.map(alarm)
            let patience = Int64(state.material.configuration.witnessing.patience)
            let limit = clock().adding(seconds: -patience)
            for waiting in try await store.provisionalReceipts() where waiting.oldest < limit {
                alarms.append(
                    NodeDescription.Alarm(
                        partner: state.view.directory.node(logOrigin: waiting.origin.rawValue)?.partner,
                        code: "receipts-unwitnessed",
                        detail:
                            "\(waiting.count) receipts of `\(waiting.origin)`, the first of \(waiting.oldest), are not "
                            + "proven to be in a tree that witnesses have cosigned: "
                            + (watch.lastError(waiting.origin) ?? "its checkpoint does not reach them yet")
                    )
                )
            }
            found.withLock { $0 = alarms }
        } catch {
            logger.error("cannot look for forks", metadata: [LogKey.error: "\(error)"])
        }
    }
}
