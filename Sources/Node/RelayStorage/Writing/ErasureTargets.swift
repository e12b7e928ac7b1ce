import CanonicalEncoding
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// The rows that an erasure takes away.
struct ErasureTargets {
    struct Body {
        let message: Int64
        let envelope: SHA256Digest
    }

    var entries = IndexRanges()
    var bodies: [Body] = []

    /// The kinds whose details are erasable, as a list of SQL.
    static let erasable = AuditEntryKind.erasable.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")

    init() {}

    /// What an order names.
    /// - Throws: ``StoreError/orderRefused(_:)`` when some of it may not be erased.
    init(_ order: ErasureOrder, at time: Timestamp, in database: Database) throws {
        let holds = try PlacedHold.inForce(in: database)
        switch order.scope {
        case .message(let id):
            if let placed = holds.first(where: { $0.hold.scope == .message(id) }) {
                throw Self.held("message `\(id)`", by: placed)
            }
            try Self.expectEntry(about: id, in: database)
            try take(id, includesUnread: order.includesUnread, at: time, in: database)
        case .entries(let ranges): try take(ranges, in: database)
        }
        for placed in holds {
            if let index = try placed.firstHeld(of: entries, in: database) {
                throw Self.held("entry \(index)", by: placed)
            }
        }
    }

    var isEmpty: Bool { entries.isEmpty && bodies.isEmpty }

    func erase(from database: Database) throws {
        for body in bodies { try database.run("DELETE FROM bodies WHERE message = ?", body.message) }
        for range in entries.ranges {
            try database.run(
                "DELETE FROM entry_details WHERE idx BETWEEN ? AND ?",
                Int64(range.lowerBound),
                Int64(range.upperBound)
            )
        }
    }

    /// What the log has never had is a mistake of whoever names it, and not something that is erased already.
    static func expectEntry(about id: MessageID, in database: Database) throws {
        let known = try database.first("SELECT 1 FROM entries WHERE message = ? LIMIT 1", id.bytes.blob)
        guard known != nil else {
            throw StoreError.orderRefused("no entry is about a message `\(id)`: check the id")
        }
    }

    private static func held(_ what: String, by placed: PlacedHold) -> StoreError {
        .orderRefused(
            "\(what) is under the legal hold of entry \(placed.index) (\(placed.hold.authority)): nothing is erased "
                + "until it is released with `entente audit release-hold \(placed.index)`"
        )
    }

    private mutating func take(
        _ id: MessageID,
        includesUnread: Bool,
        at time: Timestamp,
        in database: Database
    ) throws {
        let queued = try database.first(
            "SELECT o.destination FROM outbox o JOIN messages m ON m.row = o.message "
                + "WHERE m.id = ? AND o.state = 'queued' LIMIT 1",
            id.bytes.blob
        )
        if let queued {
            throw StoreError.orderRefused(
                "message `\(id)` is still on its way to `\(try queued.text(0))`: wait until it is there, or void"
            )
        }
        let unread = try database.first(
            "SELECT i.mailbox FROM inbox i JOIN messages m ON m.row = i.message "
                + "WHERE m.id = ? AND i.receipt IS NULL AND m.expires > ? LIMIT 1",
            id.bytes.blob,
            time.millisecondsSinceEpoch
        )
        if let unread, !includesUnread {
            throw StoreError.orderRefused(
                "message `\(id)` was not opened by mailbox `\(try unread.text(0))`: wait, or order that unread ones go too (`--unread`)"
            )
        }
        bodies = try database.all(
            "SELECT m.row, m.digest FROM messages m JOIN bodies b ON b.message = m.row WHERE m.id = ?",
            id.bytes.blob
        ).map { Body(message: try $0.integer(0), envelope: try $0.digest(1)) }
        let found = try database.all(
            "SELECT e.idx FROM entries e JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.message = ? AND e.kind IN (\(Self.erasable)) ORDER BY e.idx",
            id.bytes.blob
        )
        entries = IndexRanges(try found.map { try $0.entryIndex(0) })
    }

    private mutating func take(_ ranges: IndexRanges, in database: Database) throws {
        guard ranges.count <= RelayStore.erasureLimit else {
            throw StoreError.orderRefused(
                "expected at most \(RelayStore.erasureLimit) entries at once, got \(ranges.count)"
            )
        }
        for index in ranges.ranges.joined() {
            let row = try database.first(
                "SELECT e.kind, d.idx IS NOT NULL FROM entries e LEFT JOIN entry_details d ON d.idx = e.idx WHERE e.idx = ?",
                Int64(clamping: index)
            )
            guard let row else { throw StoreError.orderRefused("there is no entry \(index)") }
            let kind = try row.text(0)
            guard AuditEntryKind(rawValue: kind).map(AuditEntryKind.erasable.contains) ?? false else {
                throw StoreError.orderRefused("entry \(index) is of the kind `\(kind)`, whose details stay")
            }
            if try row.integer(1) == 1 { entries.insert(last: index) }
        }
    }
}

extension PlacedHold {
    /// The first of these entries whose details the hold keeps.
    func firstHeld(of entries: IndexRanges, in database: Database) throws -> UInt64? {
        switch hold.scope {
        case .entries(let ranges): return entries.firstShared(with: ranges)
        case .message(let id):
            guard !entries.isEmpty else { return nil }
            let about = try database.all("SELECT idx FROM entries WHERE message = ? ORDER BY idx", id.bytes.blob)
            return entries.firstShared(with: IndexRanges(try about.map { try $0.entryIndex(0) }))
        }
    }
}
