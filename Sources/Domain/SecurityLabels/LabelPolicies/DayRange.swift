public import CanonicalEncoding

/// From the beginning of one day to the end of another, in UTC; an end that is not given is open.
public struct DayRange: Hashable, Sendable {
    public let from: Timestamp?
    /// The last day that is included, at its midnight.
    public let until: Timestamp?

    static let always = DayRange(from: nil, until: nil)

    public func contains(_ time: Timestamp) -> Bool {
        if let from, time < from { return false }
        if let until, time >= until.adding(seconds: 86_400) { return false }
        return true
    }

    /// Whether the range ended before the time.
    public func isOver(at time: Timestamp) -> Bool {
        guard let until else { return false }
        return time >= until.adding(seconds: 86_400)
    }
}
