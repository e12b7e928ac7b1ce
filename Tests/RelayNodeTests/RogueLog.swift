import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import RelayTransport
import Relaying
import TestSupport
import TransparencyLog

/// The log of a node whose operator writes into it what he likes. He holds its true key.
struct RogueLog {
    let node: SPIFFEID
    private let signer: NoteSigner
    private var leaves: [SHA256Digest] = []

    init(of code: String, in coalition: RunningCoalition, signedBy other: String? = nil) throws {
        node = try coalition.nodeID(code)
        let keeper = other ?? code
        let keys = try coalition.fixture.partner(keeper).node(RunningCoalition.nodeNames[keeper] ?? keeper)
        signer = try NoteSigner(name: try NoteKeyName(node.logName), key: keys.logKey)
    }

    /// What an honest node would write when it hands `envelope` over.
    func draft(
        _ kind: AuditEntryKind,
        _ envelope: Envelope,
        to destination: SPIFFEID,
        through nextHop: SPIFFEID? = nil,
        from peer: SPIFFEID? = nil
    ) throws -> AuditEntryDraft {
        let originator = try ReceivedEnvelope(envelope).header.originator
        let submitter = "spiffe://\(originator.partner.rawValue.lowercased()).example/mailbox/\(originator.mailbox)"
        return AuditEntryDraft(
            kind,
            .allowed,
            realm: .live,
            peer: try peer ?? (kind == .release ? SPIFFEID(submitter) : nil),
            message: try envelope.id,
            object: .message,
            digest: envelope.digest,
            envelope: envelope.digest,
            destination: destination,
            nextHop: nextHop ?? destination
        )
    }

    /// Appends an entry and proves it under a checkpoint over the log as it then is.
    mutating func append(
        _ draft: AuditEntryDraft,
        sequence: UInt64? = nil,
        index: UInt64? = nil,
        at time: Timestamp = .now()
    ) throws -> TransferLink {
        let entry = AuditEntry(
            draft,
            log: try LogOrigin(node.logName),
            index: index ?? UInt64(leaves.count),
            time: time,
            nonce: try SecureRandom.bytes(32),
            sequence: sequence,
            details: .hash([])
        )
        leaves.append(MerkleTree.leafHash(entry.canonicalBytes))
        return try TransferLink(entryBytes: entry.canonicalBytes, proof: try proof(index: UInt64(leaves.count - 1)))
    }

    /// Appends a release with a sequence number.
    mutating func release(
        _ envelope: Envelope,
        to destination: SPIFFEID,
        through nextHop: SPIFFEID? = nil,
        editing edit: (inout AuditEntryDraft) throws -> Void = { _ in }
    ) throws -> TransferLink {
        var draft = try draft(.release, envelope, to: destination, through: nextHop)
        try edit(&draft)
        return try append(draft, sequence: UInt64(leaves.count + 1))
    }

    func proof(index: UInt64) throws -> LogProof {
        var tree = AppendableTree()
        tree.append(leaves)
        let path = try TileReader { [leaves] _ in leaves }.inclusionProof(index: index, size: tree.size).path
        let checkpoint = Checkpoint(origin: try LogOrigin(node.logName), head: tree.head)
        let signed = try SignedCheckpoint(signing: checkpoint, by: signer)
        return LogProof(index: index, path: path, signedCheckpoint: signed)
    }
}

extension WireClient {
    /// Brings an object, as a node does.
    func transfer(_ links: [TransferLink], _ kind: TransferObjectKind = .message, _ object: [UInt8]) async throws
        -> WireResponse
    {
        let bytes = Transfer.encode(links: links, kind: kind, objectBytes: object)
        return try await post("/v1/transfers", Transfer.mediaType, bytes)
    }
}
