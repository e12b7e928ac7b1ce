package import CanonicalEncoding
import Synchronization

/// The system's clock, and a distance from it that a test sets: time passes without waiting.
package final class ShiftedClock: Sendable {
    private let milliseconds = Mutex<Int64>(0)

    package init() {}

    package var now: Timestamp { Timestamp.now().adding(milliseconds: milliseconds.withLock { $0 }) }

    /// Moves ahead.
    package func shift(seconds: Int64) {
        milliseconds.withLock { $0 += seconds * 1000 }
    }
}
