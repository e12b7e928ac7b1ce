import CanonicalEncoding
import CoalitionDirectory
import GRDB
import Relaying
import SecurityLabels

/// Reads what counting takes of each entry, from a query over ``columns`` of ``source``.
struct CountedEntryReading {
    static let columns = """
        e.idx, e.time, e.kind, e.outcome, e.peer, e.destination, CASE WHEN e.reasons <> '[]' THEN e.reasons END,
        CASE WHEN e.kind IN ('release', 'acceptance', 'relay', 'denial')
            THEN instr(e.bytes, CAST('"object":"message"' AS BLOB)) > 0 END,
        d.idx IS NOT NULL,
        CASE WHEN e.kind IN ('release', 'acceptance', 'relay', 'denial', 'refusal', 'trust-change') THEN d.bytes END,
        m.originator, m.precedence, m.body_size, o.state, c.time, c.reasons,
        CASE e.kind
            WHEN 'release' THEN (SELECT json_group_array(json_array(r.recipient, r.received)) FROM receipts r
                WHERE r.message = m.row)
            WHEN 'acceptance' THEN (SELECT json_group_array(json_array(i.mailbox, t.time)) FROM inbox i
                JOIN entries t ON t.idx = i.first_entry WHERE i.message = m.row)
            END,
        CASE WHEN e.kind = 'release' THEN (SELECT n.reason FROM non_deliveries n
            WHERE n.message = m.row AND n.destination = e.destination) END,
        CASE WHEN o.next_hop <> o.destination THEN (SELECT l.link FROM onward_custody l
            JOIN entries x ON x.idx = l.entry_index WHERE l.transfer = o.row AND x.peer = o.destination) END
        """

    /// Of two messages of one id, an entry is about the one whose digest it holds.
    static let source = """
        entries e LEFT JOIN entry_details d ON d.idx = e.idx
        LEFT JOIN messages m ON m.row = CASE WHEN e.kind IN ('release', 'acceptance', 'relay') THEN
            (SELECT x.row FROM messages x
                WHERE x.id = e.message AND instr(e.bytes, CAST(lower(hex(x.digest)) AS BLOB)) > 0 LIMIT 1) END
        LEFT JOIN outbox o ON o.entry_index = CASE WHEN e.kind IN ('release', 'relay') THEN e.idx END
        LEFT JOIN entries c ON c.idx = o.closing_entry
        """

    /// The largest count and size that are taken: what a node writes is far below, and sums of them fit.
    private static let largest: Int64 = 1 << 32

    // Few different ones come, over and over.
    private var identities: [String: SPIFFEID] = [:]
    private var reasons: [String: [String]] = [:]

    mutating func entry(_ row: borrowing RowReader) throws -> CountedEntry {
        guard let index = row.integer(0), index >= 0, let milliseconds = row.integer(1),
            let kind = text(row, 2).flatMap(AuditEntryKind.init(rawValue:)),
            let outcome = text(row, 3).flatMap(AuditOutcome.init(rawValue:))
        else {
            throw StoreError.damaged(
                "entry \(row.integer(0).map { "\($0)" } ?? "-") has other columns than an entry has"
            )
        }
        var entry = CountedEntry(
            index: UInt64(index),
            time: try Self.time(milliseconds, of: index),
            kind: kind,
            outcome: outcome
        )
        entry.peer = try identity(row, 4)
        entry.destination = try identity(row, 5)
        entry.reasons = try names(row, 6)
        entry.isAboutMessage = row.integer(7) == 1
        entry.hasDetails = row.integer(8) == 1
        if entry.isAboutMessage { try readMessage(row, into: &entry) }
        if let bytes = row.blob(9) { try readDetails(Array(bytes), into: &entry) }
        if kind == .acceptance, entry.isAboutMessage { entry.receipts = try ownReceipts(row, of: entry) }
        return entry
    }

    private mutating func readMessage(_ row: borrowing RowReader, into entry: inout CountedEntry) throws {
        if let originator = text(row, 10) { entry.originator = try Self.mailbox(originator) }
        entry.precedence = row.integer(11).flatMap { Precedence(rawValue: Int(clamping: $0)) }
        entry.bodySize = row.integer(12).map { Int(min(max($0, 0), Self.largest)) }
        switch text(row, 13) {
        case "queued": entry.fate = .waiting
        case "transferred":
            guard let closed = row.integer(14) else { break }
            entry.fate = .handedOver(at: try Self.time(closed, of: Int64(entry.index)))
        case "void": entry.fate = .given(up: try names(row, 15).first ?? "void")
        default: break
        }
        entry.nonDelivery = text(row, 17)
        entry.arrival = try row.blob(18).map { try TransferLink(stored: Array($0)).entry.time }
        guard entry.kind == .release, let receipts = text(row, 16) else { return }
        for (recipient, time) in try Self.pairs(receipts) { entry.receipts[try Self.mailbox(recipient)] = time }
    }

    /// The receipts of mailboxes here, which the database names without their partner.
    private func ownReceipts(
        _ row: borrowing RowReader,
        of entry: CountedEntry
    ) throws -> [MailboxAddress: Timestamp] {
        guard let text = text(row, 16), let own = entry.decisions?.first?.recipient.partner else { return [:] }
        var receipts: [MailboxAddress: Timestamp] = [:]
        for (mailbox, time) in try Self.pairs(text) { receipts[try Self.mailbox("\(own)/\(mailbox)")] = time }
        return receipts
    }

    /// What details do not say as a node writes them does not count: `audit verify` finds what was changed.
    private func readDetails(_ bytes: [UInt8], into entry: inout CountedEntry) throws {
        let details: JSONValue
        do {
            details = try JSONValue.parse(bytes)
        } catch {
            entry.hasDetails = false
            return
        }
        if entry.kind == .refusal {
            entry.weight = Int(min(max(details["count"]?.integerValue ?? 1, 1), Self.largest))
            return
        }
        if entry.kind == .trustChange {
            if let partner = details["partner"]?.stringValue { entry.refusedSheet = Self.partner(partner) }
            return
        }
        guard entry.isAboutMessage else { return }
        entry.marking = details["label"]?.stringValue
        if let parts = details["label-parts"], let word = parts["classification"]?.stringValue {
            entry.classification = (parts["owner"]?.stringValue.map { "\($0) " } ?? "") + word
        }
        if entry.precedence == nil {
            entry.precedence = details["precedence"]?.stringValue.flatMap(Precedence.init(name:))
        }
        if entry.originator == nil, let originator = details["originator"]?.stringValue {
            entry.originator = try Self.mailbox(originator)
        }
        entry.decisions = try details["decisions"]?.arrayValue?.compactMap { json in
            guard let recipient = json["recipient"]?.stringValue, let outcome = json["outcome"]?.stringValue else {
                return nil
            }
            return CountedEntry.Decision(
                recipient: try Self.mailbox(recipient),
                isAllowed: outcome == AuditOutcome.allowed.rawValue,
                rules: (json["rules"]?.arrayValue ?? []).compactMap(\.stringValue)
            )
        }
    }

    private func text(_ row: borrowing RowReader, _ column: Int32) -> String? {
        row.text(column).map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func identity(_ row: borrowing RowReader, _ column: Int32) throws -> SPIFFEID? {
        guard let text = text(row, column) else { return nil }
        if let known = identities[text] { return known }
        do {
            let identity = try SPIFFEID(text)
            if identities.count < NameCounts.capacity { identities[text] = identity }
            return identity
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    private mutating func names(_ row: borrowing RowReader, _ column: Int32) throws -> [String] {
        guard let text = text(row, column) else { return [] }
        if let known = reasons[text] { return known }
        let names = try JSONValue.parse(Array(text.utf8)).arrayValue?.compactMap(\.stringValue) ?? []
        if reasons.count < NameCounts.capacity { reasons[text] = names }
        return names
    }

    private static func pairs(_ text: String) throws -> [(name: String, time: Timestamp)] {
        try (JSONValue.parse(Array(text.utf8)).arrayValue ?? []).compactMap { pair in
            guard let pair = pair.arrayValue, pair.count == 2, let name = pair[0].stringValue,
                let time = pair[1].integerValue
            else { return nil }
            return (name, try Self.time(time, of: nil))
        }
    }

    private static func mailbox(_ text: String) throws -> MailboxAddress {
        do {
            return try MailboxAddress(text)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    private static func partner(_ text: String) -> PartnerCode? {
        do {
            return try PartnerCode(text)
        } catch {
            return nil
        }
    }

    /// Times are those of the years that RFC 3339 can write, so that bars over them can be reckoned with.
    private static func time(_ milliseconds: Int64, of index: Int64?) throws -> Timestamp {
        guard (-62_167_219_200_000..<253_402_300_800_000).contains(milliseconds) else {
            throw StoreError.damaged(
                "entry \(index.map { "\($0)" } ?? "-") has the time \(milliseconds), of no year up to 9999"
            )
        }
        return Timestamp(millisecondsSinceEpoch: milliseconds)
    }
}
