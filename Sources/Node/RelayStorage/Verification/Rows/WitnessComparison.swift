import CanonicalEncoding
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What this node keeps as a witness, of witnesses, and of forks: each row against the signed note or proof in it, this
/// log's checkpoints, and the entries that name evidence.
///
/// Cosignatures and the proofs of other logs bear their signers' keys, which stand in the sheets: whoever relies on one
/// verifies it under that key.
struct WitnessComparison {
    let rows: LoggedRows

    func run(_ report: inout LogReport) throws {
        guard try rows.database.tableExists("forks") else { return }
        try checkWitnessedLogs(&report)
        try checkStableCheckpoints(&report)
        try checkReceivedCheckpoints(&report)
        try checkForks(&report)
    }

    private func checkWitnessedLogs(_ report: inout LogReport) throws {
        for row in try rows.database.all("SELECT log, origin, size, root, note FROM witnessed_logs ORDER BY log") {
            try report.compare(.witness, nil, "witnessed log `\(try row.text(1))`") {
                let checkpoint = try Self.read { () throws -> Checkpoint in
                    try SignedCheckpoint(parsing: row.bytes(4)).verify(by: NoteVerifier(verifierKey: row.text(0)))
                }
                try RowDifference.check("origin", try row.text(1), checkpoint.origin.rawValue)
                try RowDifference.check("size", try row.integer(2), Int64(clamping: checkpoint.head.size))
                try RowDifference.check("root", try row.bytes(3), checkpoint.head.root.bytes)
            }
        }
    }

    /// A checkpoint that was given out is one of the log's, with lines of witnesses behind the log's own.
    private func checkStableCheckpoints(_ report: inout LogReport) throws {
        let stable = try rows.database.each(
            """
            SELECT s.size, s.note, s.cosigners, c.note FROM stable_checkpoints s
            LEFT JOIN checkpoints c ON c.size = s.size WHERE s.size >= ? ORDER BY s.size
            """,
            Int64(clamping: rows.start)
        )
        while let row = try stable.next() {
            let size = try row.integer(0)
            try report.compare(.witness, nil, "stable checkpoint of size \(size)") {
                let signed = try Self.read { try SignedCheckpoint(parsing: row.bytes(1)) }
                guard let own = try row.optionalBytes(3) else { throw RowDifference("no checkpoint has that size") }
                try RowDifference.check("note", Array(try row.bytes(1).prefix(own.count)), own)
                try RowDifference.check("size", size, Int64(clamping: signed.checkpoint.head.size))
                let names = signed.note.signatures.dropFirst().map(\.name.rawValue).sorted()
                try RowDifference.check("cosigners", try row.text(2), CosignerList.text(names))
            }
        }
    }

    private func checkReceivedCheckpoints(_ report: inout LogReport) throws {
        let received = try rows.database.each("SELECT origin, size, root, leaf, proof FROM received_checkpoints")
        while let row = try received.next() {
            try report.compare(.witness, nil, "received checkpoint of `\(try row.text(0))`") {
                let proof = try Self.read { try LogProof(parsing: row.bytes(4)) }
                let checkpoint = proof.signedCheckpoint.checkpoint
                try RowDifference.check("origin", try row.text(0), checkpoint.origin.rawValue)
                try RowDifference.check("size", try row.integer(1), Int64(clamping: checkpoint.head.size))
                try RowDifference.check("root", try row.bytes(2), checkpoint.head.root.bytes)
                let leaf = try row.digest(3)
                try Self.read { try proof.inclusionProof.verify(leaf: leaf, root: checkpoint.head.root) }
            }
        }
    }

    private func checkForks(_ report: inout LogReport) throws {
        var expected = try rows.indices(of: .fork)[...]
        let forks = try rows.database.all(
            "SELECT number, origin, claim, known, evidence, entry_index FROM forks WHERE entry_index >= ? ORDER BY number",
            Int64(clamping: rows.start)
        )
        let before = "SELECT count(*) FROM forks WHERE entry_index < ?"
        var number = try rows.database.integer(before, Int64(clamping: rows.start)) ?? 0
        for row in forks {
            number += 1
            let index = try row.integer(5)
            try report.compare(.witness, index, "fork \(try row.integer(0))") {
                try RowDifference.check("number", try row.integer(0), number)
                try RowDifference.check("entry_index", index, expected.first ?? -1)
                let evidence = try row.bytes(4)
                try RowDifference.check(
                    "evidence",
                    SHA256Digest.hash(evidence),
                    try rows.entry(index)?.digest ?? .hash([])
                )
                let fork = try Self.read { try Fork(parsing: evidence) }
                try RowDifference.check("origin", try row.text(1), fork.origin.rawValue)
                try RowDifference.check("claim", try row.text(2), fork.claimName)
                let known = [fork.first, fork.second].map { SHA256Digest.hash($0.checkpoint.text).bytes }
                guard known.contains(try row.bytes(3)) else {
                    throw RowDifference("column `known`: it names neither of the two checkpoints")
                }
                // Of which of the two the evidence was new, the entry's details say.
                guard let name = try rows.details(index)?[ForkRecord.knownMember]?.stringValue else { return }
                try RowDifference.check("known", Hex.encode(try row.bytes(3)), name)
            }
            expected = expected.drop { $0 <= index }
        }
        if let missing = expected.first {
            report.add(.witness, UInt64(exactly: missing), "the evidence that the entry names is missing")
        }
    }

    private static func read<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch {
            throw RowDifference("\(error)")
        }
    }
}
