import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying

/// A number of a stream from this node.
enum OutboundNumber {
    /// Closes the number of a message that a hub has reported it cannot deliver, once the object has been handed over; what
    /// still waits here may yet go another way. INVARIANT: a number that will not be delivered is closed by exactly one
    /// `void`, whoever gave up.
    static func voidIfReported(
        message: Int64,
        to destination: SPIFFEID,
        in transaction: LogTransaction
    ) throws {
        let database = transaction.database
        let found = try database.first(
            "SELECT e.bytes, n.reason FROM outbox o JOIN entries e ON e.idx = o.entry_index "
                + "JOIN non_deliveries n ON n.message = o.message AND n.destination = o.destination "
                + "WHERE o.message = ? AND o.destination = ? AND o.object = 'message' AND o.state = 'transferred' "
                + "AND e.kind = 'release'",
            message,
            destination.description
        )
        guard let found else { return }
        let release: AuditEntry
        do {
            release = try AuditEntry(canonicalBytes: found.bytes(0))
        } catch let error as AuditEntryError {
            throw StoreError.damaged("\(error)")
        }
        guard let number = release.sequence, try !isVoid(number, to: destination, in: database) else { return }
        let draft = AuditEntryDraft(
            .void,
            .failed,
            realm: release.realm,
            peer: release.nextHop,
            message: release.message,
            object: release.object,
            digest: release.digest,
            envelope: release.envelope,
            destination: release.destination,
            nextHop: release.nextHop,
            reasons: [try found.text(1)],
            policy: release.policy,
            directory: release.directory
        )
        try transaction.append(PreparedEntry(draft), sequence: number)
    }

    private static func isVoid(_ number: UInt64, to destination: SPIFFEID, in database: Database) throws -> Bool {
        try index(of: .void, number, to: destination, in: database) != nil
    }

    /// The entry of this kind about the number.
    static func index(
        of kind: AuditEntryKind,
        _ number: UInt64,
        to destination: SPIFFEID,
        in database: Database
    ) throws -> UInt64? {
        try database.integer(
            "SELECT idx FROM entries WHERE destination = ? AND sequence = ? AND kind = ?",
            destination.description,
            Int64(clamping: number),
            kind.rawValue
        ).map { UInt64(clamping: $0) }
    }
}
