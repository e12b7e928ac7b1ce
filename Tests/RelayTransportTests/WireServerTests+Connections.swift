import CanonicalEncoding
import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
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
        guard case .unreachable = error else {
            Issue.record("expected `unreachable`, got \(String(describing: error))")
            return
        }
        await client.close()
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
