import GRDB
import OpenSSLCrypto
import TransparencyLog

/// What witnessing keeps beside the log, as far as anything here can say: that stable checkpoints are of this log's trees,
/// and that checkpoints of other logs are what those logs signed.
struct WitnessingComparison {
    let verifier: NoteVerifier?

    func run(_ database: Database, walk: EntryWalk, _ report: inout LogReport) throws {
        // A copy of an older release has none of this.
        guard try database.tableExists("stable_checkpoints") else { return }
        for row in try database.all("SELECT size, note FROM stable_checkpoints ORDER BY size") {
            let size = UInt64(clamping: try row.integer(0))
            guard size > walk.start else { continue }
            do {
                let signed = try SignedCheckpoint(parsing: row.bytes(1))
                if let verifier { try signed.verify(by: verifier) }
                if signed.checkpoint.head.size != size || walk.heads[size]?.root != signed.checkpoint.head.root {
                    report.add(.checkpoint, size - 1, "stable checkpoint \(size): the entries make another tree")
                }
            } catch let error as CheckpointError {
                report.add(.checkpoint, size - 1, "stable checkpoint \(size): \(error)")
            }
        }
        for row in try database.all("SELECT log, size, root, note FROM witnessed_logs ORDER BY log") {
            let log = try row.text(0)
            do {
                let signed = try SignedCheckpoint(parsing: row.bytes(3))
                try signed.verify(by: try NoteVerifier(verifierKey: log))
                let head = signed.checkpoint.head
                if Int64(clamping: head.size) != (try row.integer(1)) || head.root.bytes != (try row.bytes(2)) {
                    report.add(.log, nil, "what is witnessed of `\(log)` is not what its note says")
                }
            } catch let error as CheckpointError {
                report.add(.log, nil, "what is witnessed of `\(log)`: \(error)")
            } catch let error as NoteError {
                report.add(.log, nil, "what is witnessed of `\(log)`: \(error)")
            }
        }
    }
}
