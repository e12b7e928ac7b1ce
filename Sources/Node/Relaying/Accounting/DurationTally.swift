package import CanonicalEncoding

/// How long something took, many times: exact up to a quarter of a second, within one part in 128 beyond.
///
/// A histogram whose buckets widen with the duration, so that two of them add up and neither grows with the log.
package struct DurationTally: Hashable, Sendable {
    package private(set) var count = 0
    /// In milliseconds, as all durations here; exact.
    package private(set) var longest: Int64 = 0
    private var buckets: [Int: Int] = [:]

    package init() {}

    /// Takes a duration; one below nothing, as clocks make them, is none at all.
    package mutating func add(milliseconds: Int64) {
        let duration = max(0, milliseconds)
        count += 1
        longest = max(longest, duration)
        buckets[Self.bucket(of: duration), default: 0] += 1
    }

    package mutating func add(_ more: DurationTally) {
        count += more.count
        longest = max(longest, more.longest)
        buckets.merge(more.buckets, uniquingKeysWith: +)
    }

    /// The duration that so many percent did not exceed; nil when there is none.
    package func percentile(_ percent: Int) -> Int64? {
        guard count > 0 else { return nil }
        let rank = max(1, (count * percent + 99) / 100)
        var seen = 0
        for (bucket, count) in buckets.sorted(by: { $0.key < $1.key }) {
            seen += count
            if seen >= rank { return min(Self.upperEdge(of: bucket), longest) }
        }
        return longest
    }

    // Below 256 a bucket holds one millisecond; from there on each doubling of the duration has 128 buckets.
    private static func bucket(of duration: Int64) -> Int {
        guard duration >= 256 else { return Int(duration) }
        let shift = (63 - duration.leadingZeroBitCount) - 7
        return shift * 128 + Int(duration >> Int64(shift))
    }

    private static func upperEdge(of bucket: Int) -> Int64 {
        guard bucket >= 256 else { return Int64(bucket) }
        let shift = bucket / 128 - 1
        let (edge, isTooLarge) = Int64(bucket - shift * 128 + 1).multipliedReportingOverflow(by: 1 << Int64(shift))
        return isTooLarge ? .max : edge - 1
    }

    private static let lastBucket = bucket(of: .max)

    package var json: JSONValue {
        [
            "buckets": .object(
                Dictionary(uniqueKeysWithValues: buckets.map { ("\($0.key)", .integer(Int64($0.value))) })
            ),
            "longest": .integer(longest),
        ]
    }

    package init(json: JSONValue) throws(MalformedTally) {
        guard let longest = json["longest"]?.integerValue, longest >= 0 else {
            throw MalformedTally("expected `longest` to be a number from 0")
        }
        self.longest = longest
        for (name, value) in try MalformedTally.members(json["buckets"], "`buckets`") {
            guard let bucket = Int(name), (0...Self.lastBucket).contains(bucket) else {
                throw MalformedTally("expected the number of a bucket, got `\(name)`")
            }
            let count = try MalformedTally.count(value, name)
            buckets[bucket] = count
            self.count += count
        }
    }
}
