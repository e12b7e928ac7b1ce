import CanonicalEncoding
import GRDB
import MessageEnvelope
package import OpenSSLCrypto
package import Relaying
import Synchronization

/// What one look at what is no longer to be kept has done.
package struct RetentionRun: Hashable, Sendable {
    /// What was erased, with the entries that say so; each in a transaction of its own.
    package fileprivate(set) var erasures: [Erasure] = []
    /// What was kept beyond its time, by the entries of the legal holds for which it was.
    package fileprivate(set) var held: [UInt64: KeptBeyondTime] = [:]
}

/// What a legal hold has kept beyond its time.
package struct KeptBeyondTime: Hashable, Sendable {
    /// The digests of the envelopes whose bodies were kept: all there are.
    package var bodies: Set<SHA256Digest>
    /// Of how many entries the details were kept that no look had come upon before.
    package var details: Int

    package init(bodies: Set<SHA256Digest> = [], details: Int = 0) {
        self.bodies = bodies
        self.details = details
    }

    mutating func add(_ other: KeptBeyondTime) {
        bodies.formUnion(other.bodies)
        details += other.details
    }
}

extension RelayStore {
    /// The most bytes of bodies that one transaction of retention erases, beside a first one that is larger.
    static let retentionBytes: Int64 = 32 << 20

    /// Erases what the rule no longer keeps, apart from what a legal hold names.
    ///
    /// It goes in steps, each a short transaction that looks at ``erasureLimit`` bodies and as many details at most, so
    /// that commits go on between them. Details that stay, as their kind is kept or a hold names them, are not looked at again.
    package func keep(
        _ rule: RetentionRule,
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> RetentionRun {
        let realm = node.realm
        var run = RetentionRun()
        var place = RetentionPlace(entry: retained.withLock { $0 })
        while !place.isEnd, !Task.isCancelled {
            let start = place
            let step = try await writer.perform { transaction -> (RetentionStep, UInt64?) in
                let step = try RetentionStep(rule, from: start, at: transaction.time, in: transaction.database)
                guard !step.targets.isEmpty else { return (step, nil) }
                try step.targets.erase(from: transaction.database)
                var draft = AuditEntryDraft(.erasure, .done, realm: realm, policy: policy, directory: directory)
                draft.details = step.record.json
                return (step, try transaction.append(PreparedEntry(draft)))
            }.value
            for (hold, kept) in step.0.held { run.held[hold, default: KeptBeyondTime()].add(kept) }
            place = step.0.next
            if let index = step.1 {
                run.erasures.append(Erasure(index: index, record: step.0.record, isWriteAheadLogEmpty: false))
            }
        }
        retained.withLock { $0 = place.entry }
        guard !run.erasures.isEmpty, try await truncateWriteAheadLog() else { return run }
        run.erasures = run.erasures.map {
            Erasure(index: $0.index, record: $0.record, isWriteAheadLogEmpty: true)
        }
        return run
    }
}

/// How far retention has come.
struct RetentionPlace: Hashable, Sendable {
    /// The first row of `messages` that was not looked at.
    var message: Int64 = 1
    /// The first entry that was not looked at.
    var entry: UInt64
    /// Whether nothing is left to look at.
    var isEnd = false
}

/// A bounded part of what retention takes away.
private struct RetentionStep {
    private(set) var targets = ErasureTargets()
    private(set) var held: [UInt64: KeptBeyondTime] = [:]
    private(set) var next: RetentionPlace

    init(_ rule: RetentionRule, from place: RetentionPlace, at time: Timestamp, in database: Database) throws {
        next = place
        let placed = try PlacedHold.inForce(in: database)
        var isEnd = true
        if let limit = rule.bodiesBefore {
            isEnd = try takeBodies(takenOnBefore: limit, now: time, placed, database)
        }
        if let limit = rule.detailsBefore {
            isEnd = try takeDetails(before: limit, placed, database) && isEnd
        }
        next.isEnd = isEnd
    }

    var record: ErasureRecord {
        ErasureRecord(
            entries: targets.entries,
            bodies: Set(targets.bodies.map(\.envelope)),
            authority: "the node's configuration",
            reason: "retention",
            persons: []
        )
    }

    /// - Returns: whether no body is left to look at.
    private mutating func takeBodies(
        takenOnBefore limit: Timestamp,
        now: Timestamp,
        _ placed: [PlacedHold],
        _ database: Database
    ) throws -> Bool {
        let last = try database.integer("SELECT max(row) FROM messages") ?? 0
        let end = try Self.firstRow(from: next.message, to: last + 1) { row in
            try database.integer("SELECT accepted_at FROM messages WHERE row = ?", row) ?? 0
                >= limit.millisecondsSinceEpoch
        }
        var holds: [MessageID: UInt64] = [:]
        for placed in placed {
            if case .message(let id) = placed.hold.scope { holds[id] = placed.index }
        }
        let rows = try database.each(
            """
            SELECT m.row, m.digest, m.id, m.body_size,
                NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = m.row AND o.state = 'queued')
                AND (m.expires <= ?1 OR NOT EXISTS (SELECT 1 FROM inbox i WHERE i.message = m.row AND i.receipt IS NULL))
            FROM bodies b CROSS JOIN messages m ON m.row = b.message
            WHERE b.message >= ?2 AND b.message < ?3 ORDER BY b.message LIMIT \(RelayStore.erasureLimit)
            """,
            now.millisecondsSinceEpoch,
            next.message,
            end
        )
        var (count, size): (Int, Int64) = (0, 0)
        while let row = try rows.next() {
            let number = try row.integer(0)
            count += 1
            if try row.integer(4) == 1 {
                if let hold = holds[try row.messageID(2)] {
                    held[hold, default: KeptBeyondTime()].bodies.insert(try row.digest(1))
                } else {
                    size += try row.integer(3)
                    if size > RelayStore.retentionBytes, !targets.bodies.isEmpty { return false }
                    targets.bodies.append(.init(message: number, envelope: try row.digest(1)))
                }
            }
            next.message = number + 1
        }
        return count < RelayStore.erasureLimit
    }

    /// - Returns: whether no details are left to look at.
    private mutating func takeDetails(
        before limit: Timestamp,
        _ placed: [PlacedHold],
        _ database: Database
    ) throws -> Bool {
        let size = try database.integer("SELECT max(idx) + 1 FROM entries") ?? 0
        let first = Int64(clamping: next.entry)
        let end = try Self.firstRow(from: first, to: size) { index in
            try database.integer("SELECT time FROM entries WHERE idx = ?", index) ?? 0 >= limit.millisecondsSinceEpoch
        }
        let kept = try placed.map { (index: $0.index, entries: try Self.entries(of: $0, database)) }
        let rows = try database.each(
            """
            SELECT d.idx, e.kind IN (\(ErasureTargets.erasable)) FROM entry_details d CROSS JOIN entries e ON e.idx = d.idx
            WHERE d.idx >= ?1 AND d.idx < ?2 ORDER BY d.idx LIMIT \(RelayStore.erasureLimit)
            """,
            first,
            end
        )
        var count = 0
        while let row = try rows.next() {
            let index = try row.entryIndex(0)
            count += 1
            next.entry = index + 1
            guard try row.integer(1) == 1 else { continue }
            if let hold = kept.first(where: { $0.entries.contains(index) })?.index {
                held[hold, default: KeptBeyondTime()].details += 1
            } else {
                targets.entries.insert(last: index)
            }
        }
        return count < RelayStore.erasureLimit
    }

    /// The entries that a hold names.
    private static func entries(of placed: PlacedHold, _ database: Database) throws -> IndexRanges {
        switch placed.hold.scope {
        case .entries(let ranges): return ranges
        case .message(let id):
            let about = try database.all("SELECT idx FROM entries WHERE message = ? ORDER BY idx", id.bytes.blob)
            return IndexRanges(try about.map { try $0.entryIndex(0) })
        }
    }

    /// The first row that is late enough: rows go up with time, so that a few of them tell.
    private static func firstRow(from first: Int64, to end: Int64, isLate: (Int64) throws -> Bool) throws -> Int64 {
        var low = first
        var high = max(first, end)
        while low < high {
            let middle = low + (high - low) / 2
            if try isLate(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
