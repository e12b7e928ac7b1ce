import COpenSSL
import NIOCore
import NIOEmbedded
import OpenSSLCrypto
import Testing

@testable import NIOOpenSSL

@Suite struct OpenSSLHandlerTests {
    @Test(arguments: [Int.max, 1, 7])
    func `both ends learn who the other is and exchange data, however the bytes arrive`(stepSize: Int) throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect(stepSize: stepSize)
        #expect(ends.client.recorder.handshakes == ["h2"])
        #expect(ends.server.recorder.handshakes == ["h2"])
        #expect(ends.client.handler.peer == "client saw CN=server")
        #expect(ends.server.handler.peer == "server saw CN=client")
        #expect(ends.server.handler.peerChain == [TestIdentity.client.certificate])
        let negotiated = try #require(ends.server.handler.negotiated)
        #expect(negotiated.version == "TLSv1.3")
        #expect(negotiated.cipher == "TLS_AES_256_GCM_SHA384")
        #expect(negotiated.group == "x25519" || negotiated.group == "X25519MLKEM768")
        ends.client.send("ping")
        ends.server.send("pong")
        try ends.pump(stepSize: stepSize)
        #expect(ends.server.recorder.text == "ping")
        #expect(ends.client.recorder.text == "pong")
        #expect(ends.client.recorder.failures.isEmpty && ends.server.recorder.failures.isEmpty)
    }
}

// MARK: - Refusals

extension OpenSSLHandlerTests {
    @Test(arguments: PeerRefusal.Alert.allCases)
    func `a client that is refused gets the alert, and the server keeps the reason`(alert: PeerRefusal.Alert) throws {
        let ends = try BackToBack(
            client: makeContext(.client),
            server: makeContext(.server, authenticate: refusing(alert))
        )
        try ends.connect()
        let refusal = PeerRefusal(code: "test-refusal", detail: "refused by the test", alert: alert)
        #expect(ends.server.recorder.failures == [TLSFailure(.refusedPeer(refusal), alertSent: alert.tlsAlert)])
        #expect(ends.server.recorder.handshakes.isEmpty)
        #expect(ends.server.handler.peer == nil)
        #expect(ends.client.recorder.failures.map(\.reason) == [.alertReceived(alert.tlsAlert)])
        #expect(!ends.client.channel.isActive && !ends.server.channel.isActive)
    }

    @Test func `a server that is refused gets the alert, and the client keeps the reason`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, authenticate: refusing(.certificateRevoked)),
            server: makeContext(.server)
        )
        try ends.connect(stepSize: 5)
        #expect(ends.client.recorder.failures.map(\.code) == ["test-refusal"])
        #expect(ends.client.recorder.failures.first?.alertSent == .certificateRevoked)
        #expect(ends.client.recorder.handshakes.isEmpty)
        #expect(ends.server.recorder.failures.map(\.reason) == [.alertReceived(.certificateRevoked)])
        #expect(ends.server.recorder.handshakes.isEmpty)
    }

    @Test func `a failed handshake leaves no error for the next connection on the thread`() throws {
        for _ in 0..<3 {
            let refused = try BackToBack(
                client: makeContext(.client),
                server: makeContext(.server, authenticate: refusing(.unknownCA))
            )
            try refused.connect()
            #expect(refused.server.recorder.failures.count == 1)
            #expect(OpenSSLErrorQueue.drain().isEmpty)
            let accepted = try BackToBack(client: makeContext(.client), server: makeContext(.server))
            try accepted.connect()
            #expect(accepted.server.recorder.handshakes == ["h2"])
        }
    }

    @Test func `no application protocol in common is a fatal alert`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, protocols: ["spdy/3"]),
            server: makeContext(.server)
        )
        try ends.connect()
        #expect(
            ends.server.recorder.failures == [TLSFailure(.noApplicationProtocol, alertSent: .noApplicationProtocol)]
        )
        #expect(ends.client.recorder.failures.map(\.reason) == [.noApplicationProtocol])
        #expect(ends.client.recorder.failures.first?.alertReceived == .noApplicationProtocol)
    }

    @Test func `a client that offers no application protocol is refused with the fatal alert`() throws {
        let ends = try BackToBack(client: makeContext(.client, protocols: []), server: makeContext(.server))
        try ends.connect()
        #expect(
            ends.server.recorder.failures == [TLSFailure(.noApplicationProtocol, alertSent: .noApplicationProtocol)]
        )
        #expect(ends.server.recorder.handshakes.isEmpty)
    }

    @Test func `a server that selects no application protocol is refused by the client`() throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server, protocols: []))
        try ends.connect()
        #expect(ends.client.recorder.failures.map(\.reason) == [.noApplicationProtocol])
        #expect(ends.client.recorder.handshakes.isEmpty)
    }

    @Test func `the server's preference decides on the application protocol`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, protocols: ["spdy/3", "http/1.1", "h2"]),
            server: makeContext(.server)
        )
        try ends.connect()
        #expect(ends.server.recorder.handshakes == ["h2"])
        #expect(ends.client.recorder.handshakes == ["h2"])
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: example\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "SSH-2.0-x\r\n",
        "\u{16}\u{3}\u{1}\u{7f}\u{7f}" + String(repeating: "a", count: 40000),
    ])
    func `bytes that are no ClientHello end the connection with a reason`(garbage: String) throws {
        let server = try End(makeContext(.server))
        try server.activate()
        _ = try? server.channel.writeInbound(ByteBuffer(string: garbage))
        let failure = try #require(server.recorder.failures.first)
        guard case .protocolViolation(let reasons) = failure.reason else {
            Issue.record("expected a protocol violation, got \(failure)")
            return
        }
        #expect(!reasons.isEmpty)
        #expect(!server.channel.isActive)
        #expect(OpenSSLErrorQueue.drain().isEmpty)
    }
}

// MARK: - Profiles

extension OpenSSLHandlerTests {
    @Test func `the profile cnsa connects P-384 ends with AES-256 and P-384`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, profile: .cnsa, identity: .clientP384),
            server: makeContext(.server, profile: .cnsa, identity: .serverP384)
        )
        try ends.connect()
        let negotiated = try #require(ends.server.handler.negotiated)
        #expect(negotiated.cipher == "TLS_AES_256_GCM_SHA384")
        #expect(negotiated.group == "secp384r1" || negotiated.group == "SecP384r1MLKEM1024")
    }

    @Test func `the profile cnsa refuses a P-256 certificate of its own`() throws {
        let error = try #require(throws: OpenSSLError.self) {
            _ = try makeContext(.server, profile: .cnsa, identity: .server)
        }
        #expect(error.description.contains("P-384"))
    }

    @Test func `the profile cnsa refuses a client with a P-256 certificate`() throws {
        let ends = try BackToBack(
            client: makeContext(.client),
            server: makeContext(.server, profile: .cnsa, identity: .serverP384)
        )
        try ends.connect()
        #expect(ends.server.recorder.handshakes.isEmpty)
        #expect(ends.server.recorder.failures.first?.alertSent == .certificateRequired)
    }

    @Test func `the profile cnsa refuses a server with a P-256 certificate`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, profile: .cnsa, identity: .clientP384),
            server: makeContext(.server)
        )
        try ends.connect()
        #expect(ends.client.recorder.handshakes.isEmpty)
        #expect(ends.server.recorder.handshakes.isEmpty)
        #expect(ends.client.recorder.failures.first?.alertReceived == .handshakeFailure)
    }

    @Test func `a chain with a P-256 key fails the check of the profile cnsa`() throws {
        let refusal = try #require(throws: PeerRefusal.self) {
            try TLSProfile.cnsa.check([TestIdentity.serverP384.certificate, TestIdentity.client.certificate])
        }
        #expect(refusal.code == "weak-key")
        #expect(refusal.alert == .unsupportedCertificate)
        try TLSProfile.cnsa.check([TestIdentity.serverP384.certificate])
        try TLSProfile.standard.check([TestIdentity.client.certificate])
    }

    @Test func `a key that does not belong to the certificate makes no context`() {
        #expect(throws: OpenSSLError.self) {
            _ = try TLSContext<String>(
                side: .server,
                certificateChain: [TestIdentity.server.certificate],
                privateKey: TestIdentity.client.key,
                applicationProtocols: ["h2"],
                authenticate: accepting("server")
            )
        }
        #expect(throws: OpenSSLError.self) {
            _ = try TLSContext<String>(
                side: .server,
                certificateChain: [],
                privateKey: TestIdentity.client.key,
                applicationProtocols: ["h2"],
                authenticate: accepting("server")
            )
        }
        #expect(OpenSSLErrorQueue.drain().isEmpty)
    }
}

// MARK: - The end of a connection

extension OpenSSLHandlerTests {
    fileprivate func connected() throws -> BackToBack {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect()
        return ends
    }

    @Test func `closing says close_notify both ways and is no failure`() throws {
        let ends = try connected()
        ends.client.send("last words")
        let closed = ends.client.channel.close()
        try ends.pump()
        #expect(ends.server.recorder.text == "last words")
        #expect(ends.client.recorder.isShutDown && ends.server.recorder.isShutDown)
        #expect(ends.client.recorder.failures.isEmpty && ends.server.recorder.failures.isEmpty)
        #expect(!ends.client.channel.isActive && !ends.server.channel.isActive)
        try closed.wait()
    }

    @Test func `a connection cut without close_notify is reported as truncated`() throws {
        let ends = try connected()
        ends.client.send("half of i")
        try ends.pump()
        ends.server.channel.pipeline.fireChannelInactive()
        #expect(ends.server.recorder.failures == [TLSFailure(.truncated)])
        #expect(ends.server.recorder.isInactive)
    }

    @Test func `the end of input without close_notify is truncation also where half closure is allowed`() throws {
        let ends = try connected()
        ends.server.channel.allowRemoteHalfClosure = true
        ends.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(ends.server.recorder.failures == [TLSFailure(.truncated)])
        #expect(!ends.server.recorder.isInputClosed)
        #expect(!ends.server.channel.isActive)
    }

    @Test func `a connection cut in the handshake is a failed handshake`() throws {
        let server = try End(makeContext(.server))
        try server.activate()
        server.channel.pipeline.fireChannelInactive()
        #expect(server.recorder.failures == [TLSFailure(.closedDuringHandshake)])
    }

    @Test func `a peer that never speaks runs into the handshake's timeout`() throws {
        let server = try End(makeContext(.server))
        try server.activate()
        server.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(server.recorder.failures.isEmpty)
        server.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(server.recorder.failures == [TLSFailure(.handshakeTimeout)])
        #expect(!server.channel.isActive)
    }

    @Test func `an established connection has no handshake timeout`() throws {
        let ends = try connected()
        ends.server.channel.embeddedEventLoop.advanceTime(by: .minutes(5))
        ends.client.channel.embeddedEventLoop.advanceTime(by: .minutes(5))
        #expect(ends.server.channel.isActive && ends.client.channel.isActive)
    }

    @Test func `a peer that does not answer close_notify is waited for five seconds`() throws {
        let ends = try connected()
        let closed = ends.client.channel.close()
        ends.client.channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(ends.client.channel.isActive)
        ends.client.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!ends.client.channel.isActive)
        try closed.wait()
    }

    @Test func `tampered ciphertext ends the connection and delivers nothing`() throws {
        let ends = try connected()
        ends.client.send("attack at dawn")
        var record = try #require(try ends.client.channel.readOutbound(as: ByteBuffer.self))
        let last = record.writerIndex - 1
        record.setInteger(try #require(record.getInteger(at: last, as: UInt8.self)) ^ 1, at: last)
        _ = try? ends.server.channel.writeInbound(record)
        #expect(ends.server.recorder.text.isEmpty)
        #expect(ends.server.recorder.failures.count == 1)
        #expect(ends.server.recorder.failures.first?.alertSent == TLSAlert(rawValue: 20))
        try ends.pump()
        #expect(ends.client.recorder.failures.map(\.reason) == [.alertReceived(TLSAlert(rawValue: 20))])
    }

    @Test func `writes before the handshake go out after it, and their promises with them`() throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        let written = ends.client.channel.writeAndFlush(ByteBuffer(string: "early"))
        try ends.connect()
        try written.wait()
        #expect(ends.server.recorder.text == "early")
    }

    @Test func `writes fail when the peer is refused`() throws {
        let ends = try BackToBack(
            client: makeContext(.client, authenticate: refusing(.unknownCA)),
            server: makeContext(.server)
        )
        let written = ends.client.channel.writeAndFlush(ByteBuffer(string: "secret"))
        try ends.connect()
        #expect(throws: TLSFailure.self) { try written.wait() }
        #expect(ends.server.recorder.text.isEmpty)
    }
}

// MARK: - Key updates

extension OpenSSLHandlerTests {
    @Test func `both ends may change their keys on the way`() throws {
        let ends = try connected()
        for round in 0..<10 {
            #expect(SSL_key_update(ends.client.handler.connection.ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
            ends.client.send("\(round)")
            try ends.pump()
            ends.server.send("\(round)")
            try ends.pump()
        }
        #expect(ends.server.recorder.text == "0123456789")
        #expect(ends.client.recorder.text == "0123456789")
    }

    @Test func `a peer that sends nothing but key updates is cut off`() throws {
        let ends = try connected()
        let connection = ends.client.handler.connection
        for _ in 0..<20_000 where ends.server.channel.isActive {
            SSL_key_update(connection.ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
            SSL_do_handshake(connection.ssl)
            let update = try #require(connection.takeOutput(allocator: ByteBufferAllocator()))
            _ = try? ends.server.channel.writeInbound(update)
        }
        #expect(ends.server.recorder.failures.map(\.code) == ["protocol-violation"])
        #expect(!ends.server.channel.isActive)
    }
}

// MARK: - Records

extension OpenSSLHandlerTests {
    @Test func `small writes flushed together share one record`() throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect()
        var promises: [EventLoopFuture<Void>] = []
        for index in 0..<10 { promises.append(ends.client.channel.write(ByteBuffer(string: "part \(index);"))) }
        ends.client.channel.flush()
        let record = try #require(try ends.client.channel.readOutbound(as: ByteBuffer.self))
        #expect(try ends.client.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(record.getInteger(at: 0, as: UInt8.self) == 23)
        #expect(record.getInteger(at: 3, as: UInt16.self).map(Int.init) == record.readableBytes - 5)
        for promise in promises { try promise.wait() }
        try ends.server.channel.writeInbound(record)
        #expect(ends.server.recorder.text.hasPrefix("part 0;part 1;"))
        #expect(ends.server.recorder.text.hasSuffix("part 9;"))
    }

    @Test(arguments: [0, 1, 16383, 16384, 16385, 65536, 300_000])
    func `a write of any size arrives as it was`(count: Int) throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect()
        let bytes = ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let written = ends.client.channel.writeAndFlush(bytes)
        try ends.pump(stepSize: 5000)
        try written.wait()
        #expect(ends.server.recorder.received == bytes)
    }

    @Test func `nothing is encrypted while the channel cannot take it`() throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect()
        ends.client.channel.isWritable = false
        let written = ends.client.channel.writeAndFlush(ByteBuffer(string: "later"))
        #expect(try ends.client.channel.readOutbound(as: ByteBuffer.self) == nil)
        ends.client.channel.isWritable = true
        ends.client.channel.pipeline.fireChannelWritabilityChanged()
        try ends.pump()
        try written.wait()
        #expect(ends.server.recorder.text == "later")
    }

    @Test func `closing waits for what was flushed before`() throws {
        let ends = try BackToBack(client: makeContext(.client), server: makeContext(.server))
        try ends.connect()
        ends.client.channel.isWritable = false
        ends.client.send("flushed")
        let unflushed = ends.client.channel.write(ByteBuffer(string: "not flushed"))
        let closed = ends.client.channel.close()
        #expect(ends.client.channel.isActive)
        ends.client.channel.isWritable = true
        ends.client.channel.pipeline.fireChannelWritabilityChanged()
        try ends.pump()
        try closed.wait()
        #expect(ends.server.recorder.text == "flushed")
        #expect(throws: ChannelError.self) { try unflushed.wait() }
        #expect(ends.server.recorder.failures.isEmpty)
    }
}
