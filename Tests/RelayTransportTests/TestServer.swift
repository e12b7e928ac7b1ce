import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import RelayTransport

/// A server with a few routes, and what it heard.
struct TestServer: Sendable {
    let wire: WireServer<String>
    let refusals: NIOLockedValueBox<[TLSFailure]>
    /// Requests, streams and connections that were refused before the application had a request.
    let reported: NIOLockedValueBox<[ProblemDetails]>
    let requests: NIOLockedValueBox<Int>
    let gate: Gate

    static let group = MultiThreadedEventLoopGroup.singleton
    static let pool = NIOThreadPool.singleton

    static func start(
        port: Int = 0,
        limits: WireLimits = WireLimits(),
        bodyLimit: Int = 32 << 20,
        authenticate: @escaping @Sendable ([Certificate]) -> PeerVerdict<String> = { .accepted($0[0].subject) }
    ) async throws -> TestServer {
        let context = try TestIdentity.server.context(.server, authenticate: authenticate)
        let refusals = NIOLockedValueBox<[TLSFailure]>([])
        let reported = NIOLockedValueBox<[ProblemDetails]>([])
        let requests = NIOLockedValueBox(0)
        let gate = Gate()
        let wire = WireServer<String>(
            configuration: WireServerConfiguration(host: "127.0.0.1", port: port, limits: limits),
            context: { context },
            group: group,
            handshakePool: pool,
            peerKey: { $0 },
            admit: { head, _ in
                if head.path == "/forbidden" {
                    return .failure(ProblemDetails(code: "forbidden", title: "not for you", status: .forbidden))
                }
                return .success(bodyLimit)
            },
            respond: { request in
                requests.withLockedValue { $0 += 1 }
                return await answer(request, gate: gate)
            },
            onRefusedPeer: { _, _, failure in refusals.withLockedValue { $0.append(failure) } },
            onRefusedRequest: { problem, _ in
                reported.withLockedValue { $0.append(problem) }
                return problem
            }
        )
        try await wire.start()
        return TestServer(wire: wire, refusals: refusals, reported: reported, requests: requests, gate: gate)
    }

    private static func answer(_ request: WireRequest<String>, gate: Gate) async -> WireResponse {
        switch request.path {
        case "/echo": return WireResponse(status: .ok, body: request.body)
        case "/peer": return WireResponse(status: .ok, contentType: "text/plain", body: Array(request.peer.utf8))
        case "/query":
            let text = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            return WireResponse(status: .ok, contentType: "text/plain", body: Array(text.utf8))
        case "/zeros":
            return WireResponse(
                status: .ok,
                body: ByteBuffer(repeating: 0, count: Int(request.queryValue("count") ?? "") ?? 0)
            )
        case "/wait":
            await gate.wait()
            return WireResponse(status: .ok, contentType: "text/plain", body: Array("waited".utf8))
        default:
            return .problem(ProblemDetails(code: "not-found", title: "no such resource", status: .notFound))
        }
    }

    func client(
        _ identity: TestIdentity = .client,
        requestTimeout: TimeAmount = .seconds(30),
        maximumResponseBytes: Int = 64 << 20
    ) throws -> WireClient<String> {
        let context = try identity.context(.client)
        return WireClient(
            host: "127.0.0.1",
            port: wire.port,
            context: { context },
            group: Self.group,
            handshakePool: Self.pool,
            requestTimeout: requestTimeout,
            maximumResponseBytes: maximumResponseBytes
        )
    }

    /// Runs curl with the identity's certificate against a path of this server.
    func curl(_ arguments: [String], path: String, identity: TestIdentity = .client) async throws -> CommandResult {
        let port = wire.port
        return try await identity.withFiles { certificate, key in
            try await TestIdentity.server.withFiles { authority, _ in
                try await run(
                    "/usr/bin/curl",
                    [
                        "--silent", "--show-error", "--max-time", "30", "--cert", certificate, "--key", key, "--cacert",
                        authority, "--resolve", "localhost:\(port):127.0.0.1",
                    ] + arguments + ["https://localhost:\(port)\(path)"]
                )
            }
        }
    }
}

/// Holds requests until a test opens it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
        var count = 0
    }

    private let state = NIOLockedValueBox(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let (isOpen, arrivals) = state.withLockedValue { state in
                state.count += 1
                defer { state.arrivals = [] }
                if !state.isOpen { state.waiting.append(continuation) }
                return (state.isOpen, state.arrivals)
            }
            for arrival in arrivals { arrival.resume() }
            if isOpen { continuation.resume() }
        }
    }

    /// Returns when a request waits here.
    func arrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLockedValue { state -> Bool in
                if state.count > 0 { return true }
                state.arrivals.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLockedValue { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// What a command printed, and how it ended.
struct CommandResult: Sendable {
    let data: Data
    let errors: String
    let status: Int32
    var output: String { String(decoding: data, as: UTF8.self) }
}

/// Runs a command and returns all that it prints.
func run(_ command: String, _ arguments: [String]) async throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            let data = output.fileHandleForReading.readDataToEndOfFile()
            let errorData = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            continuation.resume(
                returning: CommandResult(
                    data: data,
                    errors: String(decoding: errorData, as: UTF8.self),
                    status: process.terminationStatus
                )
            )
        }
    }
}
