import CanonicalEncoding
import Foundation
import GRDB
package import OpenSSLCrypto

extension RelayStore {
    /// The policy in force, and the last one that came from the configured file; nil before the node's first start.
    ///
    /// For the node's start, before anybody waits for anything: it blocks the thread.
    package func policyInForce() throws(StoreError) -> (record: PolicyRecord, lastFromFile: SHA256Digest?)? {
        do {
            return try pool.read { database in
                let last = try database.first("SELECT policy FROM policy_changes ORDER BY number DESC LIMIT 1")
                guard let last else { return nil }
                let file = try database.first(
                    "SELECT policy FROM policy_changes WHERE source = 'file' ORDER BY number DESC LIMIT 1"
                )
                guard let record = try PolicyRecord.find(try last.digest(0), in: database) else {
                    throw StoreError.damaged("the policy in force is not among the policies")
                }
                return (record, try file?.digest(0))
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// A policy that has been in force; nil when none had the hash.
    package func policy(_ hash: SHA256Digest) async throws(StoreError) -> PolicyRecord? {
        try await read { try PolicyRecord.find(hash, in: $0) }
    }

    /// The changes of policy, the latest first, at most `limit` of them.
    package func policyChanges(limit: Int) async throws(StoreError) -> [PolicyChangeRecord] {
        try await read { database in
            try database.all(
                """
                SELECT c.number, c.policy, c.source, c.entry_index, e.time
                FROM policy_changes c JOIN entries e ON e.idx = c.entry_index ORDER BY c.number DESC LIMIT ?
                """,
                limit
            ).map { row in
                guard let source = PolicyChangeRecord.Source(rawValue: try row.text(2)) else {
                    throw StoreError.damaged("unknown source of a policy: `\(try row.text(2))`")
                }
                return PolicyChangeRecord(
                    number: UInt64(clamping: try row.integer(0)),
                    policy: try row.digest(1),
                    source: source,
                    entry: UInt64(clamping: try row.integer(3)),
                    time: Timestamp(millisecondsSinceEpoch: try row.integer(4))
                )
            }
        }
    }

}

extension PolicyRecord {
    /// Nil when none had the hash.
    static func find(_ hash: SHA256Digest, in database: Database) throws -> PolicyRecord? {
        guard
            let row = try database.first("SELECT texts, statements FROM policies WHERE hash = ?", hash.bytes.blob)
        else { return nil }
        return PolicyRecord(hash: hash, texts: try row.bytes(0), statements: try PolicyStatements.decode(row.bytes(1)))
    }
}

/// Officers' statements in one column: a JSON array of base64.
enum PolicyStatements {
    static func encode(_ statements: [[UInt8]]) -> [UInt8] {
        JSONValue.array(statements.map { .string(Data($0).base64EncodedString()) }).canonicalBytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [[UInt8]] {
        guard let values = try JSONValue.parseCanonical(bytes, maximumSize: 16 << 20).arrayValue else {
            throw StoreError.damaged("expected an array of statements")
        }
        return try values.map { value in
            guard let text = value.stringValue, let data = Data(base64Encoded: text) else {
                throw StoreError.damaged("expected a statement in base64")
            }
            return Array(data)
        }
    }
}
