import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import Histogram
import MessageEnvelope
import NIOCore
import NIOPosix
import RelayTransport
import Synchronization

/// Submits messages over several connections and measures each answer.
final class LoadRun: Sendable {
    private typealias Client = WireClient<AuthenticatedPrincipal>

    private let coalition: ExampleCoalition
    private let clients: [Client]
    private let inFlight: Int
    private let handshakePool: NIOThreadPool

    init(coalition: ExampleCoalition, sender: ExampleCoalition.Member, connections: Int, inFlight: Int) throws {
        self.coalition = coalition
        self.inFlight = inFlight
        handshakePool = NIOThreadPool(numberOfThreads: 2)
        handshakePool.start()
        let context = try coalition.context(of: sender)
        let pool = handshakePool
        clients = (0..<connections).map { _ in
            WireClient(
                host: sender.node.endpoint.host,
                port: Int(sender.node.endpoint.port),
                context: { context },
                group: MultiThreadedEventLoopGroup.singleton,
                handshakePool: pool
            )
        }
    }

    func close() async {
        for client in clients { await client.close() }
    }

    /// Submits every message once; each worker has one request under way.
    func submit(_ messages: ArraySlice<PreparedMessages.Message>, daemon: Int32?) async throws -> Measurement {
        let next = Position(messages.startIndex)
        let collected = Collection()
        let cpuBefore = try daemon.map { try ProcessTime.microseconds(of: $0) }
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for worker in 0..<inFlight {
                let client = clients[worker % clients.count]
                workers.addTask {
                    while true {
                        let position = next.take()
                        guard position < messages.endIndex else { return }
                        let message = messages[position]
                        let sent = Timestamp.now().millisecondsSinceEpoch
                        let began = clock.now
                        try await Self.post(message, on: client)
                        let took = clock.now - began
                        collected.add(message.id, sent: sent, took: took)
                    }
                }
            }
            try await workers.waitForAll()
        }
        let elapsed = clock.now - start
        let cpu = try daemon.map { try ProcessTime.microseconds(of: $0) - (cpuBefore ?? 0) }
        let all = collected.all
        return Measurement(
            count: messages.count,
            seconds: elapsed / .seconds(1),
            latency: all.latency,
            cpu: cpu,
            sentAt: all.sentAt
        )
    }

    /// Reads the recipient's inbox until every message is there, and measures by the time at which each was accepted.
    func awaitArrival(
        of messages: ArraySlice<PreparedMessages.Message>,
        sentAt: [MessageID: Int64],
        at recipient: ExampleCoalition.Member
    ) async throws -> Measurement {
        let context = try coalition.context(of: recipient)
        let client = Client(
            host: recipient.node.endpoint.host,
            port: Int(recipient.node.endpoint.port),
            context: { context },
            group: MultiThreadedEventLoopGroup.singleton,
            handshakePool: handshakePool
        )
        var latency = Histogram<UInt64>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
        var missing = Set(messages.map(\.id))
        var after: Int64 = 0
        var last: Int64 = 0
        let deadline = ContinuousClock.now + .seconds(600)
        while !missing.isEmpty {
            let path = "/v1/mailboxes/\(recipient.address.mailbox)/messages?after=\(after)&limit=500"
            let response = try await client.send(WireClientRequest(method: .get, path: path))
            guard response.status == .ok else {
                throw ExampleCoalition.Missing(description: "the inbox answered \(response.status)")
            }
            let page = try JSONValue.parse(response.bytes)["messages"]?.arrayValue ?? []
            for item in page {
                after = item["sequence"]?.integerValue ?? after
                guard let id = item["message"]?.stringValue.flatMap({ MessageID($0) }), missing.remove(id) != nil,
                    let received = item["received"]?.stringValue, let sent = sentAt[id]
                else { continue }
                let accepted = try Timestamp(rfc3339: received).millisecondsSinceEpoch
                last = max(last, accepted)
                latency.record(UInt64(max(0, accepted - sent)) * 1000)
            }
            guard ContinuousClock.now < deadline else {
                throw ExampleCoalition.Missing(
                    description: "\(missing.count) messages did not arrive within 10 minutes"
                )
            }
            if page.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        }
        await client.close()
        let first = sentAt.values.min() ?? last
        return Measurement(
            count: messages.count,
            seconds: Double(max(1, last - first)) / 1000,
            latency: latency,
            cpu: nil,
            sentAt: sentAt
        )
    }

    private static func post(_ message: PreparedMessages.Message, on client: Client) async throws {
        let response = try await client.send(
            WireClientRequest(
                method: .post,
                path: "/v1/messages",
                headers: [.contentType: Envelope.mediaType],
                body: ByteBuffer(bytes: message.bytes)
            )
        )
        guard response.status == .created else {
            throw ExampleCoalition.Missing(
                description: "message `\(message.id)`: status \(response.status), \(String(buffer: response.body))"
            )
        }
    }

    /// The next message to submit, shared by the workers.
    private final class Position: Sendable {
        private let value: Mutex<Int>

        init(_ start: Int) { value = Mutex(start) }

        func take() -> Int {
            value.withLock { value in
                defer { value += 1 }
                return value
            }
        }
    }

    /// What the workers have measured.
    private final class Collection: Sendable {
        private let value = Mutex(Collected())

        func add(_ id: MessageID, sent: Int64, took: Duration) {
            value.withLock { $0.add(id, sent: sent, took: took) }
        }

        var all: Collected { value.withLock { $0 } }
    }

    private struct Collected {
        var latency = Histogram<UInt64>(
            highestTrackableValue: 600_000_000,
            numberOfSignificantValueDigits: .three
        )
        var sentAt: [MessageID: Int64] = [:]

        mutating func add(_ id: MessageID, sent: Int64, took: Duration) {
            latency.record(UInt64(max(0, took / .microseconds(1))))
            sentAt[id] = sent
        }
    }
}
