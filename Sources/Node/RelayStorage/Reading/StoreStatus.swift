package import CanonicalEncoding
package import CoalitionDirectory
import Foundation
import GRDB
package import SecurityLabels
package import TransparencyLog

/// The store at a glance.
package struct StoreStatus: Hashable, Sendable {
    /// What waits for one next hop at one precedence.
    package struct Queue: Hashable, Sendable {
        package let nextHop: SPIFFEID
        package let precedence: Precedence
        package let count: Int
        /// The objects' bytes.
        package let size: Int
        /// When the first of them is, or was, due.
        package let oldestDue: Timestamp
        /// When the first of them was taken on.
        package let oldestAccepted: Timestamp
    }

    /// What one mailbox holds.
    package struct Mailbox: Hashable, Sendable {
        package let mailbox: MailboxName
        package let count: Int
        /// How many have no delivery receipt yet.
        package let unreceipted: Int
    }

    package let checkpoint: SignedCheckpoint
    /// When the last checkpoint was signed.
    package let checkpointTime: Timestamp
    /// How many commits have appended entries.
    package let commitCount: Int
    /// By next hop, then the most urgent first.
    package let queues: [Queue]
    package let mailboxes: [Mailbox]
    /// The size of the database file in bytes.
    package let databaseSize: Int
    /// The size of the write-ahead log in bytes.
    package let writeAheadLogSize: Int
    /// The bytes that can still be written to the file system of the data folder.
    package let availableSize: Int
    /// How many commits the disk or the database did not take since the store was opened.
    package let failedCommitCount: Int
    /// How many reads have failed for the disk or the database since then.
    package let failedReadCount: Int

    /// The number of entries in the log.
    package var logSize: UInt64 { checkpoint.checkpoint.head.size }
}

extension RelayStore {
    /// The store at a glance, over the state of the last commit.
    package func status() async throws(StoreError) -> StoreStatus {
        let path = pool.path
        let failedCommitCount = commitTroubles.count
        let failedReadCount = readTroubles.count
        let availableSize = try availableSize()
        return try await read { database in
            let queues = try database.all(
                "SELECT o.next_hop, o.precedence, count(*), sum(o.size), min(o.due), min(e.time) "
                    + "FROM outbox o JOIN entries e ON e.idx = o.entry_index WHERE o.state = 'queued' "
                    + "GROUP BY o.next_hop, o.precedence ORDER BY o.next_hop, o.precedence DESC"
            )
            let mailboxes = try database.all(
                "SELECT mailbox, count(*), sum(receipt IS NULL) FROM inbox GROUP BY mailbox ORDER BY mailbox"
            )
            let last = try database.first("SELECT time, number FROM checkpoints ORDER BY size DESC LIMIT 1")
            return StoreStatus(
                checkpoint: try CheckpointTable.latest(in: database),
                checkpointTime: Timestamp(millisecondsSinceEpoch: try last?.integer(0) ?? 0),
                commitCount: Int(try last?.integer(1) ?? 0),
                queues: try queues.map { row in
                    StoreStatus.Queue(
                        nextHop: try row.spiffeID(0),
                        precedence: try row.precedence(1),
                        count: Int(try row.integer(2)),
                        size: Int(try row.integer(3)),
                        oldestDue: try row.time(4),
                        oldestAccepted: try row.time(5)
                    )
                },
                mailboxes: try mailboxes.map { row in
                    StoreStatus.Mailbox(
                        mailbox: try row.mailboxName(0),
                        count: Int(try row.integer(1)),
                        unreceipted: Int(try row.integer(2))
                    )
                },
                databaseSize: try size(of: path),
                writeAheadLogSize: try size(of: path + "-wal"),
                availableSize: availableSize,
                failedCommitCount: failedCommitCount,
                failedReadCount: failedReadCount
            )
        }
    }
}

extension RelayStore {
    /// How many objects wait for each next hop: a walk over one index, cheap enough to be asked every second.
    package func queueLengths() async throws(StoreError) -> [SPIFFEID: Int] {
        try await read { database in
            let rows = try database.all(
                "SELECT next_hop, count(*) FROM outbox INDEXED BY outbox_by_due WHERE state = 'queued' GROUP BY next_hop"
            )
            return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.spiffeID(0), Int(try $0.integer(1))) })
        }
    }
}

extension RelayStore {
    /// The size from which on something keeps the write-ahead log from being moved into the database: four times what a
    /// commit moves.
    package static let writeAheadLogBound = 128 << 20

    /// The room on the disk below which somebody has to make more, in bytes.
    package static let lowRoom = 512 << 20

    /// Commits that the disk or the database did not take.
    package var commitTroubles: CommitTroubles { writer.commitTroubles }

    /// The bytes that can still be written to the file system of the data folder.
    package func availableSize() throws(StoreError) -> Int {
        guard let bytes = FileSystemRoom.bytes(at: folderPath) else {
            throw DurableFolder.failure("look at `\(folderPath)`")
        }
        return bytes
    }

    /// The size of the write-ahead log in bytes, as the file system shows it.
    package func writeAheadLogSize() throws(StoreError) -> Int {
        do {
            return try size(of: pool.path + "-wal")
        } catch {
            throw StoreError(error)
        }
    }
}

private func size(of path: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    return (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
}
