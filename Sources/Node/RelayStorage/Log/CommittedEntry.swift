import OpenSSLCrypto
import Relaying
import TransparencyLog

/// An entry that is durable, with what its proof is made of.
struct CommittedEntry: Sendable {
    let content: Content
    let index: UInt64
    let path: [SHA256Digest]
    let checkpoint: SignedCheckpoint

    enum Content: Sendable {
        /// Made by this writer, with the bytes that it hashed.
        case appended(AuditEntry, bytes: [UInt8])
        /// Read back from the database: parsed only when somebody asks for it, on the thread of whoever does.
        case stored(bytes: [UInt8])
    }

    func link() throws(StoreError) -> TransferLink {
        let proof = LogProof(index: index, path: path, signedCheckpoint: checkpoint)
        switch content {
        case .appended(let entry, let bytes):
            return TransferLink(encoding: entry, as: bytes, proof: proof)
        case .stored(let bytes):
            do {
                return try TransferLink(entryBytes: bytes, proof: proof)
            } catch {
                throw .damaged("entry \(index): \(error)")
            }
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

    /// The links of those entries among them that are in `range`.
    func links(_ range: EntryRange) throws(StoreError) -> [TransferLink] {
        var links: [TransferLink] = []
        for entry in entries where entry.index >= range.first && entry.index - range.first < range.count {
            links.append(try entry.link())
        }
        return links
    }

    /// The link of the one entry in `range`.
    func link(_ range: EntryRange) throws(StoreError) -> TransferLink {
        guard let link = try links(range).first else { throw .damaged("entry \(range.first) was not committed") }
        return link
    }

    /// The link of the one entry of a job that appends one.
    func link() throws(StoreError) -> TransferLink {
        guard let entry = entries.first, entries.count == 1 else {
            throw .damaged("expected one entry of the job, got \(entries.count)")
        }
        return try entry.link()
    }
}
