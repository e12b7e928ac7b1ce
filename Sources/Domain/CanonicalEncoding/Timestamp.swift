#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a text is not a time in the one accepted form.
public enum TimestampError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text does not have the form `expected`.
    case malformed(String, expected: String)
    /// The text has the right form but names no day or time that exists.
    case outOfRange(String)

    public var description: String {
        switch self {
        case .malformed(let text, let expected): "malformed time: expected \(expected), got `\(text)`"
        case .outOfRange(let text): "no such time: `\(text)`"
        }
    }
}

/// A point in time, UTC, to the millisecond.
///
/// There is one accepted text form, RFC 3339 with exactly three decimals and `Z`: `2026-11-22T14:30:00.000Z`. Two
/// spellings of one time would give two digests of one statement. Leap seconds do not exist, as in POSIX time.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let millisecondsSinceEpoch: Int64

    public init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    /// Whole seconds since the epoch, rounded down.
    public init(secondsSinceEpoch: Int64) {
        self.init(millisecondsSinceEpoch: secondsSinceEpoch * 1000)
    }

    /// Reads the canonical form `YYYY-MM-DDTHH:MM:SS.mmmZ` of RFC 3339 and nothing else.
    public init(rfc3339 text: String) throws(TimestampError) {
        let expected = "`YYYY-MM-DDTHH:MM:SS.mmmZ`"
        let digits = Array(text.utf8)
        guard digits.count == 24, digits[10] == UInt8(ascii: "T"), digits[13] == UInt8(ascii: ":"),
            digits[16] == UInt8(ascii: ":"), digits[19] == UInt8(ascii: "."), digits[23] == UInt8(ascii: "Z"),
            let date = Self.date(digits[0..<10]), let hour = Self.number(digits[11..<13]),
            let minute = Self.number(digits[14..<16]), let second = Self.number(digits[17..<19]),
            let millisecond = Self.number(digits[20..<23])
        else {
            throw .malformed(text, expected: expected)
        }
        guard let day = Self.dayNumber(date), hour < 24, minute < 60, second < 60 else {
            throw .outOfRange(text)
        }
        let seconds = day * 86_400 + hour * 3600 + minute * 60 + second
        self.init(millisecondsSinceEpoch: seconds * 1000 + millisecond)
    }

    /// Reads a day, `YYYY-MM-DD`, as its midnight in UTC.
    public init(date text: String) throws(TimestampError) {
        let digits = Array(text.utf8)
        guard digits.count == 10, let date = Self.date(digits[...]) else {
            throw .malformed(text, expected: "`YYYY-MM-DD`")
        }
        guard let day = Self.dayNumber(date) else { throw .outOfRange(text) }
        self.init(secondsSinceEpoch: day * 86_400)
    }

    /// The time by the machine's clock; for the shells, never called by domain code.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since the epoch, rounded down.
    public var secondsSinceEpoch: Int64 {
        (millisecondsSinceEpoch - Self.positiveRemainder(millisecondsSinceEpoch, 1000)) / 1000
    }

    public func adding(seconds: Int64) -> Timestamp {
        adding(milliseconds: seconds * 1000)
    }

    public func adding(milliseconds: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch + milliseconds)
    }

    /// The canonical text, RFC 3339 with three decimals and `Z`. Defined for the years 0 to 9999.
    public var rfc3339: String {
        let parts = civilParts
        if (0...9999).contains(parts.year) { return usualText(parts) }
        return Self.padded(parts.year, 4) + "-" + Self.padded(parts.month, 2) + "-" + Self.padded(parts.day, 2) + "T"
            + Self.padded(parts.hour, 2) + ":" + Self.padded(parts.minute, 2) + ":" + Self.padded(parts.second, 2)
            + "." + Self.padded(Self.positiveRemainder(millisecondsSinceEpoch, 1000), 3) + "Z"
    }

    /// The day alone, `YYYY-MM-DD`.
    public var date: String {
        String(rfc3339.prefix(10))
    }

    /// Midnight of the first day of the month.
    public var startOfMonth: Timestamp {
        let parts = civilParts
        return adding(milliseconds: -(millisecondsSinceEpoch - secondsSinceEpoch * 1000)).adding(
            seconds: -((parts.day - 1) * 86_400 + parts.hour * 3600 + parts.minute * 60 + parts.second)
        )
    }

    /// Midnight of the first day of the month after.
    public var startOfNextMonth: Timestamp { startOfMonth.adding(seconds: 31 * 86_400).startOfMonth }

    /// The date-time group as military messages write it, to the minute: `221430ZNOV26`.
    public var dateTimeGroup: String {
        let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        let parts = civilParts
        return Self.padded(parts.day, 2) + Self.padded(parts.hour, 2) + Self.padded(parts.minute, 2) + "Z"
            + months[Int(parts.month) - 1] + Self.padded(parts.year % 100, 2)
    }

    public var description: String { rfc3339 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }
}

extension Timestamp {
    private typealias CivilDate = (year: Int64, month: Int64, day: Int64)

    private var civilParts: (year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64) {
        let seconds = secondsSinceEpoch
        let secondOfDay = Self.positiveRemainder(seconds, 86_400)
        let date = Self.civilDate(dayNumber: (seconds - secondOfDay) / 86_400)
        return (date.year, date.month, date.day, secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60)
    }

    /// The text of a year with four digits, which every entry of a log bears.
    private func usualText(
        _ parts: (year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64)
    ) -> String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            var place = 0
            func put(_ value: Int64, _ width: Int, _ end: Unicode.Scalar) {
                var rest = value
                for offset in stride(from: width - 1, through: 0, by: -1) {
                    buffer[place + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                buffer[place + width] = UInt8(ascii: end)
                place += width + 1
            }
            put(parts.year, 4, "-")
            put(parts.month, 2, "-")
            put(parts.day, 2, "T")
            put(parts.hour, 2, ":")
            put(parts.minute, 2, ":")
            put(parts.second, 2, ".")
            put(Self.positiveRemainder(millisecondsSinceEpoch, 1000), 3, "Z")
            return place
        }
    }

    private static func positiveRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func date(_ digits: ArraySlice<UInt8>) -> CivilDate? {
        let start = digits.startIndex
        guard digits[start + 4] == UInt8(ascii: "-"), digits[start + 7] == UInt8(ascii: "-"),
            let year = number(digits[start..<start + 4]), let month = number(digits[start + 5..<start + 7]),
            let day = number(digits[start + 8..<start + 10])
        else { return nil }
        return (year, month, day)
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar; nil if the month has no such day.
    private static func dayNumber(_ date: CivilDate) -> Int64? {
        let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(date.month), date.day >= 1, date.day <= lengths[Int(date.month) - 1] else {
            return nil
        }
        // The year begins in March here, so that the leap day is its last.
        let year = date.month > 2 ? date.year : date.year - 1
        let monthFromMarch = (date.month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + date.day - 1
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civilDate(dayNumber: Int64) -> CivilDate {
        let shifted = dayNumber + 719_468
        let dayOfEra = positiveRemainder(shifted, 146_097)
        let era = (shifted - dayOfEra) / 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
