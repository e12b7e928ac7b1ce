import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Logging
import NIOCore
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization

/// Sees to it that nothing gets lost unnoticed between this node and those that it has streams with: says how far its own
/// streams have come, raises what is missing from those of others, and asks for it.
final class StreamWatch: Sendable {
    /// Seconds between two questions about the same numbers: at first, and at most.
    private static let firstPause: Int64 = 15
    private static let longestPause: Int64 = 3600

    private struct Question {
        var signal: StreamSignal
        var nextHop: SPIFFEID
        var asked: Timestamp
        /// Seconds to the next time.
        var pause: Int64

        var due: Timestamp { asked.adding(seconds: pause) }
        var numbers: NumberRanges {
            guard case .gapRequest(let numbers) = signal.statement.content else { return NumberRanges() }
            return numbers
        }
    }

    /// What was said last, with its place in this log.
    private struct Said {
        let statement: StreamStatement
        let index: UInt64
        let nextHop: SPIFFEID
    }

    private let state: NodeState
    private let store: RelayStore
    private let exchange: @Sendable (SPIFFEID, WireClientRequest) async throws(WireClientError) -> WireResponse
    private let clock: @Sendable () -> Timestamp
    private let logger: Logger
    private let said = Mutex<[SPIFFEID: Said]>([:])
    private let questions = Mutex<[SPIFFEID: Question]>([:])
    private let missing = Mutex<[SPIFFEID: NumberRanges]>([:])

    init(
        state: NodeState,
        store: RelayStore,
        exchange: @escaping @Sendable (SPIFFEID, WireClientRequest) async throws(WireClientError) -> WireResponse,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.state = state
        self.store = store
        self.exchange = exchange
        self.clock = clock
        self.logger = logger
    }

    /// Works until the task is cancelled.
    func run() async {
        var nextBeat = clock().adding(seconds: state.material.configuration.streams.heartbeat)
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
            await look()
            guard clock() >= nextBeat else { continue }
            await beat()
            nextBeat = clock().adding(seconds: state.material.configuration.streams.heartbeat)
        }
    }

    /// Says to every destination how far its stream has come.
    func beat() async {
        let view = state.view
        do {
            let last = said.withLock { $0.mapValues(\.statement) }
            let new = try await store.heartbeats(after: last) { statement in
                Self.draft(statement, view)?.entry
            }
            for (statement, link) in new {
                guard let hop = Self.draft(statement, view)?.nextHop else { continue }
                let said = Said(statement: statement, index: link.entry.index, nextHop: hop)
                self.said.withLock { $0[statement.destination] = said }
            }
        } catch {
            logger.error("cannot log a heartbeat", metadata: [LogKey.error: "\(error)"])
            return
        }
        await withDiscardingTaskGroup { tasks in
            for said in said.withLock({ Array($0.values) }) { tasks.addTask { await self.send(said, view) } }
        }
    }

    /// Raises what is missing for too long, and asks the origins about all that is.
    func look() async {
        let grace = state.material.configuration.streams.grace * 1000
        do {
            let raised = try await store.raiseGaps(grace: grace, at: clock())
            for origin in raised {
                logger.warning("numbers of a stream are missing", metadata: [LogKey.peer: "\(origin)"])
            }
            let missing = try await store.missingNumbers()
            self.missing.withLock { $0 = missing }
            questions.withLock { questions in
                questions = questions.filter { missing[$0.key] != nil }
                // Something new is missing: that is asked for soon, however patient the node has become with the rest.
                for origin in raised { questions[origin]?.pause = Self.firstPause }
            }
            await withDiscardingTaskGroup { tasks in
                for (origin, numbers) in missing { tasks.addTask { await self.ask(origin, numbers) } }
            }
        } catch {
            guard !Task.isCancelled else { return }
            logger.error("cannot look for missing numbers", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// What operators have to look at: streams from which something is missing.
    var alarms: [NodeDescription.Alarm] {
        let view = state.view
        return missing.withLock { $0 }.sorted { $0.key < $1.key }.map { origin, numbers in
            NodeDescription.Alarm(
                partner: view.directory.node(origin)?.partner,
                code: "numbers-missing",
                detail: "numbers \(numbers.condensed(to: 8)) of the stream from `\(origin)` have not come: "
                    + "`entente audit gaps` says what is known of them"
            )
        }
    }

    private static func draft(_ statement: StreamStatement, _ view: RelayView) -> StatementDraft? {
        do throws(RelayRefusal) {
            return try view.draft(statement)
        } catch {
            // No sheet lists the node, or no route leads to it: there is nobody to say it to.
            return nil
        }
    }

    private func send(_ said: Said, _ view: RelayView) async {
        do {
            // The proof is under the last checkpoint, so that the other end sees this log grow.
            guard Self.draft(said.statement, view) != nil, let link = try await store.link(index: said.index) else {
                return
            }
            _ = try await exchange(said.nextHop, Self.request(StreamSignal(link: link, statement: said.statement)))
        } catch {
            logger.debug(
                "heartbeat not delivered",
                metadata: [LogKey.nextHop: "\(said.nextHop)", LogKey.error: "\(error)"]
            )
        }
    }

    private func ask(_ origin: SPIFFEID, _ missing: NumberRanges) async {
        let now = clock()
        let before = questions.withLock { $0[origin] }
        if let before, now < before.due { return }
        let numbers = missing.following(before?.numbers, limit: StreamStatement.maximumNumbers)
        let statement = StreamStatement(origin: origin, destination: store.node.id, .gapRequest(numbers))
        do {
            let view = state.view
            var asked: Question
            if let before, before.signal.statement == statement {
                asked = before
            } else {
                guard let draft = Self.draft(statement, view) else { return }
                let link = try await store.append(draft.entry)
                asked = Question(
                    signal: StreamSignal(link: link, statement: statement),
                    nextHop: draft.nextHop,
                    asked: now,
                    pause: before?.pause ?? 0
                )
            }
            asked.asked = now
            asked.pause = min(max(asked.pause * 2, Self.firstPause), Self.longestPause)
            questions.withLock { [asked] in $0[origin] = asked }
            let response = try await exchange(asked.nextHop, Self.request(asked.signal))
            guard response.status == .ok else {
                throw RelayRefusal(
                    .unavailable,
                    code: response.problem?.code ?? "no-answer",
                    detail: "status \(response.status.code)"
                )
            }
            try await settle(StreamSignal(bytes: response.bytes), of: origin, numbers, view)
        } catch {
            logger.warning(
                "no answer about missing numbers",
                metadata: [LogKey.peer: "\(origin)", LogKey.error: "\(error)"]
            )
        }
    }

    private func settle(
        _ report: StreamSignal,
        of origin: SPIFFEID,
        _ numbers: NumberRanges,
        _ view: RelayView
    ) async throws {
        let verified = try report.verified(at: view.node, in: view.directory)
        guard verified.statement.origin == origin, case .gapReport(let fates) = verified.statement.content,
            fates.allSatisfy({ numbers.contains($0.number) })
        else {
            throw TransferError(.entryMismatch, "expected a report by `\(origin)` about what was asked for")
        }
        try await store.settle(report: verified)
    }

    private static func request(_ signal: StreamSignal) -> WireClientRequest {
        WireClientRequest(
            method: .post,
            path: "/v1/signals",
            headers: [.contentType: StreamSignal.mediaType],
            body: ByteBuffer(bytes: signal.bytes)
        )
    }
}
