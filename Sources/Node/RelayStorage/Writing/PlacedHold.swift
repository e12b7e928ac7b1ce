package import CanonicalEncoding
import GRDB
import MessageEnvelope
package import OpenSSLCrypto
package import Relaying
import Synchronization

/// A legal hold that is in force, with the entry that placed it.
package struct PlacedHold: Hashable, Sendable {
    package let index: UInt64
    package let time: Timestamp
    package let hold: LegalHold

    /// The holds that are in force, in the order of their entries: nothing but the entries says which.
    ///
    /// - Throws: ``StoreError/damaged(_:)`` when the details of one are gone or malformed, so that nothing is erased then.
    static func inForce(in database: Database) throws -> [PlacedHold] {
        let rows = try database.each(
            "SELECT e.idx, e.time, e.kind, d.bytes FROM entries e LEFT JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.kind IN ('\(AuditEntryKind.hold.rawValue)', '\(AuditEntryKind.holdRelease.rawValue)') "
                + "ORDER BY e.idx"
        )
        var placed: [PlacedHold] = []
        while let row = try rows.next() {
            let index = try row.entryIndex(0)
            guard let details = try row.optionalBytes(3), let json = parse(details) else {
                throw StoreError.damaged("the details of entry \(index), about a legal hold, are gone or malformed")
            }
            let isHold = try row.text(2) == AuditEntryKind.hold.rawValue
            if isHold, let hold = LegalHold(json: json) {
                placed.append(PlacedHold(index: index, time: try row.time(1), hold: hold))
            } else if !isHold, let release = LegalHoldRelease(json: json) {
                placed.removeAll { $0.index == release.hold }
            } else {
                throw StoreError.damaged("the details of entry \(index), about a legal hold, are malformed")
            }
        }
        return placed
    }

    private static func parse(_ details: [UInt8]) -> JSONValue? {
        do {
            return try JSONValue.parseCanonical(details, maximumSize: 64 << 20)
        } catch {
            return nil
        }
    }
}

extension RelayStore {
    /// The most ranges that one hold names.
    package static let holdRangeLimit = 1_000

    /// Places a legal hold, in one transaction with the entry that is it. INVARIANT: as long as it is not released, no
    /// erasure takes what it names.
    ///
    /// - Returns: the index of the entry.
    /// - Throws: ``StoreError/orderRefused(_:)`` when it names a message or entries that the log does not have.
    package func place(
        _ hold: LegalHold,
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> UInt64 {
        var draft = AuditEntryDraft(.hold, .done, realm: node.realm, policy: policy, directory: directory)
        draft.details = hold.json
        if case .message(let id) = hold.scope { draft.message = id }
        let prepared = PreparedEntry(draft)
        return try await writer.perform { transaction in
            switch hold.scope {
            case .message(let id):
                try ErasureTargets.expectEntry(about: id, in: transaction.database)
            case .entries(let ranges):
                guard ranges.ranges.count <= Self.holdRangeLimit else {
                    throw StoreError.orderRefused(
                        "expected at most \(Self.holdRangeLimit) ranges in one hold, got \(ranges.ranges.count)"
                    )
                }
                if let last = ranges.ranges.last?.upperBound, last >= transaction.nextIndex {
                    throw StoreError.orderRefused("there is no entry \(last)")
                }
            }
            return try transaction.append(prepared)
        }.value
    }

    /// What a hold of this scope can no longer keep: the bodies, and the entries' details, that are not there any more.
    package func gone(from scope: ErasureOrder.Scope) async throws(StoreError) -> (bodies: Int, details: Int) {
        try await read { database in
            let details =
                "SELECT count(*) FROM entries e LEFT JOIN entry_details d ON d.idx = e.idx WHERE d.idx IS NULL AND "
            switch scope {
            case .message(let id):
                let bodies =
                    "SELECT count(*) FROM messages m LEFT JOIN bodies b ON b.message = m.row WHERE b.message IS NULL AND m.id = ?"
                return (
                    Int(try database.integer(bodies, id.bytes.blob) ?? 0),
                    Int(try database.integer(details + "e.message = ?", id.bytes.blob) ?? 0)
                )
            case .entries(let ranges):
                let counts = try ranges.ranges.map { range in
                    try database.integer(
                        details + "e.idx BETWEEN ? AND ?",
                        Int64(clamping: range.lowerBound),
                        Int64(clamping: range.upperBound)
                    ) ?? 0
                }
                return (0, Int(counts.reduce(0, +)))
            }
        }
    }

    /// Ends a legal hold, in one transaction with the entry that says so.
    ///
    /// - Returns: the index of the entry.
    /// - Throws: ``StoreError/orderRefused(_:)`` when no hold of that number is in force.
    package func release(
        _ release: LegalHoldRelease,
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> UInt64 {
        let realm = node.realm
        let index = try await writer.perform { transaction in
            let holds = try PlacedHold.inForce(in: transaction.database)
            guard let placed = holds.first(where: { $0.index == release.hold }) else {
                throw StoreError.orderRefused("no legal hold of entry \(release.hold) is in force")
            }
            var draft = AuditEntryDraft(.holdRelease, .done, realm: realm, policy: policy, directory: directory)
            draft.details = release.json
            if case .message(let id) = placed.hold.scope { draft.message = id }
            return try transaction.append(PreparedEntry(draft))
        }.value
        // What retention has passed over for the hold is looked at again.
        retained.withLock { $0 = 0 }
        return index
    }

    /// The legal holds that are in force, in the order of their entries.
    package func holds() async throws(StoreError) -> [PlacedHold] {
        try await read { try PlacedHold.inForce(in: $0) }
    }
}
