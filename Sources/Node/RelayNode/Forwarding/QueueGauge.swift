import CoalitionDirectory
import RelayStorage
import SecurityLabels
import Synchronization

/// How much waits for each next hop, and who is still taken on when it is too much.
///
/// From the limit on, ROUTINE and below are refused for now; from one and a half times the limit on, everything below
/// FLASH. FLASH and above are taken as long as the disk has room. The counts are at most a second old.
final class QueueGauge: Sendable {
    /// The reason that the sender reads.
    static let reasonCode = "queue-full"

    private let counts = Mutex<[SPIFFEID: Int]>([:])

    init() {}

    /// Takes the counts of the store.
    func update(from status: StoreStatus) {
        var fresh: [SPIFFEID: Int] = [:]
        for queue in status.queues { fresh[queue.nextHop, default: 0] += queue.count }
        counts.withLock { $0 = fresh }
    }

    /// Whether an object of this precedence must wait with its sender until the queue to `nextHop` is shorter.
    func isFull(for nextHop: SPIFFEID, precedence: Precedence, limit: Int) -> Bool {
        let waiting = counts.withLock { $0[nextHop] ?? 0 }
        switch precedence {
        case .override, .flash: return false
        case .immediate, .priority: return waiting >= limit + limit / 2
        case .routine, .deferred: return waiting >= limit
        }
    }
}
