package import CanonicalEncoding

/// The reads that the disk or the database did not answer, or answered with what contradicts itself.
package struct ReadTroubles: Hashable, Sendable {
    package struct Failure: Hashable, Sendable {
        package let error: StoreError
        package let time: Timestamp
    }

    /// How many there were since the store was opened.
    package private(set) var count = 0
    package private(set) var last: Failure?

    /// Counts a failure of the disk or the database; that nobody asks any more, or that the store is closed, is none.
    mutating func add(_ error: StoreError, at time: Timestamp) {
        switch error {
        case .unavailable, .storageFull, .damaged: break
        case .cancelled, .closed, .refused, .orderRefused, .folderInUse, .unusableFolder, .unsafeSetting, .noDatabase,
            .unknownSchema,
            .otherLog:
            return
        }
        count += 1
        last = Failure(error: error, time: time)
    }
}
