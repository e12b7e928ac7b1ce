import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOOpenSSL
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import RelayTransport

/// HTTP/1.1 as no ordinary client sends it.
@Suite(.serialized) struct RawHTTP1Tests {
    /// Sends the parts, the second when something has come back, and returns all that comes until the server closes.
    private func exchange(_ parts: [String], with server: TestServer) async throws -> String {
        let context = try TLSContext<String>(
            side: .client,
            certificateChain: [TestIdentity.client.certificate],
            privateKey: TestIdentity.client.key,
            applicationProtocols: ["http/1.1"],
            authenticate: { .accepted($0[0].subject) }
        )
        let received = NIOLockedValueBox("")
        let channel = try await ClientBootstrap(group: TestServer.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try OpenSSLHandler(
                        context: context,
                        handshakePool: TestServer.pool,
                        handshakeTimeout: .seconds(10)
                    )
                    try channel.pipeline.syncOperations.addHandlers([
                        tls, Collector(received, next: parts.dropFirst().first),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: server.wire.port).get()
        channel.writeAndFlush(ByteBuffer(string: parts[0]), promise: nil)
        try await channel.closeFuture.get()
        return received.withLockedValue { $0 }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let received: NIOLockedValueBox<String>

        private var next: String?

        init(_ received: NIOLockedValueBox<String>, next: String?) {
            self.received = received
            self.next = next
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            received.withLockedValue { $0 += text }
            guard let next else { return }
            self.next = nil
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: next)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: ["", "GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n"],
        ["G", "GET /peer HTTP/1.1\r\nHost: localhost\r\nX: "]
    )
    func `a head that does not end gets 408 at the request's timeout`(before: String, head: String) async throws {
        var limits = WireLimits()
        limits.requestTimeout = .milliseconds(300)
        let server = try await TestServer.start(limits: limits)
        let answer = try await exchange(before.isEmpty ? [head] : [before, head], with: server)
        #expect(answer.contains("HTTP/1.1 408 Request Timeout"), "\(answer)")
        #expect(answer.contains("urn:entente:problem:request-timeout"))
        #expect(answer.contains("CN=client") == !before.isEmpty)
        #expect(server.reported.withLockedValue { $0.map(\.code) } == ["request-timeout"])
        await server.wire.shutdown()
    }

    @Test(
        .timeLimit(.minutes(10)),
        arguments: ["", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nHost: other\r\n"]
    )
    func `a request that does not name its host once is malformed`(hosts: String) async throws {
        let server = try await TestServer.start()
        let request = "POST /echo HTTP/1.1\r\n\(hosts)Content-Length: 5\r\n\r\nhello"
        let answer = try await exchange([request + request], with: server)
        #expect(answer.contains("HTTP/1.1 400 Bad Request"), "\(answer)")
        #expect(answer.contains("urn:entente:problem:malformed-request"))
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "one answer, then the end")
        #expect(server.requests.withLockedValue { $0 } == 0)
        await server.wire.shutdown()
    }
}
