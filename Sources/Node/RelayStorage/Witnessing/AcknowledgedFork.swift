package import CanonicalEncoding
import GRDB
package import OpenSSLCrypto
package import Relaying
import TransparencyLog

/// An operator's word that the matter of a fork is dealt with, and the entry that records it.
package struct AcknowledgedFork: Hashable, Sendable {
    package let index: UInt64
    package let time: Timestamp
    package let acknowledgement: ForkAcknowledgement

    /// What was acknowledged, by the entry that names the evidence: nothing but the entries says so.
    ///
    /// An acknowledgement whose details are gone or malformed is none, so that the alarm stays; verification names it.
    static func all(in database: Database) throws -> [UInt64: AcknowledgedFork] {
        let rows = try database.each(
            "SELECT e.idx, e.time, d.bytes FROM entries e JOIN entry_details d ON d.idx = e.idx "
                + "WHERE e.kind = '\(AuditEntryKind.forkAcknowledgement.rawValue)' ORDER BY e.idx"
        )
        var acknowledged: [UInt64: AcknowledgedFork] = [:]
        while let row = try rows.next() {
            guard let acknowledgement = parse(try row.bytes(2)) else { continue }
            let (index, fork) = (try row.entryIndex(0), acknowledgement.fork)
            guard fork < index, acknowledged[fork] == nil else { continue }
            acknowledged[fork] = AcknowledgedFork(index: index, time: try row.time(1), acknowledgement: acknowledgement)
        }
        return acknowledged
    }

    private static func parse(_ details: [UInt8]) -> ForkAcknowledgement? {
        do {
            return ForkAcknowledgement(json: try JSONValue.parseCanonical(details, maximumSize: 64 << 20))
        } catch {
            return nil
        }
    }
}

extension RelayStore {
    /// Records that the matter of a fork is dealt with, in one transaction with the look at whether it can be. INVARIANT:
    /// the evidence stays as it is, and nothing but this one fork is acknowledged.
    ///
    /// - Parameter number: that of the evidence.
    /// - Returns: the index of the entry.
    /// - Throws: ``StoreError/orderRefused(_:)`` when there is no such evidence, when it was acknowledged before, and when it is
    ///   against this node's own log, which nothing but a new log makes good.
    package func acknowledge(
        fork number: Int64,
        authority: String,
        reason: String,
        persons: [JSONValue],
        policy: SHA256Digest? = nil,
        directory: SHA256Digest? = nil
    ) async throws(StoreError) -> UInt64 {
        let (realm, own) = (node.realm, verifier)
        return try await writer.perform { transaction in
            let records = try ForkRecord.all(in: transaction.database)
            guard let record = records.first(where: { $0.number == number }) else {
                let known = records.map { String($0.number) }.joined(separator: ", ")
                throw StoreError.orderRefused(
                    records.isEmpty
                        ? "there is no evidence of any fork"
                        : "there is no evidence \(number) of a fork: expected one of \(known)"
                )
            }
            if let before = record.acknowledgement {
                throw StoreError.orderRefused("fork \(number) was acknowledged already, by entry \(before.index)")
            }
            guard !record.fork.isSigned(by: own) else {
                throw StoreError.orderRefused(
                    "fork \(number) is of this node's own log, which takes on nothing more: begin a new log, and name "
                        + "the evidence there with `entente audit recover`"
                )
            }
            let entry = try StoredEntry.fetch(index: record.entryIndex, in: transaction.database)?.entry
            let draft = AuditEntryDraft(
                .forkAcknowledgement,
                .done,
                realm: realm,
                peer: entry?.peer,
                digest: .hash(record.fork.bytes),
                policy: policy,
                directory: directory,
                details: ForkAcknowledgement(
                    fork: record.entryIndex,
                    authority: authority,
                    reason: reason,
                    persons: persons
                ).json
            )
            return try transaction.append(PreparedEntry(draft))
        }.value
    }
}
