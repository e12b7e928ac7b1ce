import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// A number of a stream to this node, and what came of it.
enum InboundNumber {
    enum State: String {
        case accepted
        case refused
        case void
    }

    /// Notes that a number has come, within the transaction that takes or refuses its object. INVARIANT: a number is noted
    /// exactly when the entry that says what came of it is in the log.
    ///
    /// What was skipped on the way to it is missing from now on; where it was missing itself, that ends here.
    static func note(_ release: TransferLink, _ state: State, entry: UInt64, in transaction: LogTransaction) throws {
        let origin = try origin(of: release.entry)
        guard let number = release.entry.sequence, number < UInt64(Int64.max) else {
            throw StoreError.refused("a release entry without a number of its stream")
        }
        let stream = try InboundStream.find(origin, in: transaction.database)
        let database = transaction.database
        let known = try database.first(
            "SELECT row, release, state FROM inbound_numbers WHERE stream = ? AND number = ?",
            stream.row,
            Int64(number)
        )
        if let known {
            let first = try TransferLink(stored: known.bytes(1))
            if first.entryBytes != release.entryBytes {
                try StreamFault(.numberReused, origin, release.entry.realm, number, [first, release])
                    .append(to: transaction, about: release.entry, answeredBy: state == .accepted ? entry : nil)
            } else if state == .accepted, try known.text(2) != State.accepted.rawValue {
                try database.run(
                    "UPDATE inbound_numbers SET state = ?, entry_index = ? WHERE row = ?",
                    state.rawValue,
                    Int64(entry),
                    try known.integer(0)
                )
            }
            return
        }
        try insert(number, of: stream, state, release, entry: entry, in: database)
        if number > stream.heartbeatHighest, release.entry.index < stream.heartbeatIndex {
            // When the heartbeat was made, the log held this release already.
            try StreamFault(.numberHidden, origin, release.entry.realm, number, [release]).append(to: transaction)
        }
        if number > stream.highest {
            try stream.advance(to: number, missing: stream.highest + 1..<number, in: transaction)
        } else if let gap = try Gap.isolate(number, of: stream.row, in: database) {
            let reason = state == .accepted ? "arrived" : "refused"
            try gap.end([reason], realm: release.entry.realm, origin: origin, evidence: entry, in: transaction)
        }
    }

    static func insert(
        _ number: UInt64,
        of stream: InboundStream,
        _ state: State,
        _ release: TransferLink,
        entry: UInt64,
        in database: Database
    ) throws {
        try database.run(
            "INSERT INTO inbound_numbers (stream, number, state, release, entry_index) VALUES (?, ?, ?, ?, ?)",
            stream.row,
            Int64(number),
            state.rawValue,
            release.json.canonicalBytes.blob,
            Int64(entry)
        )
    }

    /// The node whose log the entry is of.
    private static func origin(of entry: AuditEntry) throws -> SPIFFEID {
        do {
            return try SPIFFEID("spiffe://\(entry.log.rawValue)")
        } catch {
            throw StoreError.refused("a release by the log `\(entry.log)`: \(error)")
        }
    }
}

/// A stream to this node, as far as a write needs it.
struct InboundStream {
    let row: Int64
    /// The highest number that is known of; 0 before the first.
    let highest: UInt64
    /// What the last heartbeat said, and the index of its entry in the origin's log; 0 before the first.
    let heartbeatHighest: UInt64
    let heartbeatIndex: UInt64

    /// The stream from `origin`, begun where there is none yet.
    static func find(_ origin: SPIFFEID, in database: Database) throws -> InboundStream {
        let query =
            "SELECT stream, highest, heartbeat_highest, heartbeat_index FROM inbound_streams "
            + "WHERE origin = ? AND ended = 0"
        if let row = try database.first(query, origin.description) {
            return InboundStream(
                row: try row.integer(0),
                highest: UInt64(clamping: try row.integer(1)),
                heartbeatHighest: UInt64(clamping: try row.integer(2)),
                heartbeatIndex: UInt64(clamping: try row.integer(3))
            )
        }
        try database.run("INSERT INTO inbound_streams (origin, highest) VALUES (?, 0)", origin.description)
        return InboundStream(row: database.lastInsertedRowID, highest: 0, heartbeatHighest: 0, heartbeatIndex: 0)
    }

    /// Ends the stream from `origin`, whose log has ended: what is missing will never come, and the next release begins
    /// another stream. INVARIANT: what was missing is in the log as a gap, and as one that has ended.
    static func end(from origin: SPIFFEID, realm: Realm, in transaction: LogTransaction) throws {
        let database = transaction.database
        let query = "SELECT stream FROM inbound_streams WHERE origin = ? AND ended = 0"
        guard let row = try database.first(query, origin.description)?.integer(0) else { return }
        let missing = try database.all(
            "SELECT \(Gap.columns) FROM gaps WHERE stream = ? AND closing_entry IS NULL ORDER BY first",
            row
        )
        for gap in try missing.map({ try Gap($0) }) {
            try gap.raised(realm: realm, origin: origin, in: transaction)
                .end(["log-ended"], realm: realm, origin: origin, in: transaction)
        }
        try database.run("UPDATE inbound_streams SET ended = 1 WHERE stream = ?", row)
    }

    /// Moves the highest number up; those of `missing` are so from now on.
    func advance(to number: UInt64, missing: Range<UInt64>, in transaction: LogTransaction) throws {
        let database = transaction.database
        try database.run("UPDATE inbound_streams SET highest = ? WHERE stream = ?", Int64(number), row)
        guard !missing.isEmpty else { return }
        try Gap.insert(
            missing.lowerBound...missing.upperBound - 1,
            of: row,
            noticed: transaction.time.millisecondsSinceEpoch,
            openingEntry: nil,
            in: database
        )
    }
}

/// What the log of a stream's origin contradicts itself in, with the proofs of it.
struct StreamFault {
    /// Raw values stand in the log and never change.
    enum Reason: String {
        /// Two releases have one number.
        case numberReused = "number-reused"
        /// A release that the log held already has a higher number than the heartbeat said there was.
        case numberHidden = "number-hidden"
        /// A later heartbeat says a lower number than one before.
        case heartbeatReceded = "heartbeat-receded"
        /// The origin says that it never released a number below its highest.
        case numberSkipped = "number-skipped"
    }

    let reason: Reason
    let origin: SPIFFEID
    let realm: Realm
    let number: UInt64
    let evidence: JSONValue

    init(
        _ reason: Reason,
        _ origin: SPIFFEID,
        _ realm: Realm,
        _ number: UInt64,
        _ links: [TransferLink],
        heartbeats: [[UInt8]] = []
    ) {
        self.reason = reason
        self.origin = origin
        self.realm = realm
        self.number = number
        evidence = .array(links.map(\.json) + heartbeats.map { .string(String(decoding: $0, as: UTF8.self)) })
    }

    /// - Parameters:
    ///   - release: the one that came under a number that another had.
    ///   - entry: the entry by which its object was taken all the same; the number stays that of the first.
    func append(to transaction: LogTransaction, about release: AuditEntry? = nil, answeredBy entry: UInt64? = nil)
        throws
    {
        var details: [String: JSONValue] = ["evidence": evidence, "number": .integer(Int64(clamping: number))]
        details[Self.takenKey] = entry.map { .integer(Int64(clamping: $0)) }
        let draft = AuditEntryDraft(
            .streamFault,
            .failed,
            realm: realm,
            peer: origin,
            message: release?.message,
            reasons: [reason.rawValue],
            details: .object(details)
        )
        try transaction.append(PreparedEntry(draft))
    }

    /// Where the details name the entry by which an object was taken under a number that another had.
    static let takenKey = "taken"
}

/// An object that was taken under a number of its stream that another object had before: the number's row is that of the first,
/// and the entry about the fault, whose details are never erased, holds both releases.
struct ReusedNumber {
    /// The release that came first, and the one that came under the same number.
    let first: TransferLink
    let release: TransferLink
    let number: UInt64
    /// The entry that took the object of the later one.
    let entry: UInt64

    /// Those of the objects that came from a node, or of those about a message.
    static func all(from origin: SPIFFEID, in database: Database) throws -> [ReusedNumber] {
        try all("e.peer = ?", origin.description, in: database)
    }

    static func all(about message: MessageID, in database: Database) throws -> [ReusedNumber] {
        try all("e.message = ?", message.bytes.blob, in: database)
    }

    private static func all(
        _ condition: String,
        _ argument: any DatabaseValueConvertible & Sendable,
        in database: Database
    ) throws -> [ReusedNumber] {
        try database.all(
            "SELECT d.bytes FROM entries e JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.kind = '\(AuditEntryKind.streamFault.rawValue)' AND \(condition) ORDER BY e.idx",
            argument
        ).compactMap { row in
            let details = try JSONValue.parseCanonical(try row.bytes(0), maximumSize: 1 << 20)
            guard let taken = details[StreamFault.takenKey]?.integerValue.flatMap({ UInt64(exactly: $0) }),
                let number = details["number"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
                let links = details["evidence"]?.arrayValue, links.count == 2
            else { return nil }
            do {
                return ReusedNumber(
                    first: try TransferLink(json: links[0]),
                    release: try TransferLink(json: links[1]),
                    number: number,
                    entry: taken
                )
            } catch {
                throw StoreError.damaged("the evidence of a number that was used twice: \(error)")
            }
        }
    }

    /// Whether the stream that it is of has ended, as the log of its origin has.
    func isOfEndedStream(in database: Database) throws -> Bool {
        let row = try database.first(
            "SELECT min(s.ended) FROM inbound_numbers n JOIN inbound_streams s ON s.stream = n.stream "
                + "WHERE s.origin = ? AND n.number = ? AND n.release = ?",
            "spiffe://\(first.entry.log.rawValue)",
            Int64(clamping: number),
            first.json.canonicalBytes.blob
        )
        return try row?.optionalInteger(0) == 1
    }
}
