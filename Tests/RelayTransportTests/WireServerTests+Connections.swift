import CanonicalEncoding
import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import RelayTransport

// MARK: - Connections

extension WireServerTests {
    @Test(.timeLimit(.minutes(10)))
    func `the client connects again after the server has restarted`() async throws {
        let first = try await TestServer.start()
        let client = try first.client()
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        await first.wire.shutdown()
        await #expect(throws: WireClientError.self) {
            try await client.send(WireClientRequest(method: .get, path: "/peer"))
        }
        let second = try await TestServer.start(port: client.port)
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        await client.close()
        await #expect(throws: WireClientError.closed) {
            try await client.send(WireClientRequest(method: .get, path: "/peer"))
        }
        await second.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `closing a peer's connections cuts its requests and no one else's`() async throws {
        let server = try await TestServer.start()
        let bad = try server.client(.other)
        let good = try server.client(.client)
        #expect(try await good.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        async let cut = Self.error(of: bad)
        await server.gate.arrival()
        server.wire.closeConnections { $0 == "CN=other" }
        let error = await cut
        #expect(error?.isCut == true, "\(String(describing: error))")
        #expect(try await good.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        #expect(server.wire.connectionCount == 1)
        server.gate.open()
        await good.close()
        await bad.close()
        await server.wire.shutdown()
    }

    private static func error(of client: WireClient<String>) async -> WireClientError? {
        do throws(WireClientError) {
            _ = try await client.send(WireClientRequest(method: .get, path: "/wait"))
            return nil
        } catch {
            return error
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a client that disconnects cuts its requests and can connect again`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        async let error = Self.error(of: client)
        await server.gate.arrival()
        client.disconnect()
        let cut = await error
        #expect(cut?.isCut == true, "\(String(describing: cut))")
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        server.gate.open()
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a refused client learns of the alert, and the server of the reason`() async throws {
        let server = try await TestServer.start(authenticate: { _ in
            .refused(PeerRefusal(code: "revoked", detail: "by the test", alert: .certificateRevoked))
        })
        let client = try server.client()
        let error = await Self.error(of: client)
        guard case .tls(let failure) = error else {
            Issue.record("expected a failure of tls, got \(String(describing: error))")
            return
        }
        #expect(failure.reason == .alertReceived(.certificateRevoked))
        #expect(server.refusals.withLockedValue { $0.map(\.code) }.allSatisfy { $0 == "revoked" })
        #expect(server.refusals.withLockedValue { !$0.isEmpty })
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a peer has no more connections than it may`() async throws {
        var limits = WireLimits()
        limits.connectionsPerPeer = 2
        let server = try await TestServer.start(limits: limits)
        let clients = try (0..<3).map { _ in try server.client() }
        for client in clients.prefix(2) {
            #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        }
        await #expect(throws: WireClientError.self) {
            try await clients[2].send(WireClientRequest(method: .get, path: "/peer"))
        }
        #expect(server.refusals.withLockedValue { $0.map(\.code) }.contains("too-many-connections"))
        let other = try server.client(.other)
        #expect(try await other.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        await clients[0].close()
        while server.wire.connectionCount > 2 { await Task.yield() }
        #expect(try await clients[2].send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        for client in clients + [other] { await client.close() }
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a connection beyond all that there may be is closed, and heard of`() async throws {
        var limits = WireLimits()
        limits.connections = 1
        let server = try await TestServer.start(limits: limits)
        let first = try server.client()
        #expect(try await first.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        let second = try server.client(.other)
        await #expect(throws: WireClientError.self) {
            try await second.send(WireClientRequest(method: .get, path: "/peer"))
        }
        #expect(server.refusals.withLockedValue { $0.map(\.code) }.contains("too-many-connections"))
        await first.close()
        await second.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: TestHTTP.allCases)
    func `shutting down lets a running request finish and takes no new one`(version: TestHTTP) async throws {
        let server = try await TestServer.start()
        async let answer = server.curl([version.curlOption, "--write-out", " %{http_code}"], path: "/wait")
        await server.gate.arrival()
        async let end: Void = server.wire.shutdown(within: .seconds(20))
        let client = try server.client()
        while true {
            do throws(WireClientError) {
                _ = try await client.send(WireClientRequest(method: .get, path: "/peer"))
            } catch {
                break
            }
        }
        server.gate.open()
        #expect(try await answer.output == "waited 200")
        await end
        #expect(server.wire.connectionCount == 0)
        await client.close()
    }

    @Test(.timeLimit(.minutes(10)))
    func `shutting down cuts what does not finish before the deadline`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        async let error = Self.error(of: client)
        await server.gate.arrival()
        await server.wire.shutdown(within: .milliseconds(50))
        let cut = await error
        #expect(cut?.isCut == true, "\(String(describing: cut))")
        #expect(server.wire.connectionCount == 0)
        server.gate.open()
        await client.close()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a client with nowhere to connect says so`() async throws {
        let context = try TestIdentity.client.context(.client)
        let client = WireClient<String>(
            host: "127.0.0.1",
            port: 1,
            context: { context },
            group: TestServer.group,
            handshakePool: TestServer.pool
        )
        let error = await Self.error(of: client)
        #expect(error == .unreachable("connection refused (127.0.0.1:1)"))
        await client.close()
    }

    /// What stands at the server's address instead of a server.
    enum Impostor: CaseIterable, Sendable {
        case silent, hangingUp
    }

    @Test(.timeLimit(.minutes(10)), arguments: Impostor.allCases)
    func `a server that does not come to a handshake is unreachable`(impostor: Impostor) async throws {
        let listener = try await ServerBootstrap(group: TestServer.group)
            .childChannelInitializer { channel in
                if case .hangingUp = impostor { channel.close(promise: nil) }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let context = try TestIdentity.client.context(.client)
        let client = WireClient<String>(
            host: "127.0.0.1",
            port: port,
            context: { context },
            group: TestServer.group,
            handshakePool: TestServer.pool,
            connectTimeout: .milliseconds(300)
        )
        let error = await Self.error(of: client)
        guard case .unreachable(let detail) = error else {
            Issue.record("expected `unreachable`, got \(String(describing: error))")
            return
        }
        #expect(detail.hasSuffix("(127.0.0.1:\(port))"), "\(detail)")
        await client.close()
        try await listener.close()
    }

    @Test(.timeLimit(.minutes(10)))
    func `connections that say nothing keep nobody out`() async throws {
        var limits = WireLimits()
        limits.connections = 8
        limits.handshakes = 4
        limits.handshakesPerAddress = 3
        let server = try await TestServer.start(limits: limits)
        let client = try server.client()
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        var idle: [any Channel] = []
        for _ in 0..<40 {
            idle.append(
                try await ClientBootstrap(group: TestServer.group)
                    .connect(host: "127.0.0.1", port: server.wire.port).get()
            )
        }
        let late = try server.client(.other)
        #expect(try await late.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        // Those that gave way are told apart from those that took too long.
        for channel in idle.prefix(30) { try await channel.closeFuture.get() }
        #expect(server.refusals.withLockedValue { $0.map(\.code) }.count { $0 == "too-many-connections" } >= 30)
        for channel in idle { channel.close(promise: nil) }
        await client.close()
        await late.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a handshake that runs while trust is judged is not refused`() async throws {
        let judged = Hook()
        let server = try await TestServer.start(authenticate: { chain in
            judged.call()
            return .accepted(chain[0].subject)
        })
        let client = try server.client()
        // The server judges the client in the middle of the handshake; the tick comes right then.
        judged.set { server.wire.closeConnections { $0 == "CN=other" } }
        #expect(try await client.send(WireClientRequest(method: .get, path: "/peer")).status == .ok)
        #expect(server.refusals.withLockedValue { $0.isEmpty })
        let bad = try server.client(.other)
        await #expect(throws: WireClientError.self) {
            try await bad.send(WireClientRequest(method: .get, path: "/peer"))
        }
        #expect(server.refusals.withLockedValue { $0.map(\.code) }.contains("trust-changed"))
        await client.close()
        await bad.close()
        await server.wire.shutdown()
    }
}

extension WireClientError {
    /// Whether the connection was cut, which the system reports as its end or as a reset.
    fileprivate var isCut: Bool {
        switch self {
        case .tls(let failure): failure.reason == .truncated
        case .connectionLost: true
        default: false
        }
    }
}

/// Something to be done when a place is passed.
private final class Hook: Sendable {
    private let action = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)

    func set(_ action: @escaping @Sendable () -> Void) {
        self.action.withLockedValue { $0 = action }
    }

    func call() {
        action.withLockedValue { $0 }?()
    }
}
