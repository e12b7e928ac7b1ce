import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import RelayTransport

/// What one stream does wrong is its own affair; what breaks the connection ends it with a reason.
@Suite(.serialized) struct HTTP2StreamTests {
    private typealias Frame = RawHTTP2Client.Frame

    /// What a caller can do wrong on a stream of its own.
    enum StreamFault: String, CaseIterable, Sendable {
        case upperCaseName, lineBreakInValue, connectionField, noPath, twoPaths, tooLong, noWindow

        fileprivate var frames: [RawHTTP2Client.Frame] {
            switch self {
            case .upperCaseName:
                [RawHTTP2Client.request("GET", "/peer", stream: 3, extra: [("X-Upper", "1")], isEnd: true)]
            case .lineBreakInValue:
                [RawHTTP2Client.request("GET", "/peer", stream: 3, extra: [("x", "a\r\nb")], isEnd: true)]
            case .connectionField:
                [RawHTTP2Client.request("GET", "/peer", stream: 3, extra: [("connection", "close")], isEnd: true)]
            case .noPath:
                [
                    RawHTTP2Client.Frame(
                        type: RawHTTP2Client.Frame.headers,
                        flags: 5,
                        stream: 3,
                        payload: RawHTTP2Client.field(":method", "GET") + RawHTTP2Client.field(":scheme", "https")
                    )
                ]
            case .twoPaths: [RawHTTP2Client.request("GET", "/peer", stream: 3, extra: [(":path", "/x")], isEnd: true)]
            case .tooLong:
                [
                    RawHTTP2Client.request("POST", "/echo", stream: 3, extra: [("content-length", "1")], isEnd: false),
                    RawHTTP2Client.Frame(type: RawHTTP2Client.Frame.data, flags: 1, stream: 3, payload: [1, 2, 3]),
                ]
            case .noWindow:
                [
                    RawHTTP2Client.request("POST", "/echo", stream: 3, isEnd: false),
                    RawHTTP2Client.Frame(type: 8, stream: 3, payload: [0, 0, 0, 0]),
                ]
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: StreamFault.allCases)
    func `an error of one stream leaves the others alone, and is reported`(fault: StreamFault) async throws {
        let server = try await TestServer.start()
        let client = try await RawHTTP2Client(to: server)
        client.send(
            RawHTTP2Client.request("POST", "/echo", stream: 1, isEnd: false),
            Frame(type: Frame.data, stream: 1, payload: Array("first ".utf8))
        )
        client.send(fault.frames.flatMap(\.bytes))
        let reset = await client.frames { $0.contains { $0.stream == 3 } }
        #expect(reset.contains { $0.stream == 3 && $0.type == Frame.resetStream }, "\(reset)")
        client.send(Frame(type: Frame.data, flags: 1, stream: 1, payload: Array("second".utf8)))
        let answer = await client.frames { $0.contains { $0.stream == 1 && $0.type == Frame.data } }
        #expect(answer.contains { $0.type == Frame.data && $0.text == "first second" }, "\(answer)")
        #expect(server.reported.withLockedValue { $0.map(\.code) }.contains("malformed-request"))
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)), arguments: [5, 30])
    func `streams beyond the limit are refused and the others are answered`(count: Int) async throws {
        var limits = WireLimits()
        limits.streamsPerConnection = 4
        let server = try await TestServer.start(limits: limits)
        let client = try await RawHTTP2Client(to: server)
        // All in one piece, before the server's settings can have arrived.
        let streams = (0..<count).map { UInt32(2 * $0 + 1) }
        client.send(streams.flatMap { RawHTTP2Client.request("GET", "/wait", stream: $0, isEnd: true).bytes })
        let resets = await client.frames { $0.count { $0.type == Frame.resetStream } == count - 4 }
        #expect(resets.filter { $0.type == Frame.resetStream }.map(\.stream) == Array(streams.dropFirst(4)))
        #expect(resets.filter { $0.type == Frame.resetStream }.allSatisfy { $0.code == 7 }, "REFUSED_STREAM")
        server.gate.open()
        let answers = await client.frames { $0.count { $0.type == Frame.data && !$0.payload.isEmpty } == 4 }
        #expect(Set(answers.filter { $0.type == Frame.data }.map(\.stream)) == Set(streams.prefix(4)))
        // The places are free again.
        client.send(RawHTTP2Client.request("GET", "/peer", stream: 999, isEnd: true))
        let later = await client.frames { $0.contains { $0.stream == 999 && $0.type == Frame.data } }
        #expect(later.contains { $0.stream == 999 && $0.text == "CN=client" })
        #expect(server.reported.withLockedValue { $0.map(\.code) }.contains("too-many-streams"))
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the limits are announced as they are`() async throws {
        let server = try await TestServer.start()
        let client = try await RawHTTP2Client(to: server)
        let frames = await client.frames { $0.contains { $0.type == Frame.settings && !$0.payload.isEmpty } }
        let payload = ByteBuffer(bytes: frames.first { $0.type == Frame.settings }?.payload ?? [])
        var settings: [UInt16: UInt32] = [:]
        for index in stride(from: 0, to: payload.readableBytes, by: 6) {
            settings[payload.getInteger(at: index) ?? 0] = payload.getInteger(at: index + 2)
        }
        #expect(settings == [3: 100, 4: 1 << 20, 6: 16 << 10])
        await client.close()
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a header over the limit is answered on its stream, also in the first frames of a connection`() async throws {
        let server = try await TestServer.start()
        let filler = [
            ("x-filler", String(repeating: "x", count: 10_000)), ("y", String(repeating: "y", count: 10_000)),
        ]
        let request = RawHTTP2Client.request("GET", "/peer", stream: 1, extra: filler, isEnd: true)
        let split = 16_000
        let frames = [
            Frame(type: Frame.headers, flags: 1, stream: 1, payload: Array(request.payload.prefix(split))),
            Frame(type: 9, flags: 4, stream: 1, payload: Array(request.payload.dropFirst(split))),
            RawHTTP2Client.request("GET", "/peer", stream: 3, isEnd: true),
        ]
        let client = try await RawHTTP2Client(
            to: server,
            beginning: RawHTTP2Client.preface + Frame(type: Frame.settings).bytes + frames.flatMap(\.bytes)
        )
        let answers = await client.frames { $0.count { $0.type == Frame.data && !$0.payload.isEmpty } == 2 }
        #expect(answers.contains { $0.stream == 1 && $0.text.contains("header-too-large") }, "\(answers)")
        #expect(answers.contains { $0.stream == 3 && $0.text == "CN=client" })
        await client.close()
        await server.wire.shutdown()
    }

    /// What a caller can do wrong to the whole connection, and the code of the GOAWAY.
    static let connectionFaults: [(name: String, bytes: [UInt8], code: UInt32)] = [
        ("data on no stream", Frame(type: 0, stream: 5, payload: [1]).bytes, 1),
        ("a frame too large", [1, 0, 0, 0, 0, 0, 0, 0, 1], 6),
        (
            "a field that is no HPACK",
            Frame(type: 1, flags: 5, stream: 1, payload: [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).bytes, 9
        ),
        ("settings of no size", Frame(type: 4, payload: [1]).bytes, 6),
        ("a header beyond all measure", Self.hugeHeader, 1),
    ]

    private static var hugeHeader: [UInt8] {
        let block = (0..<7).flatMap { RawHTTP2Client.field("x\($0)", String(repeating: "x", count: 10_000)) }
        let parts = stride(from: 0, to: block.count, by: 16_000).map {
            Array(block[$0..<min(block.count, $0 + 16_000)])
        }
        return parts.enumerated().flatMap { index, part in
            Frame(type: index == 0 ? 1 : 9, flags: index == parts.count - 1 ? 4 : 0, stream: 1, payload: part).bytes
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: connectionFaults.indices)
    func `an error of the connection ends it with a GOAWAY, and is reported`(index: Int) async throws {
        let fault = Self.connectionFaults[index]
        let server = try await TestServer.start()
        let client = try await RawHTTP2Client(to: server)
        client.send(fault.bytes)
        let frames = await client.closed()
        #expect(frames.last { $0.type == Frame.goAway }?.code == fault.code, "\(fault.name): \(frames)")
        let codes = server.reported.withLockedValue { $0.map(\.code) }
        #expect(codes == ["protocol-violation"] || codes == ["header-too-large"], "\(fault.name): \(codes)")
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `bytes that come one by one are the same requests`() async throws {
        let server = try await TestServer.start()
        let client = try await RawHTTP2Client(to: server, beginning: [])
        let bytes =
            RawHTTP2Client.preface + Frame(type: Frame.settings, payload: [0, 4, 0, 1, 0, 0]).bytes
            + RawHTTP2Client.request("POST", "/echo", stream: 1, isEnd: false).bytes
            + Frame(type: Frame.settings, flags: 1).bytes
            + Frame(type: Frame.data, flags: 1, stream: 1, payload: Array("drop by drop".utf8)).bytes
        for byte in bytes { client.send([byte]) }
        let answer = await client.frames { $0.contains { $0.type == Frame.data && !$0.payload.isEmpty } }
        #expect(answer.contains { $0.text == "drop by drop" }, "\(answer)")
        await client.close()
        await server.wire.shutdown()
    }
}

// MARK: - Time

extension HTTP2StreamTests {
    @Test(.timeLimit(.minutes(10)))
    func `a header block that does not end gets a GOAWAY at the request's timeout`() async throws {
        var limits = WireLimits()
        limits.requestTimeout = .milliseconds(300)
        let server = try await TestServer.start(limits: limits)
        let client = try await RawHTTP2Client(to: server)
        var request = RawHTTP2Client.request("GET", "/peer", stream: 1, isEnd: true)
        request.flags = 1
        client.send(request)
        let frames = await client.closed()
        #expect(frames.last { $0.type == Frame.goAway }?.code == 11, "\(frames)")
        #expect(server.reported.withLockedValue { $0.map(\.code) } == ["request-timeout"])
        await server.wire.shutdown()
    }

    /// What an idle client says, and does not say.
    enum Silence: CaseIterable, Sendable {
        case beforeThePreface, afterTheSettings, afterARefusedBody
    }

    @Test(.timeLimit(.minutes(10)), arguments: Silence.allCases)
    func `an idle connection is closed although the client acknowledges nothing`(silence: Silence) async throws {
        var limits = WireLimits()
        limits.idleTimeout = .milliseconds(100)
        limits.closeGrace = .milliseconds(100)
        limits.requestTimeout = .milliseconds(200)
        let server = try await TestServer.start(limits: limits)
        let client: RawHTTP2Client
        switch silence {
        case .beforeThePreface: client = try await RawHTTP2Client(to: server, beginning: [])
        case .afterTheSettings: client = try await RawHTTP2Client(to: server)
        case .afterARefusedBody:
            client = try await RawHTTP2Client(to: server)
            client.send(RawHTTP2Client.request("POST", "/echo", stream: 1, isEnd: false))
        }
        let frames = await client.closed()
        if case .afterARefusedBody = silence {
            #expect(frames.contains { $0.text.contains("request-timeout") }, "\(frames)")
        }
        while server.wire.connectionCount > 0 { await Task.yield() }
        await server.wire.shutdown()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a request that runs is waited for beyond the grace`() async throws {
        var limits = WireLimits()
        limits.closeGrace = .milliseconds(50)
        let server = try await TestServer.start(limits: limits)
        let client = try await RawHTTP2Client(to: server)
        client.send(RawHTTP2Client.request("GET", "/wait", stream: 1, isEnd: true))
        await server.gate.arrival()
        async let end: Void = server.wire.shutdown(within: .seconds(20))
        _ = await client.frames { $0.contains { $0.type == Frame.goAway } }
        try await TestServer.group.any().scheduleTask(in: .milliseconds(300)) {}.futureResult.get()
        server.gate.open()
        let frames = await client.closed()
        #expect(frames.contains { $0.stream == 1 && $0.text == "waited" }, "\(frames)")
        await end
    }
}
