import NIOCore
import NIOPosix
import OpenSSLCrypto
import Testing

@testable import NIOOpenSSL

@Suite(.serialized) struct LoopbackTests {
    @Test(.timeLimit(.minutes(10)), arguments: [true, false])
    func `sixteen MiB cross unharmed with the handshake on and off the event loop`(usesPool: Bool) async throws {
        let server = try await LoopbackServer.start(
            makeContext(.server),
            pool: usesPool ? LoopbackServer.pool : nil
        )
        let (channel, events) = try await connectLoopback(port: server.port, context: makeContext(.client))
        var bytes = ByteBuffer()
        let block = ByteBuffer(bytes: (0..<4088).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for index in 0..<4096 {
            bytes.writeInteger(UInt64(index))
            bytes.writeImmutableBuffer(block)
        }
        let closing = Task { [bytes] in
            try await channel.writeAndFlush(bytes)
            try await channel.close()
        }
        var received = ByteBuffer()
        var peer: String?
        for await event in server.events {
            if case .handshake(let name) = event { peer = name }
            if case .received(let part) = event { received.writeImmutableBuffer(part) }
            if case .failed(let failure) = event { Issue.record("\(failure)") }
            if case .inactive = event { break }
        }
        #expect(peer == "server saw CN=client")
        #expect(received == bytes)
        try await closing.value
        for await event in events {
            if case .failed(let failure) = event { Issue.record("\(failure)") }
            if case .inactive = event { break }
        }
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a reader that stops and goes on misses nothing`() async throws {
        let size = 64 << 20
        let server = try await LoopbackServer.start(makeContext(.server)) { _ in ByteBuffer(repeating: 7, count: size) }
        let (channel, events) = try await connectLoopback(port: server.port, context: makeContext(.client))
        _ = await server.first { if case .handshake = $0 { true } else { nil } }
        try await channel.setOption(.autoRead, value: false).get()
        try await channel.writeAndFlush(ByteBuffer(string: "go"))
        _ = await server.first { if case .received = $0 { true } else { nil } }
        try await channel.setOption(.autoRead, value: true).get()
        var count = 0
        for await event in events {
            guard case .received(let part) = event else { continue }
            #expect(part.readableBytes <= 65536)
            count += part.readableBytes
            if count == size { break }
        }
        #expect(count == size)
        try await channel.close()
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the alert of a refusal arrives although the client was already sending`() async throws {
        for _ in 0..<10 {
            let server = try await LoopbackServer.start(
                makeContext(.server, authenticate: refusing(.certificateRevoked))
            )
            let (channel, events) = try await connectLoopback(port: server.port, context: makeContext(.client))
            channel.writeAndFlush(ByteBuffer(repeating: 1, count: 4 << 20), promise: nil)
            var failure: TLSFailure?
            for await event in events {
                if case .failed(let seen) = event { failure = seen }
                if case .inactive = event { break }
            }
            #expect(failure?.reason == .alertReceived(.certificateRevoked))
            #expect(await server.handshakeFailure()?.code == "test-refusal")
            try await server.stop()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a connection without a word ends at the handshake's timeout`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server), handshakeTimeout: .milliseconds(50))
        let channel = try await ClientBootstrap(group: LoopbackServer.group)
            .connect(host: "127.0.0.1", port: server.port).get()
        #expect(await server.handshakeFailure() == TLSFailure(.handshakeTimeout))
        try await channel.closeFuture.get()
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a connection that is cut is truncated, one that says close_notify is not`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server))
        let (channel, _) = try await connectLoopback(port: server.port, context: makeContext(.client))
        _ = await server.first { if case .handshake = $0 { true } else { nil } }
        // From below TLS, so that no close_notify goes out.
        try await channel.eventLoop.submit {
            let context = try channel.pipeline.syncOperations.context(handlerType: OpenSSLHandler<String>.self)
            context.close(promise: nil)
        }.get()
        #expect(
            await server.first { if case .failed(let failure) = $0 { failure } else { nil } } == TLSFailure(.truncated)
        )
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `half closure lets the answer through`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server), allowHalfClosure: true) { question in
            ByteBuffer(string: "answer to \(String(buffer: question))")
        }
        let (channel, events) = try await connectLoopback(port: server.port, context: makeContext(.client))
        channel.writeAndFlush(ByteBuffer(string: "question"), promise: nil)
        try await channel.close(mode: .output)
        var answer = ""
        for await event in events {
            if case .received(let part) = event { answer += String(buffer: part) }
            if answer == "answer to question" { break }
        }
        #expect(answer == "answer to question")
        #expect(await server.first { if case .inputClosed = $0 { true } else { nil } } == true)
        try await channel.close()
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a stopped pool refuses every handshake`() async throws {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        try await pool.shutdownGracefully()
        let server = try await LoopbackServer.start(makeContext(.server), pool: pool)
        let (_, events) = try await connectLoopback(port: server.port, context: makeContext(.client))
        #expect(await server.handshakeFailure()?.reason == .poolStopped)
        for await event in events {
            if case .handshake = event { Issue.record("the handshake was completed") }
            if case .inactive = event { break }
        }
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `connections at the same time share the pool without mixing their peers`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server)) { $0 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    let identity = index % 2 == 0 ? TestIdentity.client : TestIdentity.clientEd25519
                    let (channel, events) = try await connectLoopback(
                        port: server.port,
                        context: makeContext(.client, identity: identity)
                    )
                    try await channel.writeAndFlush(ByteBuffer(string: "\(index)"))
                    for await event in events {
                        if case .received(let echo) = event {
                            #expect(String(buffer: echo) == "\(index)")
                            break
                        }
                    }
                    try await channel.close()
                }
            }
            try await group.waitForAll()
        }
        try await server.stop()
    }
}

// MARK: - openssl s_client

@Suite(.serialized) struct CommandLineClientTests {
    private func connect(
        _ server: LoopbackServer,
        identity: TestIdentity? = .client,
        extra: [String] = []
    ) async throws -> CommandResult {
        let arguments = ["s_client", "-connect", "127.0.0.1:\(server.port)"] + extra
        guard let identity else { return try await openssl(arguments, input: "hello\n") }
        return try await identity.withFiles { certificate, key in
            try await openssl(arguments + ["-cert", certificate, "-key", key], input: "hello\n")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `openssl's own client connects, gets no session ticket and no resumption`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server), closesAfterAnswer: true) { question in
            ByteBuffer(string: "answer to \(String(buffer: question))")
        }
        let result = try await connect(server, extra: ["-alpn", "h2", "-msg", "-ign_eof"])
        #expect(result.status == 0)
        #expect(result.output.contains("answer to hello"))
        #expect(result.output.contains("New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384"), "\(result.output)")
        #expect(result.output.contains("ALPN protocol: h2"))
        #expect(!result.output.contains("NewSessionTicket"))
        #expect(!result.output.contains("Post-Handshake New Session Ticket"))
        #expect(!result.output.contains("Early data was accepted"))
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a client without a certificate is told that one is required`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server))
        let result = try await connect(server, identity: nil, extra: ["-alpn", "h2", "-ign_eof"])
        #expect(result.output.contains("alert number 116"), "\(result.output)")
        let failure = try #require(await server.handshakeFailure())
        #expect(failure.alertSent == .certificateRequired)
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["-tls1_2", "-tls1_1"])
    func `a client of an older version is refused`(version: String) async throws {
        let server = try await LoopbackServer.start(makeContext(.server))
        let result = try await connect(server, extra: [version, "-cipher", "ALL:@SECLEVEL=0"])
        #expect(result.output.contains("alert protocol version"), "\(result.output)")
        #expect(result.status != 0)
        #expect(await server.handshakeFailure()?.alertSent == .protocolVersion)
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a client without a common application protocol gets the fatal alert`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server))
        let result = try await connect(server, extra: ["-alpn", "spdy/3"])
        #expect(result.output.contains("alert number 120"), "\(result.output)")
        #expect(await server.handshakeFailure()?.reason == .noApplicationProtocol)
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a client that offers a weak cipher or group alone is refused`() async throws {
        let server = try await LoopbackServer.start(makeContext(.server))
        let cipher = try await connect(server, extra: ["-alpn", "h2", "-ciphersuites", "TLS_AES_128_GCM_SHA256"])
        #expect(cipher.output.contains("alert handshake failure"), "\(cipher.output)")
        let group = try await connect(server, extra: ["-alpn", "h2", "-groups", "ffdhe2048"])
        #expect(group.output.contains("alert handshake failure"), "\(group.output)")
        try await server.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a refused certificate shows at openssl's own client as the alert`() async throws {
        let server = try await LoopbackServer.start(
            makeContext(.server, authenticate: refusing(.certificateExpired))
        )
        let result = try await connect(server, extra: ["-alpn", "h2", "-ign_eof"])
        #expect(result.output.contains("alert certificate expired"), "\(result.output)")
        #expect(await server.handshakeFailure()?.code == "test-refusal")
        try await server.stop()
    }
}
