import CoalitionDirectory
import Logging
import NIOCore
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import TransparencyLog

/// Compares what other logs have shown this node alone, in receipts, with what they show everybody: a checkpoint that a
/// quorum of witnesses has cosigned.
final class LogWatch: Sendable {
    /// The most receipts of one log that are compared at a time.
    private static let batch = 512

    private let state: NodeState
    private let store: RelayStore
    private let dialer: PeerDialer
    private let keeper: ForkKeeper
    private let logger: Logger
    private let suspects = Mutex<Set<LogOrigin>>([])
    private let errors = Mutex<[LogOrigin: String]>([:])

    init(state: NodeState, store: RelayStore, dialer: PeerDialer, keeper: ForkKeeper, logger: Logger) {
        self.state = state
        self.store = store
        self.dialer = dialer
        self.keeper = keeper
        self.logger = logger
    }

    /// Has a log looked at: it has brought something that does not go on from what is known of it.
    func suspect(_ origin: LogOrigin) {
        suspects.withLock { _ = $0.insert(origin) }
    }

    /// Why the last look at the log failed.
    func lastError(_ origin: LogOrigin) -> String? { errors.withLock { $0[origin] } }

    /// Looks once at every log that has a receipt waiting, or is suspect.
    func look() async {
        do {
            let waiting = Set(try await store.provisionalReceipts().map(\.origin))
            let suspects = suspects.withLock { suspects in
                defer { suspects = [] }
                return suspects
            }
            await withDiscardingTaskGroup { tasks in
                for origin in waiting.union(suspects) { tasks.addTask { await self.look(at: origin) } }
            }
        } catch {
            logger.error("cannot read what waits to be witnessed", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func look(at origin: LogOrigin) async {
        let directory = state.view.directory
        guard let record = directory.node(logOrigin: origin.rawValue), let key = directory.log(origin),
            let client = dialer.client(to: record.id, requestTimeout: .seconds(10))
        else { return errors.withLock { $0[origin] = "no sheet lists the log" } }
        do {
            try await compare(RemoteLog(client: client, key: key), of: record)
            errors.withLock { $0[origin] = nil }
        } catch {
            errors.withLock { $0[origin] = "\(error)" }
            logger.info("cannot look at a log", metadata: [LogKey.peer: "\(record.id)", LogKey.error: "\(error)"])
        }
        client.disconnect()
        await client.close()
    }

    private func compare(_ log: RemoteLog, of record: NodeRecord) async throws {
        // What was known before the log was asked: it may bring a larger tree while it answers.
        let known = try await store.witnessed(log: log.key)
        let shown = try await log.checkpoint()
        let head = shown.checkpoint.head
        if let known, let fork = Fork(givenOut: shown, after: known) {
            await keeper.keep(fork, cause: "what `\(record.id)` gives out")
        }
        let policy = try state.view.directory.witnessPolicy(
            of: record.id,
            quorum: state.material.configuration.witnessing.quorum
        )
        guard case .accepted(let cosigned) = policy.judge(shown, at: .max) else {
            throw RemoteLogError("its checkpoint over \(head.size) entries lacks the cosignatures of a quorum")
        }
        let waiting = try await store.provisionalReceipts(of: shown.checkpoint.origin, limit: Self.batch)
        let ended = waiting.filter { !$0.proof.signedCheckpoint.isSigned(by: log.key) }
        try await store.markEnded(ended)
        var tiles = log.tiles(ofTreeOf: head.size)
        var proven: [ReceivedCheckpoint] = []
        for received in waiting where received.head.size <= head.size && !ended.contains(received) {
            if let fork = try await fork(of: received, shown, &tiles) {
                await keeper.keep(fork, cause: "a receipt of `\(record.id)`")
                try await store.markForked([received])
            } else {
                proven.append(received)
            }
        }
        try await store.markWitnessed(proven, by: cosigned.map(\.description), under: shown.checkpoint)
    }

    /// What shows that the tree of a receipt is not part of the one that the log shows; nil when it is.
    private func fork(
        of received: ReceivedCheckpoint,
        _ shown: SignedCheckpoint,
        _ tiles: inout RemoteTiles
    ) async throws -> Fork? {
        let (old, new) = (received.head, shown.checkpoint.head)
        let signed = received.proof.signedCheckpoint
        if old.size == new.size {
            return old.root == new.root ? nil : try Fork(first: signed, second: shown, claim: .sameSize)
        }
        let proof = try await tiles.read { try $0.consistencyProof(from: old.size, to: new.size) }
        do {
            try proof.verify(oldRoot: old.root, newRoot: new.root)
            return nil
        } catch {
            // Better evidence than a proof that fails is another leaf at the same place, which convicts by itself.
            let index = received.proof.index
            let (leaf, path) = try await tiles.read { tiles in
                (try tiles.leafHash(index: index), try tiles.inclusionProof(index: index, size: new.size).path)
            }
            do {
                return try Fork(
                    first: signed,
                    second: shown,
                    claim: .leaf(
                        index: index,
                        first: Fork.Inclusion(leaf: received.leaf, path: received.proof.path),
                        second: Fork.Inclusion(leaf: leaf, path: path)
                    )
                )
            } catch {
                return try Fork(first: signed, second: shown, claim: .failedProof(proof.path))
            }
        }
    }
}
