import Synchronization
package import TransparencyLog

/// Whether this node's own log is still the one that its witnesses have seen.
///
/// Once it is not, for instance because an old copy of the database was restored, everything that the node would append
/// makes the fork longer: it takes on and hands over nothing any more, until an operator has begun a new log.
package final class LogStanding: Sendable {
    /// What refuses requests meanwhile.
    package static let reasonCode = "log-behind"

    private let evidence = Mutex<Fork?>(nil)

    package init() {}

    /// What shows that the log is not what its witnesses have seen; nil while all is well.
    package var fork: Fork? { evidence.withLock { $0 } }

    package var isBroken: Bool { fork != nil }

    /// - Returns: whether this is news.
    func breaks(by fork: Fork) -> Bool {
        evidence.withLock { evidence in
            defer { evidence = evidence ?? fork }
            return evidence == nil
        }
    }
}
