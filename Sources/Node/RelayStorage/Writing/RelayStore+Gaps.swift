package import CanonicalEncoding
package import CoalitionDirectory
import GRDB
package import Relaying
import TransparencyLog

extension RelayStore {
    /// Takes note of what the origin of a stream says of it. INVARIANT: once this returns, every number that the origin has
    /// owned up to has come, or is known to be missing.
    ///
    /// A heartbeat that is older than the last one came late and says nothing.
    package func note(heartbeat signal: VerifiedSignal, at now: Timestamp) async throws(StoreError) {
        guard case .heartbeat(let highest, let outstanding) = signal.statement.content else {
            throw .refused("a `\(signal.statement.kind.rawValue)` is no heartbeat")
        }
        let origin = signal.statement.origin
        let (bytes, realm, index) = (signal.signal.bytes, node.realm, signal.signal.link.entry.index)
        _ = try await writer.perform { transaction in
            let database = transaction.database
            let stream = try InboundStream.find(origin, in: database)
            guard index >= stream.heartbeatIndex else { return }
            if highest != stream.heartbeatHighest {
                try Self.checkHeartbeat(signal, highest, stream, realm, in: transaction)
            }
            if highest > stream.highest {
                try stream.advance(to: highest, missing: stream.highest + 1..<highest + 1, in: transaction)
            }
            try database.run(
                "UPDATE inbound_streams SET heartbeat = ?, heartbeat_time = ?, heartbeat_index = ?, "
                    + "heartbeat_highest = ?, outstanding = ? WHERE stream = ?",
                bytes.blob,
                now.millisecondsSinceEpoch,
                Int64(clamping: index),
                Int64(clamping: highest),
                outstanding.json.canonicalBytes.blob,
                stream.row
            )
        }
    }

    /// A heartbeat may not say less than one before, nor than a release that stood in the log already.
    private static func checkHeartbeat(
        _ signal: VerifiedSignal,
        _ highest: UInt64,
        _ stream: InboundStream,
        _ realm: Realm,
        in transaction: LogTransaction
    ) throws {
        let origin = signal.statement.origin
        let row = try transaction.database.first(
            "SELECT n.release, s.heartbeat FROM inbound_streams s LEFT JOIN inbound_numbers n "
                + "ON n.stream = s.stream AND n.number = s.highest WHERE s.stream = ?",
            stream.row
        )
        if highest < stream.heartbeatHighest {
            let earlier = try row?.optionalBytes(1).map { [$0] } ?? []
            try StreamFault(
                .heartbeatReceded,
                origin,
                realm,
                highest,
                [],
                heartbeats: earlier + [signal.signal.bytes]
            ).append(to: transaction)
        } else if highest < stream.highest,
            let release = try row?.optionalBytes(0).map({ try TransferLink(stored: $0) }),
            release.entry.index < signal.signal.link.entry.index
        {
            try StreamFault(.numberHidden, origin, realm, highest, [release], heartbeats: [signal.signal.bytes])
                .append(to: transaction)
        }
    }

    /// Raises what has been missing for longer than the grace time, unless the origin has said within it that it still
    /// waits there. INVARIANT: a gap is raised exactly when its `gap` entry is in the log.
    ///
    /// - Parameter grace: milliseconds.
    /// - Returns: the streams in which gaps were raised, by origin.
    package func raiseGaps(grace: Int64, at now: Timestamp) async throws(StoreError) -> Set<SPIFFEID> {
        let due = try await read { try LateNumbers.due(grace: grace, at: now, in: $0) }
        guard !due.isEmpty else { return [] }
        let realm = node.realm
        return try await writer.perform { transaction in
            var raised: Set<SPIFFEID> = []
            let database = transaction.database
            for late in try LateNumbers.due(grace: grace, at: now, in: database) {
                try late.gap.delete(in: database)
                for (part, isAnnounced) in late.parts {
                    var entry: UInt64?
                    if !isAnnounced {
                        entry = try Gap.raise(part, realm: realm, origin: late.origin, in: transaction)
                        raised.insert(late.origin)
                    }
                    try Gap.insert(
                        part,
                        of: late.gap.stream,
                        noticed: late.gap.noticed,
                        openingEntry: entry.map { Int64($0) },
                        in: database
                    )
                }
            }
            return raised
        }.value
    }

    /// Takes note of what the origin says became of missing numbers. INVARIANT: a number is void here exactly when the
    /// origin has proven that its log closed it, and the `gap` entry that ends the matter is in this log.
    package func settle(report signal: VerifiedSignal) async throws(StoreError) {
        guard case .gapReport(let fates) = signal.statement.content else {
            throw .refused("a `\(signal.statement.kind.rawValue)` is no gap report")
        }
        let (origin, realm, bytes) = (signal.statement.origin, node.realm, signal.signal.bytes)
        let unproven = signal.unproven
        _ = try await writer.perform { transaction in
            let database = transaction.database
            let stream = try InboundStream.find(origin, in: database)
            for fate in fates {
                guard let gap = try Gap.isolate(fate.number, of: stream.row, in: database) else { continue }
                switch fate.state {
                case .void:
                    guard let release = fate.links.first, let void = fate.links.last else { continue }
                    let reason = void.entry.reasons.first ?? "void"
                    let entry = transaction.nextIndex
                    try gap.endVoid(void, reason, realm: realm, origin: origin, in: transaction)
                    try InboundNumber.insert(fate.number, of: stream, .void, release, entry: entry, in: database)
                case .outstanding, .handedOver, .lost, .neverReleased:
                    var word = fate.state.rawValue
                    if fate.state == .handedOver {
                        if unproven.contains(fate.number) { word += ", not proven" }
                        word += ": \(fate.links.last?.entry.log.rawValue ?? "")"
                    }
                    let before = try database.first("SELECT word FROM gaps WHERE gap = ?", gap.row)?.optionalText(0)
                    if fate.state == .neverReleased, before != word {
                        try StreamFault(.numberSkipped, origin, realm, fate.number, [], heartbeats: [bytes])
                            .append(to: transaction)
                    }
                    try database.run("UPDATE gaps SET word = ? WHERE gap = ?", word, gap.row)
                }
            }
        }
    }
}

extension Gap {
    /// Ends it by the origin's proof that it is void; that is worth an entry also where the gap was never raised.
    fileprivate func endVoid(
        _ void: TransferLink,
        _ reason: String,
        realm: Realm,
        origin: SPIFFEID,
        in transaction: LogTransaction
    ) throws {
        var details = Self.details(range, origin)
        details["opened"] = openingEntry.map { .integer($0) }
        details["void"] = void.json
        let draft = AuditEntryDraft(
            .gap,
            .done,
            realm: realm,
            peer: origin,
            reasons: ["void", reason],
            details: .object(details)
        )
        let index = Int64(try transaction.append(PreparedEntry(draft)))
        try transaction.database.run(
            "UPDATE gaps SET opening_entry = coalesce(opening_entry, ?), closing_entry = ?, ended = ? WHERE gap = ?",
            index,
            index,
            "void: \(reason)",
            row
        )
    }
}

/// A gap whose grace time is over, cut into what the origin says still waits with it and what it does not.
private struct LateNumbers {
    let gap: Gap
    let origin: SPIFFEID
    let parts: [(part: ClosedRange<UInt64>, isIn: Bool)]

    /// The most gaps that are raised at once.
    private static let limit = 1000

    static func due(grace: Int64, at now: Timestamp, in database: Database) throws -> [LateNumbers] {
        let latest = now.millisecondsSinceEpoch - grace
        let rows = try database.all(
            "SELECT g.gap, g.first, g.last, g.stream, g.noticed, g.opening_entry, s.origin, s.outstanding, "
                + "s.heartbeat_time FROM gaps g JOIN inbound_streams s ON s.stream = g.stream "
                + "WHERE g.closing_entry IS NULL AND g.opening_entry IS NULL AND g.noticed <= ? LIMIT \(limit)",
            latest
        )
        return try rows.compactMap { row in
            let gap = try Gap(row)
            var announced = NumberRanges()
            if let bytes = try row.optionalBytes(7), let time = try row.optionalInteger(8), time >= latest {
                let json = try JSONValue.parseCanonical(bytes)
                guard let ranges = NumberRanges(json: json, limit: StreamStatement.maximumRanges) else {
                    throw StoreError.damaged("the outstanding numbers of a heartbeat")
                }
                announced = ranges
            }
            let parts = announced.split(gap.range)
            guard parts.contains(where: { !$0.isIn }) else { return nil }
            return LateNumbers(gap: gap, origin: try row.spiffeID(6), parts: parts)
        }
    }
}
