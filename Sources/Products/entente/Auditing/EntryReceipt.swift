import CanonicalEncoding
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// An entry that is proven to stand in a log, under a key.
struct EntryReceipt: Sendable {
    let link: TransferLink
    let checkpoint: Checkpoint

    /// Proves that the log whose key it is has signed a tree that holds the entry at `index`.
    init(_ link: TransferLink, index: UInt64, key: LogKey) throws(CommandFailure) {
        guard link.entry.index == index, link.proof.index == index else {
            throw Self.broken(
                "expected entry \(index), got entry \(link.entry.index) with a proof of \(link.proof.index)"
            )
        }
        do {
            checkpoint = try link.proof.verify(
                leafHash: MerkleTree.leafHash(link.entryBytes),
                verifier: key.verifier
            )
        } catch {
            throw Self.broken("the proof of entry \(index) does not hold: \(error)")
        }
        guard checkpoint.origin == link.entry.log else {
            throw Self.broken("entry \(index) is of log `\(link.entry.log)`, its proof of log `\(checkpoint.origin)`")
        }
        self.link = link
    }

    /// What is proven, in a sentence.
    var statement: String {
        "proven: entry \(link.entry.index) stands in the log \(checkpoint.origin), in its signed tree of "
            + "\(checkpoint.head.size) entries with the root \(checkpoint.head.root)"
    }

    private static func broken(_ message: String) -> CommandFailure {
        CommandFailure(
            message,
            next: "keep a copy of the database, and run `entente audit verify`",
            status: .auditBroken
        )
    }
}
