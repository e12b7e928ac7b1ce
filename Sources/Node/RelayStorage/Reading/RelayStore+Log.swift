import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
package import Relaying
package import TransparencyLog

extension RelayStore {
    /// The last signed checkpoint; that of the empty log before the first entry.
    package func checkpoint() async throws(StoreError) -> SignedCheckpoint {
        try await read { try CheckpointTable.latest(in: $0) }
    }

    /// The first `width` hashes of a tile, as they are served (C2SP tlog-tiles); nil when the log has not so many.
    package func tile(_ coordinate: TileCoordinate, width: Int) async throws(StoreError) -> [UInt8]? {
        guard (1...TileCoordinate.fullWidth).contains(width), coordinate.level < TileCoordinate.levelCount else {
            return nil
        }
        return try await read { database in
            guard let bytes = try TileTable.bytes(at: coordinate, in: database) else { return nil }
            let length = width * SHA256Digest.byteCount
            return bytes.count >= length ? Array(bytes[..<length]) : nil
        }
    }

    /// The entry with its proof, under the first checkpoint that witnesses have cosigned, or else the latest; nil when the log
    /// does not reach so far.
    package func link(index: UInt64) async throws(StoreError) -> TransferLink? {
        try await link(index: index) { try CheckpointTable.best(covering: index, in: $0) }
    }

    /// The entry with the proof that was answered when it was appended; nil when the log does not reach so far.
    package func receipt(index: UInt64) async throws(StoreError) -> TransferLink? {
        try await link(index: index) { try CheckpointTable.first(covering: index, in: $0) }
    }

    /// The entry at `index`; nil when the log does not reach so far.
    package func entry(index: UInt64) async throws(StoreError) -> StoredEntry? {
        try await read { try StoredEntry.fetch(index: index, in: $0) }
    }

    /// One page of entries in the order of their indices. The last one's index begins the next page.
    package func entries(_ filter: EntryFilter = EntryFilter()) async throws(StoreError) -> [StoredEntry] {
        try await page(filter).entries
    }

    /// One page of entries, and where the search goes on: also a page without entries may not be the last.
    package func page(_ filter: EntryFilter) async throws(StoreError) -> EntryPage {
        try await read { try StoredEntry.fetch(filter, in: $0) }
    }

    /// The proof that the log of `newSize` entries begins with that of `oldSize`; nil when the log does not reach so far.
    package func consistencyProof(from oldSize: UInt64, to newSize: UInt64) async throws(StoreError)
        -> ConsistencyProof?
    {
        try await read { database in
            let size = try CheckpointTable.latest(in: database).checkpoint.head.size
            guard oldSize <= newSize, newSize <= size else { return nil }
            return try TileTable.reader(database).consistencyProof(from: oldSize, to: newSize)
        }
    }

    /// Whether the first `head.size` entries of the log are those of the tree `head`.
    package func leads(to head: TreeHead) async throws(StoreError) -> Bool {
        try await read { database in
            let size = try CheckpointTable.latest(in: database).checkpoint.head.size
            guard head.size <= size else { return false }
            return try TileTable.reader(database).root(size: head.size) == head.root
        }
    }

    private func link(
        index: UInt64,
        under checkpoint: @Sendable (Database) throws -> SignedCheckpoint
    ) async throws(StoreError) -> TransferLink? {
        try await read { try committed(index: index, under: checkpoint, in: $0) }?.link()
    }
}
