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

    @Test func `after an alert the output ends first, and input is dropped for a second`() throws {
        let ends = try BackToBack(
            client: makeContext(.client),
            server: makeContext(.server, authenticate: refusing(.unknownCA))
        )
        let closes = HalfCloses()
        try ends.server.channel.pipeline.syncOperations.addHandler(closes, position: .first)
        try ends.connect()
        #expect(closes.modes == [.output])
        #expect(ends.server.channel.isActive)
        try ends.server.channel.writeInbound(ByteBuffer(repeating: 1, count: 1000))
        #expect(ends.server.recorder.failures.count == 1)
        ends.server.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(closes.modes == [.output, .all])
        #expect(!ends.server.channel.isActive)
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
