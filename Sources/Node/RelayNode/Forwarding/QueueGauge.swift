import CoalitionDirectory
import RelayStorage
import SecurityLabels
import Synchronization

/// How much waits for each next hop, and who is still taken on when it is too much.
///
/// From the limit on, ROUTINE and below are refused for now; from one and a half times the limit on, everything below
/// FLASH. FLASH and above are taken as long as the disk has room.
///
/// INVARIANT: what was counted last, what was stored since, and what is being stored together are never less than what
/// waits, so that the bound holds within a burst too. They may be more for as long as a count is old: what the next hop
/// has taken over shows with the next count only.
final class QueueGauge: Sendable {
    /// The reason that the sender reads.
    static let reasonCode = "queue-full"

    private struct Length {
        /// What the store has counted.
        var counted = 0
        /// Stored since that count began.
        var stored = 0
        /// Given a place, and not stored yet.
        var underWay = 0

        var total: Int { counted + stored + underWay }
    }

    private let lengths = Mutex<[SPIFFEID: Length]>([:])

    init() {}

    /// Counts anew.
    func measure(_ count: () async throws(StoreError) -> [SPIFFEID: Int]) async throws(StoreError) {
        let before = lengths.withLock { $0.mapValues(\.stored) }
        let counts = try await count()
        lengths.withLock { lengths in
            for nextHop in Set(lengths.keys).union(counts.keys) {
                var length = lengths[nextHop] ?? Length()
                length.counted = counts[nextHop] ?? 0
                length.stored -= before[nextHop] ?? 0
                lengths[nextHop] = length.total == 0 ? nil : length
            }
        }
    }

    /// Gives an object of this precedence a place in each queue, or in none: then the next hop is returned whose queue is
    /// too long, and the object must wait with its sender.
    ///
    /// Whoever has places says with ``settle(_:isStored:)`` what became of them.
    func takePlaces(in nextHops: [SPIFFEID], precedence: Precedence, limit: Int) -> SPIFFEID? {
        lengths.withLock { lengths in
            for nextHop in nextHops
            where Self.isFull(lengths[nextHop]?.total ?? 0, for: precedence, limit: limit) { return nextHop }
            for nextHop in nextHops { lengths[nextHop, default: Length()].underWay += 1 }
            return nil
        }
    }

    /// Ends what ``takePlaces(in:precedence:limit:)`` began, once it is known whether the object waits there now.
    func settle(_ nextHops: [SPIFFEID], isStored: Bool) {
        lengths.withLock { lengths in
            for nextHop in nextHops {
                lengths[nextHop, default: Length()].underWay -= 1
                if isStored { lengths[nextHop, default: Length()].stored += 1 }
            }
        }
    }

    private static func isFull(_ length: Int, for precedence: Precedence, limit: Int) -> Bool {
        switch precedence {
        case .override, .flash: false
        case .immediate, .priority: length >= limit + limit / 2
        case .routine, .deferred: length >= limit
        }
    }
}
