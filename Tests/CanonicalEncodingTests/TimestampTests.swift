import CanonicalEncoding
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2026-11-22T14:30:00.123Z", 1_795_357_800_123),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-03-01T00:00:00.000Z", 951_868_800_000), ("0001-01-01T00:00:00.000Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)]
    )
    func `a time reads and prints the same`(text: String, milliseconds: Int64) throws {
        let time = try Timestamp(rfc3339: text)
        #expect(time.millisecondsSinceEpoch == milliseconds)
        #expect(time.rfc3339 == text)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T14:30:00Z", "2026-11-22T14:30:00.1Z", "2026-11-22T14:30:00.1234Z",
        "2026-11-22T14:30:00.123+00:00", "2026-11-22 14:30:00.123Z", "2026-11-22t14:30:00.123z",
        "2026-1a-22T14:30:00.123Z", "+026-11-22T14:30:00.123Z", "2026-11-22T14:30:00,123Z",
    ])
    func `another spelling of a time is malformed`(text: String) {
        #expect(throws: TimestampError.malformed(text, expected: "`YYYY-MM-DDTHH:MM:SS.mmmZ`")) {
            try Timestamp(rfc3339: text)
        }
    }

    @Test(arguments: [
        "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z",
        "2026-04-31T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z", "2016-12-31T23:59:60.000Z", "1900-02-29T00:00:00.000Z",
    ])
    func `a time that does not exist is out of range`(text: String) {
        #expect(throws: TimestampError.outOfRange(text)) { try Timestamp(rfc3339: text) }
    }

    @Test func `every day of four centuries follows the one before`() throws {
        var previous = try Timestamp(date: "1900-01-01")
        for _ in 0..<146_097 {
            let next = previous.adding(seconds: 86_400)
            let reread = try Timestamp(date: next.date)
            #expect(reread == next)
            previous = next
        }
        #expect(previous.date == "2300-01-01")
    }

    @Test func `the date-time group is to the minute`() throws {
        #expect(try Timestamp(rfc3339: "2026-11-22T14:30:59.999Z").dateTimeGroup == "221430ZNOV26")
        #expect(try Timestamp(rfc3339: "2008-01-02T03:04:00.000Z").dateTimeGroup == "020304ZJAN08")
    }

    @Test func `seconds are rounded down before the epoch too`() {
        #expect(Timestamp(millisecondsSinceEpoch: -1).secondsSinceEpoch == -1)
        #expect(Timestamp(millisecondsSinceEpoch: 1999).secondsSinceEpoch == 1)
    }
}
