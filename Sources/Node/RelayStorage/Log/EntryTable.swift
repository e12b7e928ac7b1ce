import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying

/// The entries: their exact bytes, and columns derived from them to search by.
enum EntryTable {
    /// The columns that ``columns(of:)`` derives, in its order.
    static let columnNames = [
        "time", "kind", "outcome", "peer", "message", "reasons", "sequence", "destination", "policy",
    ]

    /// The searchable columns, as the entry determines them: verification derives them again.
    static func columns(of entry: AuditEntry) -> [DatabaseValue] {
        [
            entry.time.millisecondsSinceEpoch.databaseValue,
            entry.kind.rawValue.databaseValue,
            entry.outcome.rawValue.databaseValue,
            (entry.peer?.description).databaseValue,
            (entry.message?.bytes.blob).databaseValue,
            text(ofReasons: entry.reasons).databaseValue,
            entry.sequence.map { Int64($0) }.databaseValue,
            (entry.destination?.description).databaseValue,
            (entry.policy?.bytes.blob).databaseValue,
        ]
    }

    static func text(ofReasons reasons: [String]) -> String {
        reasons.isEmpty ? "[]" : JSONValue.array(reasons.map { .string($0) }).canonicalText
    }
}
