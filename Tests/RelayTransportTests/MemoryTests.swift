import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOPosix
import Testing

@testable import RelayTransport

@Suite struct WireMemoryTests {
    private var limits: WireLimits {
        var limits = WireLimits()
        limits.bufferedBytes = 1000
        limits.bufferedBytesPerPeer = 300
        limits.smallBytes = 10
        limits.bufferedBytesForSmall = 200
        limits.smallBytesPerPeer = 30
        return limits
    }

    /// Leases of that size for a peer, as many as there are to be had.
    private func leases(_ size: Int, of memory: WireMemory, for key: String, atMost count: Int = .max) -> [MemoryLease]
    {
        var leases: [MemoryLease] = []
        while leases.count < count {
            let lease = MemoryLease(of: memory, for: key)
            guard lease.take(size) else { break }
            leases.append(lease)
        }
        return leases
    }

    @Test func `a peer gets its share and a little more for what is small`() {
        let memory = WireMemory(limits: limits)
        let large = leases(50, of: memory, for: "a")
        #expect(large.count == 6)
        let small = leases(10, of: memory, for: "a")
        #expect(small.count == 3)
        #expect(leases(300, of: memory, for: "b").count == 1, "another peer has its own")
        #expect(memory.bufferedBytes == 630 - 300)
        withExtendedLifetime((large, small)) {}
    }

    @Test func `large ones together leave room for the small ones of everybody`() {
        let memory = WireMemory(limits: limits)
        let large = ["a", "b", "c"].map { leases(100, of: memory, for: $0) }
        #expect(large.map(\.count) == [3, 3, 2])
        #expect(leases(11, of: memory, for: "d").isEmpty)
        let small = leases(10, of: memory, for: "d", atMost: 1)
        #expect(small.count == 1)
        #expect(small.first?.take(1) == false, "what grows beyond small is large")
        withExtendedLifetime(large) {}
    }

    @Test func `no peer can use up what is kept for small ones`() {
        let memory = WireMemory(limits: limits)
        let large = ["a", "b", "c"].map { leases(100, of: memory, for: $0) }
        let greedy = leases(10, of: memory, for: "d")
        #expect(greedy.count == 3)
        #expect(leases(10, of: memory, for: "e", atMost: 1).count == 1)
        withExtendedLifetime((large, greedy)) {}
    }

    @Test func `what is given back can be taken again`() {
        let memory = WireMemory(limits: limits)
        var held = leases(100, of: memory, for: "a")
        #expect(held.count == 3)
        held.removeLast()
        #expect(leases(101, of: memory, for: "a").isEmpty)
        #expect(leases(100, of: memory, for: "a").count == 1)
        held[0].release()
        #expect(memory.bufferedBytes == 100)
        held = []
        #expect(memory.bufferedBytes == 0)
    }

    @Test func `what is there already counts, also beyond the share`() {
        let memory = WireMemory(limits: limits)
        let lease = MemoryLease(of: memory, for: "a")
        lease.set(to: 400)
        #expect(leases(11, of: memory, for: "a").isEmpty)
        lease.set(to: 5)
        #expect(leases(11, of: memory, for: "a", atMost: 1).count == 1)
    }

    @Test func `a lease grows to what it is raised to, and not back`() {
        let memory = WireMemory(limits: limits)
        let lease = MemoryLease(of: memory, for: "a")
        #expect(lease.take(50) && lease.raise(to: 120) && lease.raise(to: 60))
        #expect(memory.bufferedBytes == 120)
        #expect(!lease.raise(to: 301))
        #expect(memory.bufferedBytes == 120)
    }
}

/// The memory that requests and answers take on their way.
@Suite struct RequestMemoryTests {
    private let gate = Gate()

    private func makeService(_ limits: WireLimits, answer: Int = 0) -> WireService<String> {
        WireService<String>(
            limits: limits,
            admit: { _, _ in .success(1 << 20) },
            respond: { [gate] request in
                if request.path == "/wait" { await gate.wait() }
                do throws(ProblemDetails) {
                    try request.reserveAnswer(bytes: answer)
                    return WireResponse(status: .ok, body: ByteBuffer(repeating: 0, count: answer))
                } catch {
                    return .problem(error)
                }
            },
            onRefusedRequest: { problem, _ in problem }
        )
    }

    private func makeChannel(
        _ service: WireService<String>,
        peer: String,
        path: String = "/x"
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(
            handler: WireRequestHandler(version: .http1, service: service, peer: peer, key: peer)
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let head = HTTPRequest(method: .post, scheme: "https", authority: "a", path: path)
        try channel.writeInbound(HTTPRequestPart.head(head))
        return channel
    }

    private func status(_ channel: EmbeddedChannel) throws -> Int? {
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
        if head.status.code == 503 { #expect(head.headerFields[.retryAfter] == "1") }
        return head.status.code
    }

    @Test func `a peer that fills its share with bodies stops nobody else, nor its own short messages`() throws {
        var limits = WireLimits()
        limits.bufferedBytesPerPeer = 1 << 20
        let service = makeService(limits)
        var hogs: [EmbeddedChannel] = []
        for _ in 0..<4 {
            let hog = try makeChannel(service, peer: "hog")
            try hog.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 256 << 10)))
            hogs.append(hog)
        }
        let more = try makeChannel(service, peer: "hog")
        try more.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 100 << 10)))
        #expect(try status(more) == 503)
        let flash = try makeChannel(service, peer: "hog")
        try flash.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 4 << 10)))
        #expect(try status(flash) == nil)
        let other = try makeChannel(service, peer: "other")
        try other.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: 512 << 10)))
        #expect(try status(other) == nil)
        for channel in hogs + [more, flash, other] { channel.pipeline.fireChannelInactive() }
        #expect(service.memory.bufferedBytes == 0)
    }

    @Test func `the application holds the body until it has answered`() async throws {
        let service = makeService(WireLimits())
        let lease = MemoryLease(of: service.memory, for: "peer")
        let isTaken = lease.take(60)
        service.run(WireRequest(method: .post, path: "/wait", peer: "peer"), body: lease) { _ in }
        await gate.arrival()
        #expect(isTaken && service.memory.bufferedBytes == 60)
        gate.open()
        try await service.idle(on: MultiThreadedEventLoopGroup.singleton.any()).get()
        #expect(service.memory.bufferedBytes == 0)
    }

    /// A request whose answer is written to where the test holds it.
    private func ask(
        _ service: WireService<String>,
        peer: String,
        path: String = "/x"
    ) async throws -> (channel: NIOAsyncTestingChannel, status: NIOLockedValueBox<Int?>) {
        let status = NIOLockedValueBox<Int?>(nil)
        let channel = try await NIOAsyncTestingChannel { channel in
            try channel.pipeline.syncOperations.addHandlers([
                WriteHolder(), StatusRecorder(status),
                WireRequestHandler(version: .http1, service: service, peer: peer, key: peer),
            ])
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        let head = HTTPRequest(method: .post, scheme: "https", authority: "a", path: path)
        try await channel.writeInbound(HTTPRequestPart.head(head))
        try await channel.writeInbound(HTTPRequestPart.end(nil))
        return (channel, status)
    }

    private func answer(
        _ service: WireService<String>,
        peer: String
    ) async throws -> (channel: NIOAsyncTestingChannel, status: Int?) {
        let (channel, status) = try await ask(service, peer: peer)
        while status.withLockedValue({ $0 == nil }) { await Task.yield() }
        return (channel, status.withLockedValue { $0 })
    }

    private func release(_ channel: NIOAsyncTestingChannel) async throws {
        try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.handler(type: WriteHolder.self).release()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `an answer counts until it is sent, and one too many is refused before it is made`() async throws {
        var limits = WireLimits()
        limits.bufferedBytesPerPeer = 250 << 10
        let service = makeService(limits, answer: 100 << 10)
        let first = try await answer(service, peer: "reader")
        let second = try await answer(service, peer: "reader")
        #expect([first.status, second.status] == [200, 200])
        #expect(service.memory.bufferedBytes == 200 << 10)
        let third = try await answer(service, peer: "reader")
        #expect(third.status == 503)
        #expect(try await answer(service, peer: "other").status == 200, "another peer has its own share")
        try await release(first.channel)
        try await release(third.channel)
        #expect(try await answer(service, peer: "reader").status == 200)
    }

    @Test(.timeLimit(.minutes(10)))
    func `an answer that nobody waits for any more is given back`() async throws {
        let service = makeService(WireLimits(), answer: 100 << 10)
        let (channel, _) = try await ask(service, peer: "peer", path: "/wait")
        await gate.arrival()
        try await channel.testingEventLoop.executeInContext { channel.pipeline.fireChannelInactive() }
        gate.open()
        try await service.idle(on: MultiThreadedEventLoopGroup.singleton.any()).get()
        while service.memory.bufferedBytes > 0 { await Task.yield() }
    }
}

/// Notes the status of the answers that pass.
private final class StatusRecorder: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart

    private let status: NIOLockedValueBox<Int?>

    init(_ status: NIOLockedValueBox<Int?>) {
        self.status = status
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(let head) = unwrapOutboundIn(data) { status.withLockedValue { $0 = head.status.code } }
        context.write(data, promise: promise)
    }
}
