/// Which rows of a queue are on their way, and whether it is worth looking for more.
///
/// It knows whether the last look found all that there was, so that an empty queue is not looked at again for every
/// object that arrives.
package struct DeliveryWindow: Sendable {
    private let limit: Int
    private let refillAt: Int
    private var inFlight: Set<Int64> = []
    private var mayHoldMore = true

    /// - Parameters:
    ///   - limit: the most rows on their way at once.
    ///   - refillAt: how many may still be on their way when the queue is looked at for more; below `limit`.
    package init(limit: Int, refillAt: Int) {
        precondition((0..<limit).contains(refillAt))
        self.limit = limit
        self.refillAt = refillAt
    }

    /// There is something new in the queue, or something in it has become due.
    package mutating func workArrived() {
        mayHoldMore = true
    }

    /// Begins a look at the queue: what to pass over and how many to take; nil when there is no use in one now.
    ///
    /// Work that arrives during the look counts as not seen.
    package mutating func lookUp() -> (passingOver: Set<Int64>, room: Int)? {
        guard wantsLook else { return nil }
        mayHoldMore = false
        return (inFlight, limit - inFlight.count)
    }

    /// Ends the look: these rows are on their way, of the `room` that there was.
    package mutating func took(_ rows: [Int64], of room: Int) {
        inFlight.formUnion(rows)
        if rows.count >= room { mayHoldMore = true }
    }

    /// A row is no longer on its way; returns whether to look for more now.
    package mutating func finished(_ row: Int64) -> Bool {
        inFlight.remove(row)
        return wantsLook
    }

    private var wantsLook: Bool { mayHoldMore && inFlight.count <= refillAt }
}
