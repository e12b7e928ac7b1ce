import OpenSSLCrypto
import Relaying
import TransparencyLog

/// An entry that is durable, with what its proof is made of.
///
/// Making the link parses the entry again, so that it is left to the caller's thread: the writer has others waiting.
struct CommittedEntry: Sendable {
    let index: UInt64
    let bytes: [UInt8]
    let path: [SHA256Digest]
    let checkpoint: SignedCheckpoint

    func link() throws(StoreError) -> TransferLink {
        do {
            return try TransferLink(
                entryBytes: bytes,
                proof: LogProof(index: index, path: path, signedCheckpoint: checkpoint)
            )
        } catch {
            throw .damaged("entry \(index): \(error)")
        }
    }
}

/// What a job did, after the commit: its own result and the entries that it appended, in order.
struct Committed<Value: Sendable>: Sendable {
    let value: Value
    let entries: [CommittedEntry]

    func links() throws(StoreError) -> [TransferLink] {
        var links: [TransferLink] = []
        for entry in entries { links.append(try entry.link()) }
        return links
    }
}
