import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import RelayStorage
import RelayTransport
import Relaying
import Synchronization

/// Follows messages behind the hubs that they were handed to: asks each hub which nodes have taken them over since, and keeps
/// the proofs.
final class CustodyWatch: Sendable {
    /// Seconds between two questions to a hub: soon behind a message or an answer with news, and at most.
    private static let firstPause: Int64 = 1
    private static let longestPause: Int64 = 60
    /// Pages that are read of one hub in a row.
    private static let maximumPages = 1000

    typealias Exchange = @Sendable (SPIFFEID, WireClientRequest) async throws(WireClientError) -> WireResponse

    private struct Feed {
        /// How far the hub's log was read.
        var position: UInt64
        /// The log's key when it was; nil before the first question.
        var key: String?
        var pause = CustodyWatch.firstPause
        var due: Timestamp
    }

    private let state: NodeState
    private let store: RelayStore
    private let standing: LogStanding
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let feeds = Mutex<[SPIFFEID: Feed]>([:])

    init(
        state: NodeState,
        store: RelayStore,
        standing: LogStanding,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.state = state
        self.store = store
        self.standing = standing
        self.clock = clock
        self.logger = logger
    }

    /// Takes note of the entry by which a next hop has taken an object over; returns at once.
    func handedOver(to hub: SPIFFEID, by custody: AuditEntry) {
        guard custody.kind == .relay, custody.object == .message else { return }
        let soon = clock().adding(seconds: Self.firstPause)
        feeds.withLock { feeds in
            var feed = feeds[hub] ?? Feed(position: custody.index, key: nil, due: soon)
            feed.pause = Self.firstPause
            feed.due = min(feed.due, soon)
            feeds[hub] = feed
        }
    }

    /// Works until the task is cancelled.
    ///
    /// - Parameter exchange: sends a request to a hub.
    func run(exchange: @escaping Exchange) async {
        do {
            let now = clock()
            for (hub, position) in try await store.custodyFeeds() {
                feeds.withLock { $0[hub] = Feed(position: position, key: nil, due: now) }
            }
        } catch {
            logger.error("cannot read what hubs were handed", metadata: [LogKey.error: "\(error)"])
        }
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
            guard !standing.isBroken else { continue }
            let now = clock()
            let due = feeds.withLock { $0.filter { $0.value.due <= now }.map(\.key) }
            await withDiscardingTaskGroup { tasks in
                for hub in due { tasks.addTask { await self.ask(hub, exchange) } }
            }
        }
    }

    /// Asks a hub until it knows no more.
    private func ask(_ hub: SPIFFEID, _ exchange: Exchange) async {
        var hasNews = false
        do {
            for _ in 0..<Self.maximumPages {
                guard let position = position(of: hub) else { return }
                let page = try await page(of: hub, after: position, exchange)
                // A log that ends before has begun anew since: it is read from its beginning, at the next question.
                let next = page.last < position ? 0 : max(page.next, position)
                let found = try await verified(page.links, from: hub)
                if !found.isEmpty {
                    try await store.recordOnwardCustody(found, from: hub, position: next)
                    hasNews = true
                }
                feeds.withLock { $0[hub]?.position = next }
                guard page.isFull, next > position, !Task.isCancelled else { break }
            }
        } catch {
            logger.debug(
                "a hub does not say what became of messages",
                metadata: [LogKey.nextHop: "\(hub)", LogKey.error: "\(error)"]
            )
        }
        let now = clock()
        feeds.withLock { [hasNews] feeds in
            guard var feed = feeds[hub] else { return }
            feed.pause = hasNews ? Self.firstPause : min(feed.pause * 2, Self.longestPause)
            feed.due = now.adding(seconds: feed.pause)
            feeds[hub] = feed
        }
    }

    /// Where to go on in the hub's log: at its beginning, if its key is another one.
    private func position(of hub: SPIFFEID) -> UInt64? {
        let key = state.view.directory.node(hub)?.log.text
        return feeds.withLock { feeds in
            if let known = feeds[hub]?.key, known != key { feeds[hub]?.position = 0 }
            feeds[hub]?.key = key
            return feeds[hub]?.position
        }
    }

    private func page(
        of hub: SPIFFEID,
        after position: UInt64,
        _ exchange: Exchange
    ) async throws -> CustodyPage {
        let response = try await exchange(hub, WireClientRequest(method: .get, path: "/v1/custody?after=\(position)"))
        guard response.status == .ok else {
            throw RelayRefusal(
                .unavailable,
                code: response.problem?.code ?? "no-answer",
                detail: "status \(response.status.code)"
            )
        }
        let json = try JSONValue.parseCanonical(response.bytes, maximumSize: CustodyPage.maximumSize, maximumDepth: 4)
        return try CustodyPage(json: json)
    }

    /// Those that are new and proven to speak of messages that the hub was handed.
    private func verified(_ links: [TransferLink], from hub: SPIFFEID) async throws -> [OnwardCustody] {
        let directory = state.view.directory
        var messages: [Int64: HandedOver] = [:]
        var found: [OnwardCustody] = []
        for link in links {
            guard let stored = try await store.handedOver(link.entry, to: hub) else { continue }
            var message = messages[stored.row] ?? stored
            do throws(TransferError) {
                if try message.take(link, in: directory) { found.append(OnwardCustody(row: stored.row, link: link)) }
                messages[stored.row] = message
            } catch {
                logger.warning(
                    "custody behind a hub is not proven",
                    metadata: [
                        LogKey.nextHop: "\(hub)", LogKey.message: "\(link.entry.message?.description ?? "-")",
                        LogKey.error: "\(error)",
                    ]
                )
            }
        }
        return found
    }
}
