import COpenSSL
import NIOCore
import NIOEmbedded
import OpenSSLCrypto
import Testing

@testable import NIOOpenSSL

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
