import CanonicalEncoding
import CoalitionDirectory
import Synchronization

/// How often each destination may have a gap report: each is an entry of the log, which nobody else must be able to fill.
final class GapReportPace: Sendable {
    /// Milliseconds between two reports to one destination.
    static let pause: Int64 = 2000

    private let last = Mutex<[SPIFFEID: Timestamp]>([:])

    init() {}

    /// Whether a report may be made now; if so, it counts as made.
    func mayAnswer(_ destination: SPIFFEID, at now: Timestamp) -> Bool {
        last.withLock { last in
            if let time = last[destination], now >= time, now < time.adding(milliseconds: Self.pause) { return false }
            last[destination] = now
            return true
        }
    }
}
