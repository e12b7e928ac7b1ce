/// The `Time` of CMS: UTCTime through 2049 and GeneralizedTime from 2050 on, in seconds and `Z` (RFC 5652 11.3).
enum DERTime {
    private static let secondsPerDay: Int64 = 86_400
    /// The times that have a form here: 1950-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    static let range: ClosedRange<Int64> = -631_152_000...253_402_300_799

    /// The tag and contents of the time; nil outside `range`.
    static func encode(_ unixSeconds: Int64) -> (tag: DERTag, contents: [UInt8])? {
        guard range.contains(unixSeconds) else { return nil }
        let secondOfDay = ((unixSeconds % secondsPerDay) + secondsPerDay) % secondsPerDay
        let (year, month, day) = civilDate(daysSinceEpoch: (unixSeconds - secondOfDay) / secondsPerDay)
        let rest = [month, day, secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60]
        let isShort = year < 2050
        let fields = (isShort ? [year % 100] : [year / 100, year % 100]) + rest
        let digits = fields.flatMap { [UInt8(0x30 + $0 / 10), UInt8(0x30 + $0 % 10)] }
        return (isShort ? .utcTime : .generalizedTime, digits + [UInt8(ascii: "Z")])
    }

    /// Reads such a time; nil for any other spelling and for days that no month has.
    static func decode(tag: DERTag, contents: some Collection<UInt8>) -> Int64? {
        let digits = contents.dropLast().map { Int64($0) - 0x30 }
        guard digits.count == (tag == .utcTime ? 12 : 14), digits.allSatisfy({ (0...9).contains($0) }) else {
            return nil
        }
        var fields = stride(from: 0, to: digits.count, by: 2).map { digits[$0] * 10 + digits[$0 + 1] }
        if tag == .utcTime {
            fields.insert(fields[0] >= 50 ? 19 : 20, at: 0)
        }
        guard (1...12).contains(fields[2]), (1...31).contains(fields[3]) else { return nil }
        let days = daysSinceEpoch(year: fields[0] * 100 + fields[1], month: fields[2], day: fields[3])
        let seconds = days * secondsPerDay + fields[4] * 3600 + fields[5] * 60 + fields[6]
        // INVARIANT: whatever is read is what would be written, which also finds 31 April, 25 o'clock and the wrong type.
        guard let canonical = encode(seconds), canonical.tag == tag, canonical.contents.elementsEqual(contents) else {
            return nil
        }
        return seconds
    }

    // Days are counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civilDate(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
