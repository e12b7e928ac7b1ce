import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// The evidence of forks against the entries that name its digest, one for each.
enum ForkComparison {
    static func run(_ database: Database, _ report: inout LogReport) throws {
        // A copy that an older release made has no evidence.
        guard try database.tableExists("forks") else { return }
        let entries = try database.all("SELECT idx, bytes FROM entries WHERE kind = 'fork' ORDER BY idx")
        var expected = try entries.map { (index: try $0.integer(0), bytes: try $0.bytes(1)) }[...]
        let rows = try database.all(
            "SELECT number, origin, claim, known, evidence, entry_index FROM forks ORDER BY number"
        )
        var number: Int64 = 1
        for row in rows {
            let entry = expected.popFirst()
            try report.compare(.log, entry?.index, "fork \(number)") {
                try RowDifference.check("number", try row.integer(0), number)
                guard let entry else { throw RowDifference("no entry of the log names it") }
                try RowDifference.check("entry_index", try row.integer(5), entry.index)
                try compare(row, with: entry.bytes)
            }
            number += 1
        }
        for missing in expected { report.add(.log, UInt64(exactly: missing.index), "the evidence of the entry is missing") }
    }

    private static func compare(_ row: Row, with entryBytes: [UInt8]) throws {
        let evidence = try row.bytes(4)
        do {
            let entry = try AuditEntry(canonicalBytes: entryBytes)
            try RowDifference.check("evidence", SHA256Digest.hash(evidence).hex, entry.digest?.hex ?? "none")
            let fork = try Fork(parsing: evidence)
            try RowDifference.check("origin", try row.text(1), fork.origin.rawValue)
            try RowDifference.check("claim", try row.text(2), fork.claimName)
            try RowDifference.check("known", try row.bytes(3), fork.knownDigest.bytes)
        } catch let error as AuditEntryError {
            // The walk over the entries says so too.
            throw RowDifference(error.description)
        } catch let error as ForkError {
            throw RowDifference(error.description)
        }
    }
}

extension Fork {
    /// What is kept once: the digest of the checkpoint that is contradicted.
    var knownDigest: SHA256Digest { .hash(known.checkpoint.text) }
}
