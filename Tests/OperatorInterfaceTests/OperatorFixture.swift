import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import Logging
import MessageEnvelope
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import Testing
import TransparencyLog

/// A store in a folder of its own, and the operators' interface of the node that it belongs to.
final class OperatorFixture: Sendable {
    static let time = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000)
    static let message = MessageID(time: time, randomness: Array(0..<10))
    static let peer = "spiffe://fra.example/node/fra-hub"

    let folder: String
    let store: RelayStore
    /// How many operators an order to erase takes.
    let persons = Mutex(1)
    /// What time it is for the operators' interface.
    let now = Mutex(time)
    /// The causes of the reloads that were asked for.
    let causes = Mutex<[String]>([])

    init() throws {
        folder = NSTemporaryDirectory() + "entente-operator-\(UUID().uuidString.prefix(8))"
        let node = try NodeIdentity(
            partner: PartnerCode("GBR"),
            id: SPIFFEID("spiffe://gbr.example/node/gbr-1"),
            realm: .live
        )
        store = try RelayStore(
            folder: folder,
            node: node,
            signer: NoteSigner(name: NoteKeyName(node.log), key: .generate(.ed25519)),
            clock: { Self.time }
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var socketPath: String { folder + "/operator.sock" }

    /// Appends `count` refusals, every third about a message.
    func append(_ count: Int) async throws {
        for number in 0..<count {
            _ = try await store.append(
                AuditEntryDraft(
                    .refusal,
                    .refused,
                    realm: .live,
                    peer: try SPIFFEID(Self.peer),
                    message: number.isMultiple(of: 3) ? Self.message : nil,
                    reasons: ["malformed-envelope"],
                    details: ["number": .integer(Int64(number))]
                )
            )
        }
    }

    func server(
        roles: OperatorRoles = .ownAndRoot,
        reload report: ReloadReport = .unchanged,
        path: String? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) -> OperatorServer {
        OperatorServer(
            socketPath: path ?? socketPath,
            store: store,
            roles: { roles },
            describe: {
                NodeDescription(
                    policy: .hash([1]),
                    directory: .hash([2]),
                    links: [
                        .init(nextHop: self.store.node.id, failures: 2, nextAttempt: Self.time, lastError: "refused")
                    ],
                    alarms: [
                        .init(code: "policy-refused", detail: "line 3"),
                        .init(partner: self.store.node.partner, code: "sheet-older", detail: "expected version 2"),
                    ]
                )
            },
            reload: { cause in
                self.causes.withLock { $0.append(cause) }
                return report
            },
            policies: OperatorPolicies(
                activate: { texts, statements, cause in
                    self.causes.withLock { $0.append("\(cause): \(texts.policy.name), \(statements.count) statements") }
                    guard texts.policy.text != "bad" else { throw UnfitPolicy("line 3") }
                    return .changed(.hash([3]), details: [:])
                },
                rollBack: { hash, cause in
                    self.causes.withLock { $0.append("\(cause): \(hash)") }
                    return .unchanged(hash)
                }
            ),
            erasures: OperatorErasures(
                persons: { self.persons.withLock { $0 } },
                erase: { try await self.store.erase($0) }
            ),
            acknowledged: { self.causes.withLock { $0.append("acknowledged") } },
            clock: { self.now.withLock { $0 } },
            logger: logger
        )
    }

    /// Runs `body` while `server` listens, and waits until it has ended.
    func running(_ server: OperatorServer, _ body: @Sendable () async throws -> Void) async throws {
        let (listening, ready) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { ready.finish() }
                try await server.run { ready.yield() }
            }
            for await _ in listening { break }
            do {
                try await body()
            } catch {
                tasks.cancelAll()
                throw error
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }

    func send(_ method: HTTPRequest.Method, _ path: String) async throws -> WireResponse {
        try await UnixHTTPClient(path: socketPath).send(WireClientRequest(method: method, path: path))
    }

    /// The JSON of an answer that must be one.
    func json(_ method: HTTPRequest.Method = .get, _ path: String) async throws -> JSONValue {
        let response = try await send(method, path)
        #expect(response.status == .ok)
        return try JSONValue.parse(response.bytes)
    }

    func entries(_ query: String) async throws -> [Int64] {
        try await json(.get, "/v1/audit/entries?\(query)")["entries"]?.arrayValue?
            .compactMap { $0["entry"]?["index"]?.integerValue } ?? []
    }
}

/// Collects log lines.
final class LogLines: Sendable {
    struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append((event.message.description, event.metadata ?? [:])) }
        }
    }

    private let lines = Mutex<[(message: String, metadata: Logger.Metadata)]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    func metadata(of message: String) -> [Logger.Metadata] {
        lines.withLock { $0.filter { $0.message == message }.map(\.metadata) }
    }
}
