import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import RelayTransport
import Testing

@Suite struct UnixHTTPClientTests {
    /// Echoes the request's line and body; says nothing to `/silent`.
    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = HTTPRequestPart
        typealias OutboundOut = HTTPResponsePart
        var head: HTTPRequest?
        var body = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(let bytes): body.writeImmutableBuffer(bytes)
            case .end:
                guard let head, head.path != "/silent" else { return }
                var answer = ByteBuffer(string: "\(head.method) \(head.path ?? ""): ")
                answer.writeImmutableBuffer(body)
                let fields: HTTPFields = [.contentLength: "\(answer.readableBytes)"]
                context.write(
                    wrapOutboundOut(.head(HTTPResponse(status: .created, headerFields: fields))),
                    promise: nil
                )
                context.write(wrapOutboundOut(.body(answer)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    private func withServer(_ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "entente-\(UUID().uuidString.prefix(8)).sock"
        let server = try await ServerBootstrap(group: TestServer.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandlers([HTTP1ToHTTPServerCodec(secure: false), Echo()])
                }
            }
            .bind(unixDomainSocketPath: path).get()
        try await body(path)
        try await server.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    @Test(.timeLimit(.minutes(10)))
    func `requests over the socket are answered`() async throws {
        try await withServer { path in
            let client = UnixHTTPClient(path: path)
            let get = try await client.send(WireClientRequest(method: .get, path: "/status?x=1"))
            #expect(get.status == .created)
            #expect(String(buffer: get.body) == "GET /status?x=1: ")
            let post = try await client.send(
                WireClientRequest(method: .post, path: "/policy", body: ByteBuffer(repeating: 97, count: 1 << 20))
            )
            #expect(post.body.readableBytes == "POST /policy: ".utf8.count + 1 << 20)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a socket that nobody listens on is unreachable, and is named`() async throws {
        let error = await #expect(throws: WireClientError.self) {
            try await UnixHTTPClient(path: "/nonexistent/operator.sock").send(
                WireClientRequest(method: .get, path: "/")
            )
        }
        guard case .unreachable(let detail) = error else {
            Issue.record("expected `unreachable`, got \(String(describing: error))")
            return
        }
        #expect(detail.contains("/nonexistent/operator.sock"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `a server that says nothing is given up on`() async throws {
        try await withServer { path in
            await #expect(throws: WireClientError.timeout) {
                try await UnixHTTPClient(path: path, timeout: .milliseconds(50)).send(
                    WireClientRequest(method: .get, path: "/silent")
                )
            }
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `an answer over the limit is an error`() async throws {
        try await withServer { path in
            await #expect(throws: WireClientError.responseTooLarge(limit: 10)) {
                try await UnixHTTPClient(path: path, maximumResponseBytes: 10).send(
                    WireClientRequest(method: .get, path: "/longer-than-ten")
                )
            }
        }
    }
}
