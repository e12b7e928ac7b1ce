import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// What the store knows of other nodes' logs, to hold their links against: the keys under which kept sheets list them.
///
/// A link whose digest stands in the details of its entry needs none of that; one whose entry's details are erased does.
final class OtherLogs {
    private let database: Database
    private var keys: [String: Set<String>]?

    init(_ database: Database) {
        self.database = database
    }

    /// The other log holds the entry, as the proof beside it shows: signed by a key of that log, where any sheet lists one.
    func prove(_ link: TransferLink, _ column: String) throws {
        try Self.prove(link, column, keys: try knownKeys()[link.entry.log.rawValue] ?? [])
    }

    /// The same by one of these keys; without any, the proof alone must hold.
    static func prove(_ link: TransferLink, _ column: String, keys: Set<String>) throws {
        let (entry, proof) = (link.entry, link.proof)
        let checkpoint = proof.signedCheckpoint.checkpoint
        try RowDifference.check(column, entry.index, proof.index)
        try RowDifference.check(column, entry.log, checkpoint.origin)
        let leaf = MerkleTree.leafHash(link.entryBytes)
        var flaw: (any Error)?
        do {
            try proof.inclusionProof.verify(leaf: leaf, root: checkpoint.head.root)
        } catch {
            throw RowDifference("column `\(column)`: \(error)")
        }
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

    private func knownKeys() throws -> [String: Set<String>] {
        if let keys { return keys }
        var found: [String: Set<String>] = [:]
        // A copy of an older release has no such table.
        if try database.tableExists("sheets") {
            for row in try database.all("SELECT bytes FROM sheets") {
                for node in try Self.nodes(inSheet: try row.bytes(0)) {
                    found[node.log.origin, default: []].insert(node.log.text)
                }
            }
        }
        keys = found
        return found
    }

    private static func nodes(inSheet bytes: [UInt8]) throws -> [PartnerSheet.Node] {
        do {
            return try PartnerSheet(canonicalJSON: CMSSignedMessage(der: bytes).content).nodes
        } catch {
            throw RowDifference("a kept sheet is none: \(error)")
        }
    }
}
