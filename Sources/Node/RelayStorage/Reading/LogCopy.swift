import GRDB
package import OpenSSLCrypto
package import Relaying
package import TransparencyLog

/// A stored log that is read and never written: a copy of a node's database, or that of a running node.
///
/// Nothing here is verified, neither entries nor the key that the database names: that is ``LogVerification``'s part.
/// What ``link(index:)`` gives proves itself.
package struct LogCopy: Sendable {
    let queue: DatabaseQueue
    /// The log's name, by the database's word.
    package let origin: String
    /// The key that verifies the log's checkpoints, by the database's word.
    package let verifier: NoteVerifier
    /// Whether it is an archive of a part of the log: that has no tables beside the entries and their proofs.
    package let isArchive: Bool

    /// Opens the database file at `path` read-only.
    package init(path: String) throws(StoreError) {
        do {
            let queue = try StoreDatabase.openReadOnly(path: path)
            (origin, verifier, isArchive) = try queue.read { database in
                try LogKeeping.checkHoldsLog(database, path: path)
                let key = try LogKeeping.value(LogKeeping.verifierKey, in: database) ?? ""
                do {
                    return (
                        try LogKeeping.value(LogKeeping.originKey, in: database) ?? "",
                        try NoteVerifier(verifierKey: key),
                        try ArchiveSchema.isArchive(database)
                    )
                } catch let error as NoteError {
                    throw StoreError.damaged("the stored log key is none: \(error)")
                }
            }
            self.queue = queue
        } catch {
            throw StoreError(error)
        }
    }

    /// The last signed checkpoint.
    package func checkpoint() throws(StoreError) -> SignedCheckpoint {
        try read { try CheckpointTable.latest(in: $0) }
    }

    /// The entry at `index`; nil when the log does not reach so far.
    package func entry(index: UInt64) throws(StoreError) -> StoredEntry? {
        try read { try StoredEntry.fetch(index: index, in: $0) }
    }

    /// One page of entries in the order of their indices. The last one's index begins the next page.
    package func entries(_ filter: EntryFilter = EntryFilter()) throws(StoreError) -> [StoredEntry] {
        try page(filter).entries
    }

    /// One page of entries, and where the search goes on: also a page without entries may not be the last.
    package func page(_ filter: EntryFilter) throws(StoreError) -> EntryPage {
        try read { try StoredEntry.fetch(filter, in: $0) }
    }

    /// The entry with its proof, under the first checkpoint that witnesses have cosigned, or else the latest; nil when the log
    /// does not reach so far.
    package func link(index: UInt64) throws(StoreError) -> TransferLink? {
        try read { try committed(index: index, under: { try CheckpointTable.best(covering: index, in: $0) }, in: $0) }?
            .link()
    }

    /// A policy that has been in force; nil when none had the hash, or the copy is of a release that kept none.
    package func policy(_ hash: SHA256Digest) throws(StoreError) -> PolicyRecord? {
        try read { database in
            guard try database.tableExists("policies") else { return nil }
            return try PolicyRecord.find(hash, in: database)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw StoreError(error)
        }
    }
}
