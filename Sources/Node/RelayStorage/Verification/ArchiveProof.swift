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
        try check(ArchiveSchema.checkpointsKey, "checkpoints", Self.checkpointCount(in: database), &report)
        try check(
            ArchiveSchema.witnessedKey,
            "the size of the witnessed one",
            Self.witnessedSize(in: database),
            &report
        )
        let rows = try database.all("SELECT number, size, time, note FROM checkpoints ORDER BY number")
        guard let last = rows.last else { return report.add(.checkpoint, nil, "there is none") }
        // Each checkpoint covers at least one entry more than the one before; that of the empty log has the number 0.
        var before: (number: Int64, size: Int64) = (0, 0)
        for (place, row) in rows.enumerated() {
            report.checkpointCount += 1
            let (number, size) = (try row.integer(0), try row.integer(1))
            // The last one may be of much later, and the first has those before the archive before it.
            let isNext = walk.range.lowerBound == 0 || place > 0
            if isNext, number != before.number + 1, try number != last.integer(0) {
                report.add(.checkpoint, UInt64(clamping: size), "checkpoint \(before.number + 1) is missing")
            }
            if number - before.number > size - before.size || number <= before.number {
                report.add(
                    .checkpoint,
                    UInt64(clamping: size),
                    "expected a number from \(before.number + 1) to \(before.number + size - before.size), got \(number)"
                )
            }
            before = (number, size)
            if let detail = try difference(in: row) { report.add(.checkpoint, UInt64(clamping: size), detail) }
        }
        guard report.isSound else { return }
        let signed = try CheckpointTable.parse(try last.bytes(3))
        if let detail = inconsistency(with: signed.checkpoint.head) {
            return report.add(.checkpoint, nil, "the last checkpoint: \(detail)")
        }
        var heads = [signed.checkpoint.head]
        for row in try database.all("SELECT size, note, cosigners FROM stable_checkpoints") {
            let stable = try CheckpointTable.parse(try row.bytes(1))
            let names = CosignerList.text(stable.note.signatures.dropFirst().map(\.name.rawValue).sorted())
            let isAsStated = try row.integer(0) == Int64(clamping: stable.checkpoint.head.size) && row.text(2) == names
            let detail =
                problem(of: stable) ?? inconsistency(with: stable.checkpoint.head)
                ?? (isAsStated ? nil : "its size and cosigners are not those of its note")
            if let detail { report.add(.checkpoint, nil, "the witnessed checkpoint: \(detail)") }
            heads.append(stable.checkpoint.head)
        }
        guard report.isSound else { return }
        try ArchiveTiles(database: database, heads: heads).run(&report)
        report.head = signed.checkpoint.head
        report.proven = report.isSound ? report.head : nil
    }

    static func checkpointCount(in database: Database) throws -> Int64 {
        try database.integer("SELECT count(*) FROM checkpoints") ?? 0
    }

    /// The size of the checkpoint that witnesses have cosigned; 0 when there is none.
    static func witnessedSize(in database: Database) throws -> Int64 {
        try database.integer("SELECT max(size) FROM stable_checkpoints") ?? 0
    }

    /// Whether the archive holds what it says that it does.
    private func check(_ key: String, _ what: String, _ got: Int64, _ report: inout LogReport) throws {
        let stated = try LogKeeping.value(key, in: database) ?? "nothing"
        if stated != "\(got)" {
            report.add(.checkpoint, nil, "\(what): `meta` says \(stated), the archive holds \(got)")
        }
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
        guard signed.note.signatures.count == 1 else {
            return "checkpoint \(number): expected the log's own signature alone, got \(signed.note.signatures.count)"
        }
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
