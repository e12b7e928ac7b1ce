import COpenSSL
import TestSupport
import Testing

@testable import OpenSSLCrypto

@Suite struct CMSDERTests {
    @Test(
        arguments: [
            ([0x30], CMSFormError.truncated(at: 1, missing: 1)),
            ([0x30, 0x01], .truncated(at: 0, missing: 1)),
            ([0x30, 0x80, 0, 0], .indefiniteLength(at: 1)),
            ([0x30, 0x81], .truncated(at: 2, missing: 1)),
            ([0x04, 0x81, 0x7F] + [UInt8](repeating: 0, count: 0x7F), .nonMinimalLength(at: 1)),
            ([0x04, 0x82, 0, 0x80] + [UInt8](repeating: 0, count: 0x80), .nonMinimalLength(at: 1)),
            ([0x04, 0x85, 1, 0, 0, 0, 0], .nonMinimalLength(at: 1)),
            ([0x04, 0xFF], .nonMinimalLength(at: 1)),
            ([0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], .truncated(at: 0, missing: 0xFFFF_FFFF)),
            ([0x1F, 0x81, 0x01, 0], .unexpectedElement(expected: "a tag below 31", got: "a longer one", at: 0)),
        ] as [([UInt8], CMSFormError)]
    )
    func `only a definite, minimal length that fits is read`(bytes: [UInt8], error: CMSFormError) {
        var reader = DERReader(bytes)
        #expect(throws: error) { try reader.readElement() }
    }

    @Test func `an element does not reach beyond the one around it`() throws {
        var outer = DERReader([0x30, 0x03, 0x04, 0x02, 0xAA, 0xBB])
        #expect(throws: CMSFormError.trailingBytes(at: 5, count: 1)) {
            _ = try outer.enter(.sequence)
            try outer.finish()
        }
        var inside = DERReader([0x30, 0x03, 0x04, 0x02, 0xAA, 0xBB])
        var contents = try inside.enter(.sequence)
        #expect(throws: CMSFormError.truncated(at: 2, missing: 1)) { try contents.readElement() }
    }

    @Test func `lengths on both sides of each limit round trip`() throws {
        for count in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let der = DERWriter.octetString([UInt8](repeating: 7, count: count))
            var reader = DERReader(der)
            #expect(try reader.read(.octetString).contents.count == count)
            #expect(reader.isAtEnd)
        }
    }

    @Test(
        arguments: [
            ([0x02, 0x01, 0x00], 0), ([0x02, 0x01, 0x7F], 127), ([0x02, 0x02, 0x00, 0x80], 128),
            ([0x02, 0x04, 0x7F, 0xFF, 0xFF, 0xFF], 0x7FFF_FFFF), ([0x02, 0x00], nil), ([0x02, 0x01, 0x80], nil),
            ([0x02, 0x02, 0x00, 0x7F], nil), ([0x02, 0x05, 0x00, 0x80, 0, 0, 0], nil),
            ([0x02, 0x05, 1, 0, 0, 0, 0], nil),
        ] as [([UInt8], Int?)]
    )
    func `an integer is read in its one form or not at all`(bytes: [UInt8], value: Int?) throws {
        var reader = DERReader(bytes)
        if let value {
            #expect(try reader.readSmallInteger() == value)
            #expect(DERWriter.integer(UInt32(value)) == bytes)
        } else {
            #expect(throws: CMSFormError.invalidValue(of: "INTEGER", at: 0)) { try reader.readSmallInteger() }
        }
    }

    @Test(arguments: [
        "1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "0.9.2342", "2.5.29.14", "2.999.1", "1.3.132.1.11.1",
        "2.25.285842358403074529353110706513227731808", "2.25.340282366920938463463374607431768211375",
        "1.2.340282366920938463463374607431768211455",
    ])
    func `an object identifier round trips and is the one of libcrypto`(text: String) throws {
        let identifier = try #require(ObjectIdentifier(dotted: text))
        #expect("\(identifier)" == text)
        #expect(ObjectIdentifier(contents: identifier.contents) == identifier)
        let object = try #require(OBJ_txt2obj(text, 1))
        defer { ASN1_OBJECT_free(object) }
        let count = OBJ_length(object)
        #expect(Array(UnsafeRawBufferPointer(start: OBJ_get0_data(object), count: count)) == identifier.contents)
    }

    @Test(
        arguments: [
            "", "1", "3.1", "1.40", "1..2", "1.2.", "01.2", "1.02", "1.-2", "a.b",
            "1.2.340282366920938463463374607431768211456", "2.340282366920938463463374607431768211376",
        ]
    )
    func `what is no object identifier in its one spelling is refused`(text: String) {
        #expect(ObjectIdentifier(dotted: text) == nil)
    }

    @Test(
        arguments: [[], [0x80], [0x2A, 0x80, 0x01], [0x2A, 0x86], [UInt8](repeating: 0x84, count: 18) + [1]]
            as [[UInt8]]
    )
    func `arcs that are empty, padded, cut off or huge are refused`(contents: [UInt8]) {
        #expect(ObjectIdentifier(contents: contents) == nil)
    }

    @Test(
        arguments: [
            -631_152_000, -1, 0, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 2_524_607_999, 2_524_608_000,
            4_107_542_399, 4_107_542_400, 253_402_300_799,
        ] as [Int64]
    )
    func `a time is written as libcrypto writes it, and read back`(seconds: Int64) throws {
        let time = try #require(DERTime.encode(seconds))
        let reference = try #require(ASN1_TIME_set(nil, Int(seconds)))
        defer { ASN1_STRING_free(reference) }
        let contents = UnsafeBufferPointer(
            start: ASN1_STRING_get0_data(reference),
            count: Int(ASN1_STRING_length(reference))
        )
        #expect(Int32(time.tag.octet) == ASN1_STRING_type(reference))
        #expect(time.contents == Array(contents))
        #expect(DERTime.decode(tag: time.tag, contents: time.contents) == seconds)
    }

    @Test func `many days of many years are written as libcrypto writes them`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: DERTime.range, using: &generator)
            let time = try #require(DERTime.encode(seconds))
            let reference = try #require(ASN1_TIME_set(nil, Int(seconds)))
            defer { ASN1_STRING_free(reference) }
            #expect(String(decoding: time.contents, as: UTF8.self) == String(cString: ASN1_STRING_get0_data(reference)))
            #expect(DERTime.decode(tag: time.tag, contents: time.contents) == seconds)
        }
    }

    @Test(arguments: [
        (DERTag.utcTime, ""), (.utcTime, "Z"), (.utcTime, "2611222330Z"), (.utcTime, "261122233000"),
        (.utcTime, "261122233000+0000"), (.utcTime, "261131000000Z"), (.utcTime, "260229000000Z"),
        (.utcTime, "261122240000Z"), (.utcTime, "261122236000Z"), (.utcTime, "261122233060Z"),
        (.utcTime, "261322233000Z"), (.utcTime, "260022233000Z"), (.utcTime, "26112223300xZ"),
        (.utcTime, "261122233000z"), (.utcTime, "20261122233000Z"), (.generalizedTime, "20261122233000Z"),
        (.generalizedTime, "20501122233000.5Z"), (.generalizedTime, "501122233000Z"),
        (.generalizedTime, "00000101000000Z"),
        (.octetString, "20501122233000Z"),
    ])
    func `another spelling of a time is refused`(tag: DERTag, text: String) {
        #expect(DERTime.decode(tag: tag, contents: Array(text.utf8)) == nil)
    }
}
