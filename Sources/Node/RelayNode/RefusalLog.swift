package import CanonicalEncoding
package import CoalitionDirectory
package import Logging
package import RelayStorage
package import Relaying
import Synchronization

/// Writes refusals into the audit log, and above a rate counts them instead: whoever is refused must not be able to
/// fill the log.
///
/// Per peer and window of ten seconds the first refusals get an entry each; what comes on top becomes one entry that
/// says how many there were.
package final class RefusalLog: Sendable {
    static let window: Int64 = 10_000
    static let entriesPerWindow = 20
    /// Peers that are told apart within a window; the rest share one account.
    static let largestPeerCount = 1024

    private struct Account {
        var written = 0
        var suppressed: [String: Int] = [:]
    }

    private struct Counting {
        var windowStart: Int64 = 0
        var accounts: [String: Account] = [:]

        /// The account of a peer: its own while there is room.
        func key(of peer: SPIFFEID?) -> String {
            let key = peer?.description ?? "-"
            return accounts[key] == nil && accounts.count >= RefusalLog.largestPeerCount ? "*" : key
        }
    }

    /// What is to be written, with the peer that it is attributed to: the TLS peer and nobody else.
    private struct Refusal: Sendable {
        let code: String
        let detail: String
        let peer: SPIFFEID?
        let count: Int
        var object: RefusedObject?
    }

    private let store: RelayStore
    private let state: NodeState
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let counting = Mutex(Counting())
    private let stream: AsyncStream<Refusal>
    private let continuation: AsyncStream<Refusal>.Continuation

    package init(store: RelayStore, state: NodeState, clock: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.store = store
        self.state = state
        self.clock = clock
        self.logger = logger
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// Takes note of a refusal; returns at once.
    ///
    /// - Parameters:
    ///   - peer: the peer that TLS has proven, nil when the handshake itself was refused.
    ///   - detail: expected and got, for this partner's own people.
    package func record(_ code: String, detail: String, peer: SPIFFEID?, address: String? = nil) {
        guard takesEntry(code, of: peer) else { return }
        notice(code, detail: detail, peer: peer, address: address)
        continuation.yield(Refusal(code: code, detail: detail, peer: peer, count: 1))
    }

    /// Writes the refusal of an object that another node brings, with its name, and returns this node's signed word for it.
    ///
    /// - Returns: nil above the rate, where it is counted only.
    package func sign(
        _ refusal: RelayRefusal,
        of object: RefusedObject,
        from peer: SPIFFEID
    ) async throws(StoreError) -> TransferLink? {
        guard takesEntry(refusal.code, of: peer) else { return nil }
        notice(refusal.code, detail: refusal.detail, peer: peer)
        let written = Refusal(code: refusal.code, detail: refusal.detail, peer: peer, count: 1, object: object)
        return try await store.append(draft(of: written))
    }

    /// Whether a refusal gets an entry of its own, which it takes up; else it is counted.
    private func takesEntry(_ code: String, of peer: SPIFFEID?) -> Bool {
        let now = clock().millisecondsSinceEpoch
        let (write, closed) = counting.withLock { counting in
            var closed: [String: Account] = [:]
            if now - counting.windowStart >= Self.window || now < counting.windowStart {
                closed = counting.accounts
                counting = Counting(windowStart: now)
            }
            let key = counting.key(of: peer)
            var account = counting.accounts[key] ?? Account()
            defer { counting.accounts[key] = account }
            guard account.written < Self.entriesPerWindow else {
                account.suppressed[code, default: 0] += 1
                return (false, closed)
            }
            account.written += 1
            return (true, closed)
        }
        flush(closed)
        return write
    }

    /// Writes entries until the task is cancelled or `finish` was called and all is written.
    package func run() async {
        for await refusal in stream {
            await write(refusal)
        }
    }

    /// Writes what was counted in a window that is over, should nobody be refused who would close it.
    package func closeWindow() {
        let now = clock().millisecondsSinceEpoch
        let closed = counting.withLock { counting -> [String: Account] in
            guard now - counting.windowStart >= Self.window || now < counting.windowStart else { return [:] }
            defer { counting = Counting(windowStart: now) }
            return counting.accounts
        }
        flush(closed)
    }

    /// Writes what was counted, then lets `run` end.
    package func finish() {
        let rest = counting.withLock { counting in
            defer { counting = Counting() }
            return counting.accounts
        }
        flush(rest)
        continuation.finish()
    }

    private func flush(_ accounts: [String: Account]) {
        for (key, account) in accounts {
            for (code, count) in account.suppressed {
                var peer: SPIFFEID?
                do {
                    peer = try SPIFFEID(key)
                } catch {
                    // The shared account and the unauthenticated one have no identity to name.
                    peer = nil
                }
                let detail = "\(count) refusals that were counted and not listed"
                notice(code, detail: detail, peer: peer)
                continuation.yield(Refusal(code: code, detail: detail, peer: peer, count: count))
            }
        }
    }

    /// Says on the log what the audit log is to hold: whoever is refused must not be able to fill the one or the other.
    private func notice(_ code: String, detail: String, peer: SPIFFEID?, address: String? = nil) {
        logger.notice(
            "refused",
            metadata: [
                LogKey.code: "\(code)", LogKey.detail: "\(detail)", LogKey.peer: "\(peer?.description ?? "-")",
                LogKey.remoteAddress: "\(address ?? "-")",
            ]
        )
    }

    private func draft(of refusal: Refusal) -> AuditEntryDraft {
        let view = state.view
        return AuditEntryDraft(
            .refusal,
            .refused,
            realm: view.node.realm,
            peer: refusal.peer,
            message: refusal.object?.message,
            object: refusal.object?.kind,
            digest: refusal.object?.digest,
            envelope: refusal.object?.envelope,
            reasons: [refusal.code],
            policy: view.policy.hash,
            directory: view.directory.stateHash,
            details: ["count": .integer(Int64(refusal.count)), "detail": .string(String(refusal.detail.prefix(2000)))]
        )
    }

    private func write(_ refusal: Refusal) async {
        do {
            _ = try await store.append(draft(of: refusal))
        } catch {
            logger.error("cannot log a refusal", metadata: [LogKey.error: "\(error)", LogKey.code: "\(refusal.code)"])
            keep(refusal)
        }
    }

    /// Counts what could not be written, so that it is with the next window that can be: a full disk refuses first of all.
    private func keep(_ refusal: Refusal) {
        counting.withLock { counting in
            counting.accounts[counting.key(of: refusal.peer), default: Account()]
                .suppressed[refusal.code, default: 0] += refusal.count
        }
    }
}
