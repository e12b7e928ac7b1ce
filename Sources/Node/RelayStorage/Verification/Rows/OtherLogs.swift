import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What the store knows of other nodes' logs, to hold their links against: the keys under which the sheets list them that were
/// in force.
///
/// A link whose digest stands in the details of its entry needs none of that; one whose entry's details are erased does.
final class OtherLogs {
    /// The keys by log.
    private enum Keys {
        case listed([String: Set<String>])
        /// No entry names a directory.
        case none
    }

    private let database: Database
    private var keys: Keys?

    init(_ database: Database) {
        self.database = database
    }

    /// The other log holds the entry, as the proof beside it shows: signed by a key of that log.
    ///
    /// A node's log names the directories that were in force; where none is named, the proof alone must hold.
    func prove(_ link: TransferLink, _ column: String) throws {
        switch try knownKeys() {
        case .none: try Self.prove(link, column, keys: [])
        case .listed(let keys):
            guard let keys = keys[link.entry.log.rawValue] else {
                throw RowDifference("column `\(column)`: no sheet that was in force lists the log `\(link.entry.log)`")
            }
            try Self.prove(link, column, keys: keys)
        }
    }

    /// The same by one of these keys; without any, the proof alone must hold.
    static func prove(_ link: TransferLink, _ column: String, keys: Set<String>) throws {
        let (entry, proof) = (link.entry, link.proof)
        let checkpoint = proof.signedCheckpoint.checkpoint
        try RowDifference.check(column, entry.index, proof.index)
        try RowDifference.check(column, entry.log, checkpoint.origin)
        let leaf = MerkleTree.leafHash(link.entryBytes)
        do {
            try proof.inclusionProof.verify(leaf: leaf, root: checkpoint.head.root)
        } catch {
            throw RowDifference("column `\(column)`: \(error)")
        }
        var flaw: (any Error)?
        for key in keys.sorted() {
            do {
                _ = try proof.verify(leafHash: leaf, verifier: try NoteVerifier(verifierKey: key))
                return
            } catch {
                flaw = error
            }
        }
        if let flaw { throw RowDifference("column `\(column)`: \(flaw)") }
    }

    private func knownKeys() throws -> Keys {
        if let keys { return keys }
        let hashes = try directories()
        var found: [String: Set<String>] = [:]
        // A copy of an older release has no such table.
        if !hashes.isEmpty, try database.tableExists("directories") {
            for hash in hashes {
                for sheet in try DirectoryRecord.find(hash, in: database)?.sheets ?? [] {
                    for node in try Self.nodes(inSheet: sheet) {
                        found[node.log.origin, default: []].insert(node.log.text)
                    }
                }
            }
        }
        let keys: Keys = hashes.isEmpty ? .none : .listed(found)
        self.keys = keys
        return keys
    }

    /// The directories that were in force, as the entries about starts and changes of trust name them.
    private func directories() throws -> Set<SHA256Digest> {
        var hashes: Set<SHA256Digest> = []
        let entries = try database.each(
            "SELECT bytes FROM entries WHERE kind IN (?, ?)",
            AuditEntryKind.start.rawValue,
            AuditEntryKind.trustChange.rawValue
        )
        while let row = try entries.next() {
            do {
                if let hash = try AuditEntry(canonicalBytes: try row.bytes(0)).directory { hashes.insert(hash) }
            } catch is AuditEntryError {
                // The walk over the entries has named it.
                continue
            }
        }
        return hashes
    }

    private static func nodes(inSheet bytes: [UInt8]) throws -> [PartnerSheet.Node] {
        do {
            return try PartnerSheet(canonicalJSON: CMSSignedMessage(der: bytes).content).nodes
        } catch {
            throw RowDifference("a kept sheet is none: \(error)")
        }
    }
}
