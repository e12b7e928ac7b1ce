import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import TransparencyLog

@testable import Relaying

/// A node's log in memory, with other entries in it, that proves whatever it is told to hold.
struct LogFixture {
    let origin: LogOrigin
    let time: Timestamp
    private let signer: NoteSigner
    private var leaves = (0..<5).map { MerkleTree.leafHash([$0]) }

    init(_ name: String, in scene: Scene) throws {
        let identity = try scene.identity(name)
        origin = identity.log
        time = scene.time
        let partner = try scene.coalition.partner(identity.partner.rawValue)
        signer = try NoteSigner(name: NoteKeyName(origin.rawValue), key: partner.node(name).logKey)
    }

    /// Appends the entry and proves it.
    mutating func link(
        _ draft: AuditEntryDraft,
        sequence: UInt64? = nil,
        log: LogOrigin? = nil,
        index: UInt64? = nil,
        at time: Timestamp? = nil
    ) throws -> TransferLink {
        let details = AuditDetails(salt: [UInt8](repeating: 3, count: 32), json: draft.details)
        let entry = AuditEntry(
            draft,
            log: log ?? origin,
            index: index ?? UInt64(leaves.count),
            time: time ?? self.time,
            nonce: [UInt8](repeating: 9, count: 32),
            sequence: sequence,
            details: details.commitment
        )
        let position = UInt64(leaves.count)
        leaves.append(MerkleTree.leafHash(entry.canonicalBytes))
        leaves.append(MerkleTree.leafHash([0xFF]))
        return try TransferLink(entryBytes: entry.canonicalBytes, proof: proof(of: position))
    }

    /// The proof that the log holds what it holds at `index`, under its checkpoint or one that another key signs.
    func proof(of index: UInt64, by other: NoteSigner? = nil) throws -> LogProof {
        var tree = AppendableTree()
        tree.append(leaves)
        let tiles = Dictionary(uniqueKeysWithValues: tree.takeChangedTiles().map { ($0.0, $0.1) })
        let reader = TileReader { tiles[$0] ?? [] }
        let path = try reader.inclusionProof(index: index, size: tree.size).path
        let signer = other ?? self.signer
        let checkpoint = try Checkpoint(origin: LogOrigin(signer.name.rawValue), head: tree.head)
        return LogProof(
            index: index,
            path: path,
            signedCheckpoint: try SignedCheckpoint(signing: checkpoint, by: signer)
        )
    }
}
