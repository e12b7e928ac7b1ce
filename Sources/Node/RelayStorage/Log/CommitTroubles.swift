package import CanonicalEncoding

/// The commits that the disk or the database did not take.
package struct CommitTroubles: Hashable, Sendable {
    /// Failures in a row that no commit has ended yet.
    package struct Run: Hashable, Sendable {
        package let since: Timestamp
        package fileprivate(set) var count: Int
        package fileprivate(set) var last: StoreError
    }

    /// Nil while the last commit that wrote something is one that succeeded.
    package private(set) var current: Run?
    /// How many have failed since the store was opened.
    package private(set) var count = 0

    /// Counts a failure of the disk or the database; what is wrong with a job alone is none.
    mutating func add(_ error: StoreError, at time: Timestamp) {
        switch error.problem {
        case .full, .unavailable, .damaged: break
        case .refused, .order, .unexpected: return
        }
        count += 1
        current = Run(since: current?.since ?? time, count: (current?.count ?? 0) + 1, last: error)
    }

    /// A commit was written.
    mutating func end() { current = nil }
}
