import NIOCore
import NIOEmbedded
import Testing

@testable import OperatorInterface

/// Two connections of an account are served here, on a clock that the tests move.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTurnsTests {
    private let turns = ConnectionTurns(limit: 2)
    private let eventLoop = NIOAsyncTestingEventLoop()

    private func serve(_ account: UInt32 = 1000) async -> Bool {
        await turns.begin(for: account, on: eventLoop, patience: .seconds(8))
    }

    /// A connection that has come behind all others of the account, and stands in the queue now.
    private func queue(_ account: UInt32 = 1000) async -> Task<Bool, Never> {
        let before = turns.waiting(for: account)
        let task = Task { await serve(account) }
        while turns.waiting(for: account) == before { await Task.yield() }
        return task
    }

    @Test func `who comes first is served first`() async {
        #expect(await serve())
        #expect(await serve())
        let first = await queue()
        let second = await queue()
        let third = await queue()
        turns.end(for: 1000)
        #expect(await first.value)
        #expect(turns.waiting(for: 1000) == 2)
        turns.end(for: 1000)
        #expect(await second.value)
        turns.end(for: 1000)
        #expect(await third.value)
        // Two are served still; when they have ended, two others find their places.
        turns.end(for: 1000)
        turns.end(for: 1000)
        #expect(await serve())
        #expect(await serve())
        #expect(turns.waiting(for: 1000) == 0)
    }

    @Test func `one that has waited in vain takes nobody's place`() async {
        #expect(await serve())
        #expect(await serve())
        let early = await queue()
        await eventLoop.advanceTime(by: .seconds(5))
        let late = await queue()
        await eventLoop.advanceTime(by: .seconds(3))
        #expect(await early.value == false)
        #expect(turns.waiting(for: 1000) == 1)
        turns.end(for: 1000)
        #expect(await late.value)
        // Its time would be up now.
        await eventLoop.advanceTime(by: .seconds(60))
        turns.end(for: 1000)
        turns.end(for: 1000)
        #expect(await serve())
    }

    @Test func `a cancelled one leaves the queue, also one that is cancelled before it comes`() async {
        #expect(await serve())
        #expect(await serve())
        let task = await queue()
        task.cancel()
        #expect(await task.value == false)
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            return await serve()
        }
        cancelled.cancel()
        #expect(await cancelled.value == false)
        #expect(turns.waiting(for: 1000) == 0)
    }

    @Test func `no account waits for another one`() async {
        #expect(await serve())
        #expect(await serve())
        let waiting = await queue()
        #expect(await serve(1001))
        turns.end(for: 1001)
        #expect(turns.waiting(for: 1000) == 1)
        turns.end(for: 1000)
        #expect(await waiting.value)
    }
}
