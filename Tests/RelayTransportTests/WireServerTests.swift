import CanonicalEncoding
import Foundation
import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import Testing

@testable import RelayTransport

@Suite(.serialized) struct WireServerTests {
    @Test(.timeLimit(.minutes(10)))
    func `a client's request is answered, and both know whose it was`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        let (response, peer) = try await client.exchange(WireClientRequest(method: .get, path: "/peer"))
        #expect(response.status == .ok)
        #expect(String(buffer: response.body) == "CN=client")
        #expect(peer == "CN=server")
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["--http1.1", "--http2"])
    func `curl is a client in both versions of HTTP`(version: String) async throws {
        let server = try await TestServer.start()
        let result = try await server.curl(
            [version, "--write-out", " %{http_version} %{http_code}", "--data-binary", "hello"],
            path: "/echo"
        )
        #expect(result.output == "hello \(version == "--http2" ? "2" : "1.1") 200", "\(result.errors)")
        let query = try await server.curl([version], path: "/query?after=12&name=a%20b%2Bc")
        #expect(query.output == "after=12|name=a b+c")
        await server.wire.shutdown()
    }
}

// MARK: - Bodies

/// Bytes in which a part that is lost, doubled or misplaced shows.
private func pattern(count: Int) -> ByteBuffer {
    let block = ByteBuffer(bytes: (0..<4088).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    var buffer = ByteBuffer()
    for index in 0..<(count / 4096) {
        buffer.writeInteger(UInt64(index))
        buffer.writeImmutableBuffer(block)
    }
    return buffer
}

extension WireServerTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["--http1.1", "--http2"])
    func `sixteen MiB go up and come down with curl`(version: String) async throws {
        let server = try await TestServer.start()
        let bytes = pattern(count: 16 << 20).withUnsafeReadableBytes { Data($0) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("body-\(UUID().uuidString)")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try await server.curl([version, "--data-binary", "@\(file.path)"], path: "/echo")
        #expect(result.data == bytes, "\(result.errors)")
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `sixteen MiB go up and come down with the client, several at once`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        let body = pattern(count: 16 << 20)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    let response = try await client.send(
                        WireClientRequest(method: .post, path: "/echo", body: body)
                    )
                    #expect(response.body == body)
                }
            }
            try await group.waitForAll()
        }
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `many requests share one connection`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let response = try await client.send(
                        WireClientRequest(method: .post, path: "/echo", body: ByteBuffer(string: "request \(index)"))
                    )
                    #expect(String(buffer: response.body) == "request \(index)")
                }
            }
            try await group.waitForAll()
        }
        #expect(server.wire.connectionCount == 1)
        await client.close()
        await server.wire.shutdown()
    }
}

// MARK: - Refusals

extension WireServerTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["--http1.1", "--http2"])
    func `curl reads the problem of a body that announces too much`(version: String) async throws {
        let server = try await TestServer.start(bodyLimit: 1000)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("body-\(UUID().uuidString)")
        try Data(count: 8 << 20).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        for extra in [["--header", "Expect:"], []] {
            let result = try await server.curl(
                [version, "--write-out", " %{http_code}", "--data-binary", "@\(file.path)"] + extra,
                path: "/echo"
            )
            #expect(result.output.hasSuffix(" 413"), "\(result.errors)")
            #expect(result.output.contains("urn:entente:problem:body-too-large"))
        }
        #expect(server.requests.withLockedValue { $0 } == 0)
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a body that grows over the limit without announcing it is refused`() async throws {
        let server = try await TestServer.start(bodyLimit: 1000)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("body-\(UUID().uuidString)")
        try Data(count: 4 << 20).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        for version in ["--http1.1", "--http2"] {
            let result = try await server.curl(
                [
                    version, "--write-out", " %{http_code}", "--data-binary", "@\(file.path)", "--header", "Expect:",
                    "--header", "Transfer-Encoding: chunked",
                ],
                path: "/echo"
            )
            #expect(result.output.hasSuffix(" 413"), "\(result.errors)")
        }
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `refused bodies leave the connection and its window as they were`() async throws {
        let server = try await TestServer.start(bodyLimit: 3 << 20)
        let client = try server.client()
        for _ in 0..<30 {
            let refused = try await client.send(
                WireClientRequest(method: .post, path: "/echo", body: ByteBuffer(repeating: 1, count: 4 << 20))
            )
            #expect(refused.status == .contentTooLarge)
            #expect(refused.problem?.code == "body-too-large")
            #expect(refused.problem?.extensions["limit"] == .integer(3 << 20))
        }
        let accepted = try await client.send(
            WireClientRequest(method: .post, path: "/echo", body: ByteBuffer(repeating: 1, count: 3 << 20))
        )
        #expect(accepted.body.readableBytes == 3 << 20)
        #expect(server.wire.connectionCount == 1)
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["--http1.1", "--http2"])
    func `a request is refused by its head before its body is read`(version: String) async throws {
        let server = try await TestServer.start()
        let result = try await server.curl(
            [version, "--write-out", " %{http_code} %{content_type}", "--data-binary", "secret"],
            path: "/forbidden"
        )
        #expect(
            result.output
                == #"{"status":403,"title":"not for you","type":"urn:entente:problem:forbidden"} 403 application/problem+json"#
        )
        #expect(server.requests.withLockedValue { $0 } == 0)
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["--http1.1", "--http2"])
    func `a header over the limit is refused`(version: String) async throws {
        var limits = WireLimits()
        limits.headerBytes = 4096
        let server = try await TestServer.start(limits: limits)
        let result = try await server.curl(
            [version, "--write-out", " %{http_code}", "--header", "X-Filler: \(String(repeating: "x", count: 5000))"],
            path: "/peer"
        )
        #expect(result.output.hasSuffix(" 431"), "\(result.output) \(result.errors)")
        #expect(result.output.contains("urn:entente:problem:header-too-large"))
        let small = try await server.curl([version], path: "/peer")
        #expect(small.output == "CN=client", "\(small.errors)")
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["/%zz?a=%zz", "/query?a=%ff", "/query?a=%4", "/query?a=1&a=1"])
    func `a query that does not decode, or says something twice, is a bad request`(path: String) async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        let response = try await client.send(WireClientRequest(method: .get, path: path))
        #expect(response.status == .badRequest)
        #expect(response.problem?.code == "malformed-request")
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `keep-alive serves several requests on one HTTP 1.1 connection`() async throws {
        let server = try await TestServer.start()
        let port = server.wire.port
        let result = try await server.curl(
            [
                "--http1.1", "--data-binary", "one", "--write-out", " %{num_connects};",
                "https://localhost:\(port)/echo",
                "https://localhost:\(port)/forbidden",
            ],
            path: "/peer"
        )
        #expect(result.output.components(separatedBy: " 1;").count == 2, "\(result.output)")
        #expect(result.output.components(separatedBy: " 0;").count == 3)
        await server.wire.shutdown()
    }
}

// MARK: - Time

extension WireServerTests {
    @Test(.timeLimit(.minutes(10)), arguments: [TestHTTP.http1, TestHTTP.http2])
    func `a request that does not arrive in time gets 408`(version: TestHTTP) async throws {
        var limits = WireLimits()
        limits.requestTimeout = .seconds(1)
        let server = try await TestServer.start(limits: limits)
        let answer = try await SlowClient.send(
            version,
            to: server,
            announcing: 100,
            body: [ByteBuffer(string: "only this")]
        )
        #expect(answer?.status == .requestTimeout)
        #expect(answer?.problem?.code == "request-timeout")
        #expect(server.requests.withLockedValue { $0 } == 0)
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a connection without a request ends at the idle timeout`() async throws {
        var limits = WireLimits()
        limits.idleTimeout = .milliseconds(50)
        let server = try await TestServer.start(limits: limits)
        for version in TestHTTP.allCases {
            let channel = try await SlowClient.connect(version, to: server)
            try await channel.closeFuture.get()
        }
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the client gives up on an answer that takes too long`() async throws {
        let server = try await TestServer.start()
        let client = try server.client(requestTimeout: .seconds(3))
        await #expect(throws: WireClientError.timeout) {
            try await client.send(WireClientRequest(method: .get, path: "/wait"))
        }
        server.gate.open()
        let response = try await client.send(WireClientRequest(method: .get, path: "/peer"))
        #expect(response.status == .ok)
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a cancelled task does not wait for its answer`() async throws {
        let server = try await TestServer.start()
        let client = try server.client()
        let task = Task { () -> WireClientError? in
            do throws(WireClientError) {
                _ = try await client.send(WireClientRequest(method: .get, path: "/wait"))
                return nil
            } catch {
                return error
            }
        }
        await server.gate.arrival()
        task.cancel()
        #expect(await task.value == .cancelled)
        server.gate.open()
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `an answer larger than the client takes is an error`() async throws {
        let server = try await TestServer.start()
        let client = try server.client(maximumResponseBytes: 1 << 20)
        await #expect(throws: WireClientError.responseTooLarge(limit: 1 << 20)) {
            try await client.send(WireClientRequest(method: .get, path: "/zeros?count=8000000"))
        }
        let response = try await client.send(WireClientRequest(method: .get, path: "/zeros?count=1048576"))
        #expect(response.body.readableBytes == 1 << 20)
        await client.close()
        await server.wire.shutdown()
    }
}
