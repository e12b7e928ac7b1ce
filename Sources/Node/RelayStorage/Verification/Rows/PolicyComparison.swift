import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying

/// The policies and their history against the entries that put them in force.
struct PolicyComparison {
    let rows: LoggedRows

    /// What the details of an entry that puts a policy in force hold about its row: digests, as nothing else in the log
    /// determines the texts' spelling and the officers' signatures.
    static func details(of record: PolicyRecord, from source: PolicyChangeRecord.Source) -> [String: JSONValue] {
        [
            "source": .string(source.rawValue),
            "statements-digest": .string(SHA256Digest.hash(PolicyStatements.encode(record.statements)).hex),
            "texts-digest": .string(SHA256Digest.hash(record.texts).hex),
        ]
    }

    func run(_ report: inout LogReport) throws {
        var entries = try expectedEntries()[...]
        let changes = try rows.database.all(
            "SELECT number, policy, source, entry_index FROM policy_changes WHERE entry_index >= ? ORDER BY number",
            Int64(clamping: rows.start)
        )
        var number =
            try rows.database.integer(
                "SELECT count(*) FROM policy_changes WHERE entry_index < ?",
                Int64(clamping: rows.start)
            ) ?? 0
        for row in changes {
            let index = try row.integer(3)
            try report.compare(.policy, index, "policy change \(try row.integer(0))") {
                try RowDifference.check("number", try row.integer(0), number)
                try RowDifference.check("entry_index", index, entries.first ?? -1)
                let entry = try rows.entry(index)
                try RowDifference.check("policy", try row.bytes(1), entry?.policy?.bytes ?? [])
                guard let details = try rows.details(index) else { return }
                try RowDifference.check("source", try row.text(2), details["source"]?.stringValue ?? "")
            }
            number += 1
            entries = entries.drop { $0 <= index }
        }
        if let missing = entries.first {
            report.add(.policy, UInt64(exactly: missing), "the policy change of the entry is missing")
        }
        try checkPolicies(&report)
    }

    /// The entries that put a policy in force: accepted changes, and starts that brought the first one.
    private func expectedEntries() throws -> [Int64] {
        let changes = try rows.indices(of: .policyChange).filter { try rows.entry($0)?.outcome == .done }
        let starts = try rows.indices(of: .start).filter { try rows.details($0)?["texts-digest"] != nil }
        return (changes + starts).sorted()
    }

    private func checkPolicies(_ report: inout LogReport) throws {
        let policies = try rows.database.all(
            """
            SELECT p.hash, p.texts, p.statements, max(c.entry_index)
            FROM policies p LEFT JOIN policy_changes c ON c.policy = p.hash GROUP BY p.rowid ORDER BY 4
            """
        )
        for row in policies {
            let index = try row.optionalInteger(3)
            if let index, index < Int64(clamping: rows.start) { continue }
            try report.compare(.policy, index, "policy `\(Hex.encode(try row.bytes(0)))`") {
                guard let index else { throw RowDifference("no entry of the log put it in force") }
                guard let details = try rows.details(index) else { return }
                let texts = SHA256Digest.hash(try row.bytes(1)).hex
                try RowDifference.check("texts", texts, details["texts-digest"]?.stringValue ?? "")
                let statements = SHA256Digest.hash(try row.bytes(2)).hex
                try RowDifference.check("statements", statements, details["statements-digest"]?.stringValue ?? "")
            }
        }
        let changes = "SELECT c.entry_index FROM policy_changes c LEFT JOIN policies p ON p.hash = c.policy "
        for row in try rows.database.all(changes + "WHERE p.hash IS NULL ORDER BY 1") {
            report.add(
                .policy,
                UInt64(exactly: try row.integer(0)),
                "the policy that the entry put in force is missing"
            )
        }
    }
}
