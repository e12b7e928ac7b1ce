import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What a job may do within the transaction of its batch: SQL, and appending entries to the log.
///
/// It lives on the writer's thread and ends with the batch.
final class LogTransaction {
    let database: Database
    /// The one time of the batch, never before that of the last entry.
    let time: Timestamp
    let log: LogOrigin
    /// The index of the first entry of the batch.
    let firstIndex: UInt64
    private(set) var pending: [(entry: AuditEntry, bytes: [UInt8], leafHash: SHA256Digest)] = []
    private let place: AuditEntrySpelling.Place
    private var randomness = Randomness()
    private var preparedInsertion: EntryInsertion?

    init(database: Database, time: Timestamp, log: LogOrigin, firstIndex: UInt64) {
        self.database = database
        self.time = time
        self.log = log
        place = AuditEntrySpelling.Place(log: log, time: time)
        self.firstIndex = firstIndex
    }

    /// The index that the next entry will get.
    var nextIndex: UInt64 { firstIndex + UInt64(pending.count) }

    /// Appends one entry and returns its index; a release takes the next number of the stream to its destination.
    ///
    /// - Parameter sequence: the number that a `void` closes.
    @discardableResult
    func append(_ prepared: PreparedEntry, sequence: UInt64? = nil) throws -> UInt64 {
        let draft = prepared.draft
        let index = nextIndex
        let number = draft.kind == .release ? try takeSequence(to: draft.destination) : sequence
        let details = AuditDetails(salt: try randomness.take(32), bytes: prepared.details)
        let entry = AuditEntry(
            draft,
            log: log,
            index: index,
            time: time,
            nonce: try randomness.take(32),
            sequence: number,
            details: details.commitment
        )
        let bytes = prepared.spelling.bytes(
            at: place,
            index: index,
            nonce: entry.nonce,
            sequence: number,
            details: entry.details
        )
        guard bytes.count <= AuditEntry.maximumSize else {
            throw StoreError.refused(
                "entry too large: expected at most \(AuditEntry.maximumSize) bytes, got \(bytes.count)"
            )
        }
        try insertion().insert(entry, prepared, bytes: bytes, details: details)
        pending.append((entry, bytes, MerkleTree.leafHash(bytes)))
        return index
    }

    private func insertion() throws -> EntryInsertion {
        if let preparedInsertion { return preparedInsertion }
        let insertion = try EntryInsertion(database)
        preparedInsertion = insertion
        return insertion
    }

    /// Forgets the entries of a job that was rolled back.
    func truncate(to count: Int) {
        pending.removeSubrange(count...)
    }

    /// Numbers begin with 1 and have no gaps: a transaction that is rolled back gives its numbers back.
    private func takeSequence(to destination: SPIFFEID?) throws -> UInt64 {
        guard let destination else { throw StoreError.refused("a release entry without destination") }
        let number = try database.integer(
            "INSERT INTO streams (destination, last_sequence) VALUES (?, 1) "
                + "ON CONFLICT (destination) DO UPDATE SET last_sequence = last_sequence + 1 RETURNING last_sequence",
            destination.description
        )
        guard let number, number > 0 else { throw StoreError.damaged("no sequence number for `\(destination)`") }
        return UInt64(number)
    }
}

/// Random bytes, drawn from libcrypto many at a time.
private struct Randomness {
    private var bytes: ArraySlice<UInt8> = []

    mutating func take(_ count: Int) throws -> [UInt8] {
        if bytes.count < count { bytes = try SecureRandom.bytes(max(count, 2048))[...] }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }
}
