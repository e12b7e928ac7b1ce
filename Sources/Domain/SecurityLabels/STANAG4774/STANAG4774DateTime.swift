public import CanonicalEncoding

/// A moment as a label in XML states it: the text of an `xs:dateTime`, kept as it was written.
///
/// Two spellings of one moment are different values, so that a label that is read and written again stays the same.
public struct STANAG4774DateTime: Hashable, Sendable, CustomStringConvertible {
    /// The text, such as `2026-09-26T12:00:00Z` or `2026-09-26T14:00:00.5+02:00`.
    public let text: String
    /// The moment in milliseconds, what is finer cut off; nil where the text names no offset from UTC.
    public let timestamp: Timestamp?

    public var description: String { text }

    /// The moment in UTC, in whole seconds where it has no others.
    public init(_ timestamp: Timestamp) {
        let text = timestamp.rfc3339
        self.text = text.hasSuffix(".000Z") ? String(text.dropLast(5)) + "Z" : text
        self.timestamp = timestamp
    }

    /// Reads the text of an `xs:dateTime` (XML Schema part 2, 3.2.7); nil for anything else, for years before 1 and
    /// beyond 9999, and for `24:00:00`.
    public init?(_ text: String) {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T"), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            year > 0, month > 0, day > 0, hour < 24, minute < 60, second < 60
        else { return nil }
        var milliseconds = "000"
        if reader.take(".") {
            let digits = reader.digits()
            guard (1...12).contains(digits.count) else { return nil }
            milliseconds = String(decoding: (digits + [0x30, 0x30]).prefix(3), as: UTF8.self)
        }
        guard let offset = reader.offsetInMinutes() else { return nil }
        // Year, month and day have been counted in digits; whether there is such a day is for the calendar to say.
        let date = String(decoding: text.utf8.prefix(19), as: UTF8.self)
        let local: Timestamp
        do { local = try Timestamp(rfc3339: "\(date).\(milliseconds)Z") } catch { return nil }
        self.text = text
        self.timestamp = offset.zone.map { local.adding(seconds: Int64(-60 * $0)) }
    }
}

/// Reads fixed numbers of digits from ASCII text.
private struct DigitReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits() -> [UInt8] {
        let found = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(found.count)
        return Array(found)
    }

    mutating func number(_ count: Int) -> Int? {
        let digits = digits()
        return digits.count == count ? digits.reduce(0) { 10 * $0 + Int($1 - 0x30) } : nil
    }

    /// Reads the offset and then expects the end: nil in `zone` where there is none, nil for malformed text.
    mutating func offsetInMinutes() -> (zone: Int?, Void)? {
        if rest.isEmpty { return (nil, ()) }
        if take("Z") { return rest.isEmpty ? (0, ()) : nil }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(2), take(":"), let minutes = number(2), rest.isEmpty,
            minutes < 60, hours * 60 + minutes <= 14 * 60
        else { return nil }
        return (sign * (hours * 60 + minutes), ())
    }
}
