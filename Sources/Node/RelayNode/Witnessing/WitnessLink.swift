import CoalitionDirectory
import Foundation
import HTTPTypes
import Logging
import NIOCore
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import TransparencyLog

/// Brings this node's stable checkpoints to one witness, one at a time, and takes its cosignatures.
///
/// It waits for nobody but its own witness: one that hangs or is gone delays nothing else.
final class WitnessLink: Sendable {
    private struct Progress {
        /// The size that the witness has cosigned last, as far as is known; nil before the first answer.
        var cosigned: UInt64?
        /// Since when the stable checkpoint lacks its cosignature.
        var lateSince: ContinuousClock.Instant?
        var lastError: String?
        /// Whether it has cosigned since the start, and so has said that this log is the one that it knows.
        var hasConfirmed = false
    }

    let id: SPIFFEID
    private let state: NodeState
    private let store: RelayStore
    private let dialer: PeerDialer
    private let keeper: ForkKeeper
    private let logger: Logger
    private let client = Mutex<WireClient<AuthenticatedPrincipal>?>(nil)
    private let progress = Mutex(Progress())
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let onAttempt: @Sendable () -> Void

    init(
        to id: SPIFFEID,
        state: NodeState,
        store: RelayStore,
        dialer: PeerDialer,
        keeper: ForkKeeper,
        logger: Logger,
        onAttempt: @escaping @Sendable () -> Void
    ) {
        self.id = id
        self.state = state
        self.store = store
        self.dialer = dialer
        self.keeper = keeper
        self.logger = logger
        self.onAttempt = onAttempt
        (wakes, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that it is time to look; returns at once.
    func wake() { waker.yield() }

    /// Lets `run` end.
    func end() { waker.finish() }

    var description: NodeDescription.Witness {
        progress.withLock { progress in
            NodeDescription.Witness(
                node: id,
                size: progress.cosigned,
                lateFor: progress.lateSince.map { Int((ContinuousClock.now - $0).components.seconds) },
                lastError: progress.lastError
            )
        }
    }

    /// Whether the witness has cosigned since the start.
    var hasConfirmed: Bool { progress.withLock(\.hasConfirmed) }

    /// Works until the task is cancelled.
    func run() async {
        for await _ in wakes {
            await attempt()
            onAttempt()
        }
        await drop()
    }

    /// Drops the connection, so that the next attempt makes one for what is known of the witness then.
    func drop() async {
        let previous = client.withLock { client in
            defer { client = nil }
            return client
        }
        previous?.disconnect()
        await previous?.close()
    }

    private func attempt() async {
        do {
            guard let stable = try await store.stableCheckpoint() else { return }
            guard let witness = state.view.directory.witness(id) else {
                throw RemoteLogError("no sheet lists the witness `\(id)`")
            }
            // The first time it is asked even for what it has cosigned: its answer says whether it knows a larger tree.
            guard !hasConfirmed || !stable.cosigners.contains(witness.name.rawValue) else {
                return progress.withLock { $0 = Progress(cosigned: stable.head.size, hasConfirmed: true) }
            }
            progress.withLock { $0.lateSince = $0.lateSince ?? .now }
            let size = try await push(stable, to: witness)
            progress.withLock { $0 = Progress(cosigned: size, hasConfirmed: true) }
        } catch {
            progress.withLock { $0.lastError = "\(error)" }
            logger.info("not cosigned", metadata: [LogKey.peer: "\(id)", LogKey.error: "\(error)"])
        }
    }

    /// Asks for a cosignature, from the size that the witness says it has (C2SP tlog-witness).
    ///
    /// - Returns: the size that the witness has cosigned.
    private func push(_ stable: StableCheckpoint, to witness: CosignatureVerifier) async throws -> UInt64 {
        var old: UInt64
        if let known = progress.withLock({ $0.cosigned }) {
            old = known
        } else {
            old = try await store.lastSize(cosignedBy: witness)
        }
        for _ in 0..<3 {
            guard let proof = try await store.consistencyProof(from: old, to: stable.head.size) else {
                throw RemoteLogError("the log has no tree of \(stable.head.size) entries any more")
            }
            let request = AddCheckpointRequest(oldSize: old, proof: proof.path, signedCheckpoint: stable.signed)
            let response = try await connection().send(
                WireClientRequest(
                    method: .post,
                    path: "/v1/log/add-checkpoint",
                    headers: [.contentType: "text/plain; charset=utf-8"],
                    body: ByteBuffer(bytes: request.bytes)
                )
            )
            switch response.status.code {
            case 200:
                let view = state.view
                let policy = try view.directory.witnessPolicy(
                    of: view.node.id,
                    quorum: state.material.configuration.witnessing.quorum
                )
                try await store.add(
                    try AddCheckpointResponse(parsing: response.bytes),
                    by: witness,
                    toStableCheckpointOf: stable.head.size
                ) { policy.judge($0, at: .max).isAccepted }
                return stable.head.size
            case 409:
                if let size = Self.size(in: response), size < stable.head.size {
                    old = size
                } else if let size = try await lookAtWitness(after: stable) {
                    return size
                } else {
                    throw RemoteLogError("the witness has seen a larger or other tree")
                }
            case 422:
                _ = try await lookAtWitness(after: stable)
                throw RemoteLogError("the witness finds the tree inconsistent")
            default:
                throw RemoteLogError(
                    "the witness answers \(response.status.code): \(String(decoding: response.bytes.prefix(200), as: UTF8.self))"
                )
            }
        }
        throw RemoteLogError("the witness names another size each time")
    }

    /// A number alone convicts nobody: asks the witness for the checkpoint of this log that it has cosigned, and breaks the
    /// node's standing only when that bears this log's own signature and contradicts the log as it is.
    ///
    /// - Returns: the size of the witness's checkpoint where the log leads to it, as that of a copy does which lacks no
    ///   entry but the last checkpoints that were given out.
    private func lookAtWitness(after stable: StableCheckpoint) async throws -> UInt64? {
        let view = state.view
        let digest = SHA256Digest.hash(Array(view.node.log.rawValue.utf8)).hex
        let seen = try SignedCheckpoint(parsing: try await connection().bytes(at: "/v1/log/witnessed/\(digest)"))
        try seen.verify(by: store.verifier)
        let head = seen.checkpoint.head
        let fork: Fork
        if head.size > stable.head.size {
            if try await store.leads(to: head) { return head.size }
            fork = try Fork(first: stable.signed, second: seen, claim: .rollback)
        } else if head.size == stable.head.size {
            fork = try Fork(first: seen, second: stable.signed, claim: .sameSize)
        } else if let proof = try await store.consistencyProof(from: head.size, to: stable.head.size) {
            fork = try Fork(first: seen, second: stable.signed, claim: .failedProof(proof.path))
        } else {
            return nil
        }
        await keeper.keep(fork, cause: "witness \(id)")
        return nil
    }

    private func connection() throws -> WireClient<AuthenticatedPrincipal> {
        try client.withLock { client in
            if let client { return client }
            guard let new = dialer.client(to: id, requestTimeout: .seconds(10)) else {
                throw RemoteLogError("no sheet lists the witness `\(id)`")
            }
            client = new
            return new
        }
    }

    private static func size(in response: WireResponse) -> UInt64? {
        guard response.headers[.contentType] == "text/x.tlog.size" else { return nil }
        return UInt64(String(decoding: response.bytes, as: UTF8.self).prefix { $0 != "\n" })
    }
}
