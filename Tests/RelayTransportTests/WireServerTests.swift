import HTTPTypes
import NIOCore
import NIOOpenSSL
import Testing

@testable import RelayTransport

@Suite struct WireServerTests {
    @Test(.timeLimit(.minutes(1)))
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

    @Test(.timeLimit(.minutes(1)), arguments: ["--http1.1", "--http2"])
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
