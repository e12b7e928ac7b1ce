import GRDB
import Relaying
import TransparencyLog

extension RelayStore {
    /// The links that were answered when the entries were appended: the same entries, proofs and checkpoint, byte for
    /// byte.
    func firstLinks(_ range: EntryRange) async throws(StoreError) -> [TransferLink] {
        let entries = try await read { database in
            let checkpoint = try CheckpointTable.first(covering: range.first, in: database)
            return try committed(range, under: checkpoint, in: database)
        }
        return try Committed(value: (), entries: entries).links()
    }
}

/// Entries as they were committed, with proofs under a checkpoint that covers them.
func committed(_ range: EntryRange, under checkpoint: SignedCheckpoint, in database: Database) throws
    -> [CommittedEntry]
{
    let indices = range.first..<range.first + range.count
    let proofs = try TileTable.reader(database)
        .inclusionProofs(indices: indices, size: checkpoint.checkpoint.head.size)
    return try proofs.map { proof in
        guard let row = try database.first("SELECT bytes FROM entries WHERE idx = ?", Int64(proof.index)) else {
            throw StoreError.damaged("entry \(proof.index) is missing")
        }
        return CommittedEntry(
            content: .stored(bytes: try row.bytes(0)),
            index: proof.index,
            path: proof.path,
            checkpoint: checkpoint
        )
    }
}

/// The entry at `index`, with its proof under a checkpoint that covers it; nil when the log does not reach so far.
func committed(
    index: UInt64,
    under checkpoint: (Database) throws -> SignedCheckpoint,
    in database: Database
) throws -> CommittedEntry? {
    guard index < (try CheckpointTable.latest(in: database).checkpoint.head.size) else { return nil }
    return try committed(EntryRange(first: index, count: 1), under: try checkpoint(database), in: database).first
}
