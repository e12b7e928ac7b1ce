import GRDB
import TransparencyLog

/// The stored checkpoints: their signatures, and the trees that they name against those that the entries make.
struct CheckpointComparison {
    let origin: String
    let verifier: NoteVerifier?

    /// Compares those from the walk's start on.
    ///
    /// - Returns: the trees that are signed and that the entries make, in order.
    func run(_ database: Database, walk: EntryWalk, _ report: inout LogReport) throws -> [TreeHead] {
        let start = Int64(clamping: walk.start)
        let rows = try database.each(
            "SELECT number, size, time, note FROM checkpoints WHERE size >= ? ORDER BY number",
            start
        )
        var expectedNumber: Int64 =
            start == 0
            ? 0
            : try database.integer(
                "SELECT number FROM checkpoints WHERE size < ? ORDER BY size DESC LIMIT 1",
                start
            )
            .map { $0 &+ 1 } ?? 0
        var covered = walk.start
        var hasDiverged = false
        var signed: [TreeHead] = []
        while let row = try rows.next() {
            report.checkpointCount += 1
            let number = try row.integer(0)
            if number != expectedNumber {
                report.add(.checkpoint, covered, "checkpoint \(expectedNumber) is missing")
            }
            expectedNumber = number &+ 1
            let size = UInt64(clamping: try row.integer(1))
            switch note(in: row, size: size) {
            case .failure(let problem):
                report.add(.checkpoint, covered, "checkpoint \(number): \(problem.detail)")
            case .success(let checkpoint) where !hasDiverged:
                guard let detail = try divergence(of: checkpoint, row, from: walk) else {
                    signed.append(checkpoint.head)
                    break
                }
                // Every later tree differs too: the first one says where.
                let index = firstBad(in: covered..<max(covered, size), walk, report)
                report.add(.checkpoint, index, "checkpoint \(number): \(detail)")
                hasDiverged = true
            case .success: break
            }
            covered = max(covered, size)
        }
        if report.checkpointCount == 0 { report.add(.checkpoint, 0, "there is none") }
        if walk.tree.size > covered {
            report.add(.checkpoint, covered, "no checkpoint covers the entries from \(covered) on")
        }
        return signed
    }

    /// The entry that makes a checkpoint's tree differ: one that something else is wrong with, the first that is missing,
    /// or, when entries and tiles were altered alike, the first that no earlier checkpoint covers.
    private func firstBad(in covered: Range<UInt64>, _ walk: EntryWalk, _ report: LogReport) -> UInt64 {
        let missing = covered.contains(walk.tree.size) ? walk.tree.size : nil
        return report.firstKnown(in: covered) ?? missing ?? covered.lowerBound
    }

    /// What is wrong with a checkpoint by itself.
    private struct Problem: Error {
        let detail: String
    }

    /// The checkpoint that the row holds, signed and of the size that it says.
    private func note(in row: Row, size: UInt64) -> Result<Checkpoint, Problem> {
        do {
            let signed = try SignedCheckpoint(parsing: row.bytes(3))
            if let verifier { try signed.verify(by: verifier) }
            let checkpoint = signed.checkpoint
            // Cosignatures come to the stable one; whatever else stands here the log has not written.
            guard signed.note.signatures.count == 1 else {
                let count = signed.note.signatures.count
                return .failure(Problem(detail: "expected the log's own signature alone, got \(count) signatures"))
            }
            guard checkpoint.origin.rawValue == origin else {
                return .failure(Problem(detail: "expected one of log `\(origin)`, got one of `\(checkpoint.origin)`"))
            }
            guard checkpoint.head.size == size else {
                return .failure(Problem(detail: "the note has size \(checkpoint.head.size), the column \(size)"))
            }
            return .success(checkpoint)
        } catch {
            return .failure(Problem(detail: "\(error)"))
        }
    }

    /// Where the entries make another tree than the one that was signed.
    private func divergence(of checkpoint: Checkpoint, _ row: Row, from walk: EntryWalk) throws -> String? {
        let size = checkpoint.head.size
        guard let head = walk.heads[size] else {
            return "it covers \(size) entries, \(walk.tree.size) are there in a row"
        }
        guard head.root == checkpoint.head.root else {
            return "expected the root `\(head.root)` of the entries, the signed one is `\(checkpoint.head.root)`"
        }
        let time = try row.integer(2)
        // Nothing signed says when the log was founded.
        guard size == 0 || time == head.time else {
            return "expected the time \(head.time) of its last entry, got \(time)"
        }
        return nil
    }
}
