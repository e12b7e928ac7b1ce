import CanonicalEncoding
import Foundation
import GRDB
import OpenSSLCrypto
import TransparencyLog

/// The tree of all entries, made anew from their bytes when the store opens.
struct TreeRebuild {
    let tree: AppendableTree
    let lastTime: Timestamp

    /// Hashes every entry again and compares the result with the stored tiles and the last signed checkpoint.
    ///
    /// - Throws: ``StoreError/damaged(_:)`` naming the first bad index: the node does not start over a damaged log.
    static func run(_ database: Database, origin: LogOrigin, verifier: NoteVerifier) throws -> TreeRebuild {
        let tree: AppendableTree?
        do {
            tree = try rehash(database)
        } catch is Difference {
            tree = nil
        }
        let signed = try CheckpointTable.latest(in: database)
        guard let tree, signed.checkpoint.head == tree.head, isSigned(signed, by: verifier, origin: origin) else {
            let report = try LogVerification(origin: origin, verifier: verifier).run(database)
            throw StoreError.damaged(
                report.firstBad.map { "\($0); run `entente audit verify` and restore the data folder" }
                    ?? "the tree of the entries is not the one of the last checkpoint"
            )
        }
        let time = try database.integer("SELECT time FROM entries ORDER BY idx DESC LIMIT 1")
        return TreeRebuild(tree: tree, lastTime: Timestamp(millisecondsSinceEpoch: time ?? 0))
    }

    private struct Difference: Error {}

    private static func isSigned(_ signed: SignedCheckpoint, by verifier: NoteVerifier, origin: LogOrigin) -> Bool {
        do {
            return try signed.verify(by: verifier).origin == origin
        } catch {
            return false
        }
    }

    private static func rehash(_ database: Database) throws -> AppendableTree {
        var tree = AppendableTree()
        var leaves: [SHA256Digest] = []
        let chunk = 16_384
        leaves.reserveCapacity(chunk)
        let rows = try database.each("SELECT idx, bytes FROM entries ORDER BY idx")
        while let row = try rows.next() {
            guard try row.integer(0) == Int64(tree.size) + Int64(leaves.count) else { throw Difference() }
            leaves.append(try row.withUnsafeData(atIndex: 1) { MerkleTree.leafHash([UInt8]($0 ?? Data())) })
            if leaves.count == chunk { try append(&leaves, to: &tree, database) }
        }
        try append(&leaves, to: &tree, database)
        return tree
    }

    private static func append(_ leaves: inout [SHA256Digest], to tree: inout AppendableTree, _ database: Database)
        throws
    {
        tree.append(leaves)
        leaves.removeAll(keepingCapacity: true)
        for (coordinate, hashes) in tree.takeChangedTiles() {
            guard let stored = try TileTable.bytes(at: coordinate, in: database),
                stored.starts(with: TileBytes.encode(hashes))
            else { throw Difference() }
        }
    }
}
