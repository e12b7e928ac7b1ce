import MessageEnvelope
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct EnvelopeSplittingTests {
    private static let small = Envelope(
        header: [0x30, 0x03, 1, 2, 3],
        body: [0x30, 0x81, 0x80] + [UInt8](repeating: 7, count: 128)
    )

    @Test func `header and body are found again`() throws {
        let envelope = try Envelope(bytes: Self.small.bytes)
        #expect(envelope == Self.small)
        #expect(envelope.digest == .hash([0x30, 0x03, 1, 2, 3]))
        let real = try SharedCoalition.get().seal()
        #expect(try Envelope(bytes: real.bytes) == real)
    }

    @Test func `every truncation is refused`() throws {
        let bytes = Self.small.bytes
        for count in bytes.indices {
            expectRefusal(.malformedEnvelope) { try Envelope(bytes: Array(bytes[..<count])) }
        }
        let real = try SharedCoalition.get().seal().bytes
        for count in stride(from: 0, to: real.count, by: 7) {
            expectRefusal(.malformedEnvelope) { try ReceivedEnvelope(bytes: Array(real[..<count])) }
        }
    }

    @Test func `bytes behind the body are refused`() {
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: Self.small.bytes + [0]) }
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: Self.small.bytes + Self.small.body) }
    }

    @Test(
        arguments: [
            [], [0x30], [0x30, 0x80, 0x00, 0x00], [0x30, 0x85, 0, 0, 0, 0, 1, 0],
            [0x30, 0x88, 0x7F, 0, 0, 0, 0, 0, 0, 0],
            [0x30, 0xFF], [0x31, 0x00], [0x04, 0x00], [0x00, 0x00], [0x10, 0x00], [0x3F, 0x00],
        ] as [[UInt8]]
    )
    func `a part that is no SEQUENCE of definite length is refused`(part: [UInt8]) {
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: part) }
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: part + Self.small.body) }
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: Self.small.header + part) }
    }

    @Test func `a part that says it is huge is refused by what it says`() {
        func length(_ count: Int) -> [UInt8] {
            [0x30, 0x84] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        }
        let tail = [UInt8](repeating: 0, count: 16)
        for count in [Envelope.maximumHeaderSize - 5, 0x7FFF_FFFF, 0xFFFF_FFFF] {
            expectRefusal(.tooLarge) { try Envelope(bytes: length(count) + tail) }
        }
        for count in [Envelope.maximumBodySize - 5, 0x7FFF_FFFF, 0xFFFF_FFFF] {
            expectRefusal(.tooLarge) { try Envelope(bytes: Self.small.header + length(count) + tail) }
        }
        expectRefusal(.malformedEnvelope) { try Envelope(bytes: length(Envelope.maximumHeaderSize - 6) + tail) }
        expectRefusal(.tooLarge) { try Envelope(bytes: [UInt8](repeating: 0x30, count: Envelope.maximumSize + 1)) }
    }

    @Test func `a length that is not the shortest is split but not received`() throws {
        let envelope = try SharedCoalition.get().seal()
        var header = envelope.header
        // 0x82 HH LL becomes 0x83 00 HH LL.
        #expect(header[1] == 0x82)
        header[1] = 0x83
        header.insert(0, at: 2)
        let padded = Envelope(header: header, body: envelope.body)
        #expect(try Envelope(bytes: padded.bytes) == padded)
        expectRefusal(.malformedEnvelope) { try ReceivedEnvelope(bytes: padded.bytes) }
    }

    @Test func `body and header in the wrong order, or one of them twice, are refused`() throws {
        let envelope = try SharedCoalition.get().seal()
        expectRefusal(.malformedEnvelope) { try ReceivedEnvelope(bytes: envelope.body + envelope.header) }
        expectRefusal(.bodyMismatch) {
            let coalition = try SharedCoalition.get()
            return try coalition.verify(Envelope(header: envelope.header, body: envelope.header))
        }
    }
}
