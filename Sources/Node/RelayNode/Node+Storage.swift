import CanonicalEncoding
import Logging
import OperatorInterface
import RelayStorage
import Synchronization

/// That what was erased may still stand in the write-ahead log.
struct UnfinishedWipe: Hashable, Sendable {
    let since: Timestamp
    /// How many erasures have found the log held since then.
    let erasures: Int
}

/// What the store says of its disk, as alarms.
extension Node {
    /// How long a failed read is alarmed, in seconds.
    private static let readAlarmDuration: Int64 = 3600

    /// Raises an alarm for each thing that is wrong with the store or its disk, and ends it when it is put right.
    ///
    /// - Parameters:
    ///   - bound: the size of the write-ahead log above which a reader is in its way, in bytes.
    ///   - lowRoom: the room on the disk below which somebody has to make more, in bytes.
    func watchStorage(bound: Int = RelayStore.writeAheadLogBound, lowRoom: Int = RelayStore.lowRoom) {
        do {
            let found = [
                commitAlarm,
                readAlarm,
                try roomAlarm(below: lowRoom),
                try writeAheadLogAlarm(above: bound),
                wipes.withLock { $0 }.map { Self.wipeAlarm(since: $0.since) },
            ].compactMap { $0 }
            let known = alarms.withLock { alarms in
                defer { alarms.storage = found }
                return Set(alarms.storage.map(\.code))
            }
            for alarm in found where !known.contains(alarm.code) {
                logger.error(
                    "storage alarm",
                    metadata: [LogKey.code: "\(alarm.code)", LogKey.detail: "\(alarm.detail)"]
                )
            }
        } catch {
            logger.error("cannot look at the storage", metadata: [LogKey.error: "\(error)"])
        }
    }

    private var commitAlarm: NodeDescription.Alarm? {
        guard let run = store.commitTroubles.current else { return nil }
        return NodeDescription.Alarm(
            code: run.last.problem.rawValue,
            detail:
                "nothing could be logged since \(run.since), so that nothing is taken on; \(run.count) commits have failed, "
                + "the last: \(run.last). It ends with the next commit that succeeds"
        )
    }

    /// What cannot be read is asked for now and then, so that success with other rows ends nothing.
    private var readAlarm: NodeDescription.Alarm? {
        let troubles = store.readTroubles
        guard let last = troubles.last, clock() < last.time.adding(seconds: Self.readAlarmDuration) else { return nil }
        return NodeDescription.Alarm(
            code: "storage-unreadable",
            detail:
                "\(troubles.count) reads have failed since the node started, the last at \(last.time): \(last.error). Look at the "
                + "disk and verify the log; this alarm ends an hour behind the last failure"
        )
    }

    private func roomAlarm(below low: Int) throws(StoreError) -> NodeDescription.Alarm? {
        let size = try store.availableSize()
        guard size < low else { return nil }
        return NodeDescription.Alarm(
            code: "storage-low",
            detail:
                "less than \(low >> 20) MiB are free on the disk of the data folder, \(size >> 20) MiB now: make room, for when "
                + "it is full nothing is taken on"
        )
    }

    private func writeAheadLogAlarm(above bound: Int) throws(StoreError) -> NodeDescription.Alarm? {
        guard try store.writeAheadLogSize() > bound else { return nil }
        return NodeDescription.Alarm(
            code: "write-ahead-log",
            detail:
                "it has grown to more than \(bound >> 20) MiB: some process holds a read transaction on the "
                + "database; end it (`fuser` names those that have the file open)"
        )
    }

    private static func wipeAlarm(since time: Timestamp) -> NodeDescription.Alarm {
        NodeDescription.Alarm(
            code: "erasure-unfinished",
            detail:
                "what was erased before \(time) may still stand in the database or its write-ahead log: some process holds a read transaction on "
                + "the database; end it (`fuser` names those that have the file open), and it is tried again by itself"
        )
    }
}
