import GRDB
import OpenSSLCrypto
import TransparencyLog

/// Where a verification begins: with the first entry, or behind a checkpoint whose entries were verified before.
struct VerificationBase {
    let tree: AppendableTree
    /// The time of the last entry in the tree.
    let lastTime: Int64

    private static let beginning = VerificationBase(tree: AppendableTree(), lastTime: .min)

    private init(tree: AppendableTree, lastTime: Int64) {
        self.tree = tree
        self.lastTime = lastTime
    }

    /// Proves that the stored log begins with the tree of `since`: the tiles at its right edge make the signed root.
    ///
    /// When it does not, that is a finding, and the verification begins with the first entry.
    ///
    /// - Throws: ``StoreError/orderRefused(_:)`` when the checkpoint itself is none of this log.
    init(
        _ since: SignedCheckpoint?,
        origin: String,
        verifier: NoteVerifier?,
        in database: Database,
        _ report: inout LogReport
    ) throws {
        self = Self.beginning
        guard let since else { return }
        let head: TreeHead
        do {
            if let verifier { try since.verify(by: verifier) }
            head = since.checkpoint.head
        } catch {
            throw StoreError.orderRefused("the checkpoint to begin from: \(error)")
        }
        guard since.checkpoint.origin.rawValue == origin else {
            throw StoreError.orderRefused(
                "the checkpoint to begin from: expected one of log `\(origin)`, got one of `\(since.checkpoint.origin)`"
            )
        }
        let size = UInt64(clamping: try database.integer("SELECT coalesce(max(idx) + 1, 0) FROM entries") ?? 0)
        guard head.size <= size else {
            report.add(
                .checkpoint,
                size,
                "the log was cut back: the checkpoint given signs \(head.size) entries, \(size) are there"
            )
            return
        }
        let tree: AppendableTree
        do {
            tree = try AppendableTree(size: head.size) { coordinate, width in
                Array(try TileTable.hashes(at: coordinate, in: database).prefix(width))
            }
        } catch {
            report.add(.tile, nil, "the tiles of the checkpoint given: \(error)")
            return
        }
        guard tree.head == head else {
            report.add(
                .checkpoint,
                nil,
                "the log does not go on from the checkpoint given: at size \(head.size) its tiles make the root "
                    + "`\(tree.head.root)`, signed is `\(head.root)`"
            )
            return
        }
        let time = try database.integer("SELECT time FROM entries WHERE idx = ?", Int64(clamping: head.size) - 1)
        self.init(tree: tree, lastTime: time ?? .min)
    }
}
