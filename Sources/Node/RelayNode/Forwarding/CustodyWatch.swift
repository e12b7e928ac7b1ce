import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import MessageEnvelope
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization

/// Follows messages behind the hubs that they were handed to: asks each hub which nodes have taken them over since, and keeps
/// the proofs.
///
/// How far a hub's log was read stands in the store. What cannot be proven by the sheets of now is passed over, and read again
/// once when there are others; what does not speak of a message as this node has sent it ends the question.
final class CustodyWatch: Sendable {
    typealias Exchange = @Sendable (SPIFFEID, WireClientRequest) async throws(WireClientError) -> WireResponse

    /// Seconds between two questions to a hub: soon behind a message or an answer with news, and at most.
    private static let firstPause: Int64 = 1
    private static let longestPause: Int64 = 60
    /// Pages that are read of one hub in a row.
    private static let maximumPages = 16

    private struct Pace {
        var pause = CustodyWatch.firstPause
        /// At once for a hub that was never asked by this process.
        var due = Timestamp(millisecondsSinceEpoch: 0)
        var isAsked = false
        /// What was wrong with its last word.
        var lie: TransferError?
    }

    /// What came of a page.
    private struct Reading {
        var custody: [OnwardCustody] = []
        /// How far the hub's log is read with it.
        var position: UInt64
        /// In front of the first entry that is not proven by the directory of now.
        var unproven: UInt64?
        /// Whether there is more at once.
        var hasMore: Bool
        var lie: TransferError?
    }

    private let state: NodeState
    private let store: RelayStore
    private let standing: LogStanding
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let paces = Mutex<[SPIFFEID: Pace]>([:])

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
        paces.withLock { paces in
            var pace = paces[hub] ?? Pace(due: soon)
            pace.pause = Self.firstPause
            pace.due = min(pace.due, soon)
            paces[hub] = pace
        }
    }

    /// Works until the task is cancelled.
    ///
    /// - Parameter exchange: sends a request to a hub.
    func run(exchange: @escaping Exchange) async {
        await withDiscardingTaskGroup { tasks in
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: .seconds(1))
                    guard !standing.isBroken else { continue }
                    for feed in try await store.custodyFeeds() where begins(feed.hub) {
                        tasks.addTask { await self.ask(feed.hub, exchange) }
                    }
                } catch {
                    guard !Task.isCancelled else { break }
                    logger.error("cannot read what hubs were handed", metadata: [LogKey.error: "\(error)"])
                }
            }
            tasks.cancelAll()
        }
    }

    /// Whether the hub is to be asked now; then it counts as asked until ``ends(_:hasNews:)``.
    private func begins(_ hub: SPIFFEID) -> Bool {
        let now = clock()
        return paces.withLock { paces in
            var pace = paces[hub] ?? Pace()
            guard !pace.isAsked, pace.due <= now else { return false }
            pace.isAsked = true
            paces[hub] = pace
            return true
        }
    }

    private func ends(_ hub: SPIFFEID, hasNews: Bool) {
        let now = clock()
        paces.withLock { paces in
            guard var pace = paces[hub] else { return }
            pace.pause = hasNews ? Self.firstPause : min(pace.pause * 2, Self.longestPause)
            pace.due = now.adding(seconds: pace.pause)
            pace.isAsked = false
            paces[hub] = pace
        }
    }

    private func note(_ lie: TransferError?, of hub: SPIFFEID) {
        paces.withLock { $0[hub]?.lie = lie }
        guard let lie else { return }
        logger.warning(
            "a hub shows custody of something else",
            metadata: [LogKey.nextHop: "\(hub)", LogKey.error: "\(lie)"]
        )
    }

    /// The hubs whose last word was of something else.
    var alarms: [NodeDescription.Alarm] {
        paces.withLock { $0.compactMap { hub, pace in pace.lie.map { (hub, $0) } } }
            .sorted { $0.0 < $1.0 }
            .map { hub, lie in
                NodeDescription.Alarm(
                    partner: state.view.directory.node(hub)?.partner,
                    code: "custody-mismatch",
                    detail:
                        "`\(hub)` was asked what became of messages, and shows custody of something else: "
                        + "\(lie.detail). Nothing of its word behind that is taken"
                )
            }
    }

    private func ask(_ hub: SPIFFEID, _ exchange: Exchange) async {
        var hasNews = false
        do {
            for number in 1...Self.maximumPages {
                guard let reading = try await readPage(of: hub, exchange) else { break }
                // What is left for the next question is news, too.
                hasNews = hasNews || !reading.custody.isEmpty || reading.hasMore && number == Self.maximumPages
                note(reading.lie, of: hub)
                guard reading.lie == nil, reading.hasMore else { break }
            }
        } catch let error as StoreError {
            logger.error("cannot keep custody", metadata: [LogKey.nextHop: "\(hub)", LogKey.error: "\(error)"])
        } catch {
            // It is asked again; until then the trace ends with its own custody.
            logger.info(
                "a hub does not say what became of messages",
                metadata: [LogKey.nextHop: "\(hub)", LogKey.error: "\(error)"]
            )
        }
        ends(hub, hasNews: hasNews)
    }

    /// Reads the next page of a hub's word, and records what it proves.
    ///
    /// - Returns: nil where there is nothing to read.
    private func readPage(of hub: SPIFFEID, _ exchange: Exchange) async throws -> Reading? {
        let directory = state.view.directory
        guard let key = directory.node(hub)?.log.text,
            let feed = try await store.custodyFeeds().first(where: { $0.hub == hub })
        else { return nil }
        // A log under another key has begun anew.
        var position = feed.key == key ? feed.position : 0
        var unproven = feed.key == key ? feed.unproven : nil
        if let place = unproven, place.directory != directory.stateHash {
            position = min(position, place.position)
            unproven = nil
        }
        let page = try await page(of: hub, after: position, exchange)
        guard page.last >= position else {
            // So has one that ends before.
            try await store.recordOnwardCustody([], from: feed, to: CustodyFeed(hub: hub, key: key, position: 0))
            return Reading(position: 0, hasMore: true)
        }
        let reading = try await judge(page, of: hub, behind: position, directory)
        if let place = reading.unproven, place < unproven?.position ?? .max {
            unproven = CustodyFeed.Unproven(position: place, directory: directory.stateHash)
        }
        let next = CustodyFeed(hub: hub, key: key, position: reading.position, unproven: unproven)
        if !reading.custody.isEmpty || next != feed {
            try await store.recordOnwardCustody(reading.custody, from: feed, to: next)
        }
        return reading
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
        let json = try JSONValue.parseCanonical(response.bytes, maximumSize: CustodyPage.maximumSize, maximumDepth: 5)
        return try CustodyPage(json: json)
    }

    /// Takes what is new and proven to speak of messages that the hub was handed, up to what speaks of something else.
    ///
    /// The place stays in front of what the hub says of a message before its own answer to the transfer has come.
    private func judge(
        _ page: CustodyPage,
        of hub: SPIFFEID,
        behind position: UInt64,
        _ directory: Directory
    ) async throws -> Reading {
        var reading = Reading(position: position, hasMore: page.hasMore && page.next > position)
        var waiting: UInt64?
        var messages: [Int64: HandedOver] = [:]
        for item in page.custody where item.index > position {
            switch try await store.custodySubject(item.link.entry, at: hub) {
            case .unknown: break
            case .waiting: waiting = waiting ?? reading.position
            case .handedOver(let stored):
                var message = messages[stored.row] ?? stored
                do throws(TransferError) {
                    if try message.take(item.link, in: directory) {
                        reading.custody.append(OnwardCustody(row: stored.row, link: item.link))
                    }
                } catch {
                    guard error.code == .proofMismatch else {
                        reading.lie = error
                        reading.position = waiting ?? reading.position
                        return reading
                    }
                    logger.info(
                        "custody behind a hub is not proven by the sheets of now",
                        metadata: [LogKey.nextHop: "\(hub)", LogKey.error: "\(error)"]
                    )
                    reading.unproven = reading.unproven ?? reading.position
                }
                messages[stored.row] = message
            }
            reading.position = item.index
        }
        reading.hasMore = reading.hasMore && waiting == nil
        reading.position = waiting ?? max(page.next, position)
        return reading
    }
}
