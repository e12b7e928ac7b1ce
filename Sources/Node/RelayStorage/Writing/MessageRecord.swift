import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import SecurityLabels

/// What the store keeps of a message.
struct MessageRecord: Sendable {
    let id: MessageID
    let originator: MailboxAddress
    let digest: SHA256Digest
    let envelope: Envelope
    let precedence: Precedence
    let expires: Timestamp

    /// The size of the object that travels: header and body.
    var size: Int { envelope.header.count + envelope.body.count }
}

extension MessageRecord {
    init(_ verified: VerifiedEnvelope) {
        self.init(
            id: verified.header.id,
            originator: verified.header.originator,
            digest: verified.digest,
            envelope: verified.envelope,
            precedence: verified.header.precedence,
            expires: verified.header.expires
        )
    }
}

/// A row of `messages`, as far as a write needs it.
struct MessageRow {
    let row: Int64
    let digest: SHA256Digest
    let expires: Timestamp
    /// The entries of the submission; nil for a message that another node brought.
    let submission: EntryRange?

    static func find(_ id: MessageID, of originator: MailboxAddress, in database: Database) throws -> MessageRow? {
        try parse(
            database.first(
                "SELECT row, digest, expires, first_entry, entry_count FROM messages WHERE id = ? AND originator = ?",
                id.bytes.blob,
                originator.description
            )
        )
    }

    static func find(_ id: MessageID, digest: SHA256Digest, in database: Database) throws -> MessageRow? {
        try parse(
            database.first(
                "SELECT row, digest, expires, first_entry, entry_count FROM messages WHERE id = ? AND digest = ?",
                id.bytes.blob,
                digest.bytes.blob
            )
        )
    }

    /// Stores header and body; returns the new row's number.
    static func insert(_ record: MessageRecord, submission: EntryRange?, in transaction: LogTransaction) throws -> Int64
    {
        let database = transaction.database
        try database.run(
            "INSERT INTO messages "
                + "(id, originator, digest, header, body_size, precedence, expires, accepted_at, first_entry, entry_count) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            record.id.bytes.blob,
            record.originator.description,
            record.digest.bytes.blob,
            record.envelope.header.blob,
            record.envelope.body.count,
            record.precedence.rawValue,
            record.expires.millisecondsSinceEpoch,
            transaction.time.millisecondsSinceEpoch,
            submission.map { Int64($0.first) },
            submission.map { Int64($0.count) }
        )
        let row = database.lastInsertedRowID
        try database.run("INSERT INTO bodies (message, bytes) VALUES (?, ?)", row, record.envelope.body.blob)
        return row
    }

    private static func parse(_ row: Row?) throws -> MessageRow? {
        guard let row else { return nil }
        guard let digest = SHA256Digest(try row.bytes(1)) else { throw StoreError.damaged("a message's digest") }
        return MessageRow(
            row: try row.integer(0),
            digest: digest,
            expires: Timestamp(millisecondsSinceEpoch: try row.integer(2)),
            submission: try row.entryRange(3)
        )
    }
}

extension Row {
    /// The range in columns `index` and `index + 1`; nil when they are null.
    func entryRange(_ index: Int) throws -> EntryRange? {
        guard let first = try optionalInteger(index), let count = try optionalInteger(index + 1) else { return nil }
        guard first >= 0, count >= 1 else { throw StoreError.damaged("a range of entries") }
        return EntryRange(first: UInt64(first), count: UInt64(count))
    }
}
