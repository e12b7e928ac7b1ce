import CanonicalEncoding
import MessageEnvelope
import Testing

@Suite struct MessageIDTests {
    /// The example of RFC 9562 appendix A.6.
    @Test func `the example of RFC 9562 is made from its parts and read back`() throws {
        let time = Timestamp(millisecondsSinceEpoch: 0x017F_22E2_79B0)
        // rand_a is CC3; rand_b is 18C4DC0C0C07398F.
        let id = MessageID(time: time, randomness: [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F])
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(MessageID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == id)
        #expect(MessageID(bytes: id.bytes) == id)
        #expect(id.bytes.prefix(6).elementsEqual([0x01, 0x7F, 0x22, 0xE2, 0x79, 0xB0]))
        #expect(id.time == time)
    }

    @Test func `all random bits land in the id, version and variant stay`() {
        let none = MessageID(time: Timestamp(millisecondsSinceEpoch: 0), randomness: [UInt8](repeating: 0, count: 10))
        let all = MessageID(
            time: Timestamp(millisecondsSinceEpoch: 0xFFFF_FFFF_FFFF),
            randomness: [UInt8](repeating: 0xFF, count: 10)
        )
        #expect(none.description == "00000000-0000-7000-8000-000000000000")
        #expect(all.description == "ffffffff-ffff-7fff-bfff-ffffffffffff")
    }

    @Test(
        arguments: [
            "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
            "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
            "017f22e2-79b0-6cc3-98c4-dc0c0c07398f", "017f22e2-79b0-8cc3-98c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-18c4-dc0c0c07398f", "017f22e2-79b0-7cc3-d8c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4_dc0c0c07398f", "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c4-dc0c0c0739 f",
            "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "０17f22e2-79b0-7cc3-98c4-dc0c0c0739",
        ]
    )
    func `other spellings, versions and variants are refused`(text: String) {
        #expect(MessageID(text) == nil)
    }

    @Test func `bytes that are not 16, or not of version 7, are refused`() {
        let good = MessageID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")?.bytes ?? []
        for count in 0..<16 { #expect(MessageID(bytes: Array(good.prefix(count))) == nil) }
        #expect(MessageID(bytes: good + [0]) == nil)
        for bit in 4..<8 {
            var other = good
            other[6] ^= 1 << bit
            #expect(MessageID(bytes: other) == nil)
        }
    }

    @Test func `ids sort by time, as text and as bytes alike`() throws {
        var ids: [MessageID] = []
        for milliseconds: Int64 in [0, 1, 255, 256, 65_535, 1_795_348_800_000, 1_795_348_800_001] {
            ids.append(try MessageID.generate(at: Timestamp(millisecondsSinceEpoch: milliseconds)))
        }
        #expect(ids.sorted() == ids)
        #expect(ids.map(\.description).sorted() == ids.map(\.description))
        #expect(ids.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) } == ids)
    }

    @Test func `ids of one instant differ`() throws {
        let time = Timestamp(millisecondsSinceEpoch: 1)
        let ids = try (0..<100).map { _ in try MessageID.generate(at: time) }
        #expect(Set(ids).count == 100)
    }
}
