import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import MessageEnvelope
import OpenSSLCrypto
import TestSupport
import TransparencyLog

/// A node's log of two entries, made by hand: what a client may be shown as proof.
struct SmallLog {
    let signer: NoteSigner
    let origin: String

    init(of node: PartnerFixture.Node, origin: String) throws {
        signer = try NoteSigner(name: try NoteKeyName(origin), key: node.logKey)
        self.origin = origin
    }

    /// An entry as a node writes it, with the fields that a test wants to be different.
    func entry(
        about message: SealedMaterial,
        _ changes: [String: JSONValue] = [:],
        without: Set<String> = []
    ) -> [UInt8] {
        var members: [String: JSONValue] = [
            "destination": "spiffe://fra.example/node/fra-hub",
            "details": .string(SHA256Digest.hash([]).hex),
            "envelope": .string(message.digest.hex),
            "index": 1,
            "kind": "release",
            "log": .string(origin),
            "message": .string(message.header.id.description),
            "nonce": .string(SHA256Digest.hash([1]).hex),
            "outcome": "allowed",
            "realm": "live",
            "sequence": 7,
            "time": .string(CoalitionFixture.time.rfc3339),
            "version": 1,
        ]
        for (name, value) in changes { members[name] = value }
        for name in without { members[name] = nil }
        return JSONValue.object(members).canonicalBytes
    }

    /// The entry's proof as the second leaf of the log.
    func proof(of entry: [UInt8], index: UInt64 = 1, signedBy other: NoteSigner? = nil) throws -> LogProof {
        let first = MerkleTree.leafHash(Array("first".utf8))
        let root = MerkleTree.nodeHash(first, MerkleTree.leafHash(entry))
        let checkpoint = Checkpoint(origin: try LogOrigin(origin), head: TreeHead(size: 2, root: root))
        return LogProof(
            index: index,
            path: [first],
            signedCheckpoint: try SignedCheckpoint(signing: checkpoint, by: other ?? signer)
        )
    }

    func receipt(for entry: [UInt8]) throws -> LogReceipt {
        try LogReceipt(entryBytes: entry, proof: try proof(of: entry))
    }
}

/// A sealed message with what a node would log about it.
struct SealedMaterial {
    let header: MessageHeader
    let digest: SHA256Digest
}
