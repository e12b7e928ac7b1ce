/// When a failed transfer is tried again: exponential backoff with full jitter below a cap.
package struct RetrySchedule: Hashable, Sendable {
    /// The bound of the first wait, in milliseconds.
    package let firstDelay: Int64
    /// The bound that no wait exceeds, in milliseconds.
    package let longestDelay: Int64

    package init(firstDelay: Int64 = 500, longestDelay: Int64 = 60_000) {
        precondition(firstDelay > 0 && longestDelay >= firstDelay, "a retry schedule grows")
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
    }

    /// Milliseconds to wait behind failed attempt number `attempt`.
    ///
    /// - Parameters:
    ///   - attempt: 1 for the first failure.
    ///   - fraction: a random number from 0 up to 1; half of the bound is always waited, the other half by chance, so
    ///     that nodes that lost the same peer do not come back at one instant.
    package func delay(afterAttempt attempt: Int, fraction: Double) -> Int64 {
        precondition((0..<1).contains(fraction), "the fraction of a wait is from 0 up to 1")
        var bound = firstDelay
        for _ in 1..<min(max(attempt, 1), 64) {
            bound = bound > longestDelay / 2 ? longestDelay : bound * 2
        }
        return bound / 2 + Int64(Double(bound - bound / 2) * fraction)
    }
}
