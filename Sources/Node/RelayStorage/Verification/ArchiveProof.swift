import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The checkpoints of an archive: those within it, and the last one, which it is proven against.
struct ArchiveProof {
    let walk: ArchiveWalk
    let database: Database
    let origin: String
    let verifier: NoteVerifier

    func run(_ report: inout LogReport) throws {
        let rows = try database.all("SELECT number, size, time, note FROM checkpoints ORDER BY number")
        guard let last = rows.last else { return report.add(.checkpoint, nil, "there is none") }
        var number: Int64?
        for row in rows {
            report.checkpointCount += 1
            let index = UInt64(clamping: try row.integer(1))
            // The last one may be of much later; those before have no gaps.
            if let number, try row.integer(0) != number + 1, try row.integer(0) != last.integer(0) {
                report.add(.checkpoint, index, "checkpoint \(number + 1) is missing")
            }
            number = try row.integer(0)
            if let detail = try difference(in: row) { report.add(.checkpoint, index, detail) }
        }
        guard report.isSound else { return }
        let signed = try CheckpointTable.parse(try last.bytes(3))
        if let detail = inconsistency(with: signed.checkpoint.head) {
            return report.add(.checkpoint, nil, "the last checkpoint: \(detail)")
        }
        for row in try database.all("SELECT size, note FROM stable_checkpoints") {
            let stable = try CheckpointTable.parse(try row.bytes(1))
            let detail = problem(of: stable) ?? inconsistency(with: stable.checkpoint.head)
            if let detail { report.add(.checkpoint, nil, "the witnessed checkpoint: \(detail)") }
        }
        report.head = signed.checkpoint.head
        report.proven = report.isSound ? report.head : nil
    }

    private func difference(in row: Row) throws -> String? {
        let number = try row.integer(0)
        let signed: SignedCheckpoint
        do {
            signed = try SignedCheckpoint(parsing: try row.bytes(3))
        } catch {
            return "checkpoint \(number): \(error)"
        }
        if let problem = problem(of: signed) { return "checkpoint \(number): \(problem)" }
        let size = signed.checkpoint.head.size
        guard Int64(clamping: size) == (try row.integer(1)) else {
            return "checkpoint \(number): the note has size \(size), the column \(try row.integer(1))"
        }
        guard walk.range.contains(size - 1) || size >= walk.range.upperBound else {
            return "checkpoint \(number) is of before the archive"
        }
        guard let head = walk.heads[size] else { return nil }
        guard head.root == signed.checkpoint.head.root else {
            return "checkpoint \(number): expected the root `\(head.root)` of the entries, the signed one is "
                + "`\(signed.checkpoint.head.root)`"
        }
        guard head.time == (try row.integer(2)) else {
            return "checkpoint \(number): expected the time \(head.time) of its last entry, got \(try row.integer(2))"
        }
        return nil
    }

    private func problem(of signed: SignedCheckpoint) -> String? {
        do {
            let checkpoint = try signed.verify(by: verifier)
            return checkpoint.origin.rawValue == origin
                ? nil : "expected one of log `\(origin)`, got one of `\(checkpoint.origin)`"
        } catch {
            return "\(error)"
        }
    }

    /// Why the signed tree is none that begins with the one of the entries; nil when it is.
    private func inconsistency(with head: TreeHead) -> String? {
        let own = walk.tree.head
        guard head.size >= own.size else { return "it signs \(head.size) entries, and the archive ends behind them" }
        do {
            let proof = try TileTable.reader(database).consistencyProof(from: own.size, to: head.size)
            try proof.verify(oldRoot: own.root, newRoot: head.root)
            return nil
        } catch {
            return "the entries are not in the tree that it signs: \(error)"
        }
    }
}
