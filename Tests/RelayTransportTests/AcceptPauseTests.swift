import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import RelayTransport

@Suite struct AcceptPauseTests {

    @Test func `a listener without file descriptors stops reading for a second, and says so once in ten`() throws {
        let channel = EmbeddedChannel()
        let errors = NIOLockedValueBox<[CInt]>([])
        let handler = AcceptPauseHandler { error in errors.withLockedValue { $0.append(error.errnoCode) } }
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        func isReading() -> Bool {
            channel.options.reversed().lazy.compactMap { $0.value as? Bool }.first ?? true
        }
        for second in 0..<12 {
            #expect(isReading(), "second \(second)")
            for _ in 0..<3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept")) }
            #expect(!isReading())
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
            #expect(!isReading())
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        }
        #expect(errors.withLockedValue { $0 } == [24, 24])
        #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
    }
}
