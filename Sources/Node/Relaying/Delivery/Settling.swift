package import CanonicalEncoding

/// How long an object waits for a next hop that cannot judge it yet: sheets travel within the hour, and its originator
/// must learn in good time that it will not arrive.
package enum Settling {
    /// The longest wait, in seconds.
    package static let longest: Int64 = 3600

    /// When the object is given up: an hour behind the first such answer, or a quarter of the life that it had left then.
    package static func deadline(since first: Timestamp, expires: Timestamp) -> Timestamp {
        let life = max(0, expires.millisecondsSinceEpoch - first.millisecondsSinceEpoch)
        return first.adding(milliseconds: min(longest * 1000, life / 4))
    }
}
