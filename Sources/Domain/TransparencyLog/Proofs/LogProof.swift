import CanonicalEncoding
public import OpenSSLCrypto

/// A proof that can be checked offline: an entry's place in a log, its inclusion path, and the signed checkpoint
/// (C2SP tlog-proof, `c2sp.org/tlog-proof@v1`). Receipts travel in this form.
public struct LogProof: Hashable, Sendable {
    /// The longest text accepted, in bytes.
    public static let maximumByteCount = 2 * SignedNote.maximumByteCount

    /// Opaque and unauthenticated data beside the proof; nil rather than empty.
    public let extra: [UInt8]?
    /// The proof of the entry's place in the tree of the checkpoint.
    public let inclusionProof: InclusionProof
    /// The checkpoint with all its signatures.
    public let signedCheckpoint: SignedCheckpoint

    /// A proof as claimed; ``verify(leafHash:verifier:)`` judges it. Empty `extra` counts as none.
    public init(extra: [UInt8]? = nil, index: UInt64, path: [SHA256Digest], signedCheckpoint: SignedCheckpoint) {
        self.extra = extra.flatMap { $0.isEmpty ? nil : $0 }
        let size = signedCheckpoint.checkpoint.head.size
        inclusionProof = InclusionProof(index: index, size: size, path: path)
        self.signedCheckpoint = signedCheckpoint
    }

    /// The zero-based index of the entry in the log.
    public var index: UInt64 { inclusionProof.index }
    /// The inclusion path, from the leaf's sibling up to the root's child.
    public var path: [SHA256Digest] { inclusionProof.path }

    /// Passes only if the log, whose key `verifier` is, has signed a tree that holds `leafHash` at ``index``; returns
    /// the checkpoint that says so.
    ///
    /// That *some* entry is in a log proves little: rebuild the entry that must be there and hash it
    /// (``MerkleTree/leafHash(_:)``).
    ///
    /// - Throws: ``ProofError``
    @discardableResult
    public func verify(leafHash: SHA256Digest, verifier: NoteVerifier) throws(ProofError) -> Checkpoint {
        let checkpoint: Checkpoint
        do {
            checkpoint = try signedCheckpoint.verify(by: verifier)
        } catch {
            throw .checkpoint(error)
        }
        try inclusionProof.verify(leaf: leafHash, root: checkpoint.head.root)
        return checkpoint
    }

    /// Passes only if a log of the policy has signed a tree that holds `leafHash` at ``index`` and the quorum of its
    /// witnesses has cosigned it; returns the checkpoint that says so.
    ///
    /// - Parameter time: A cosignature of a later time counts for nothing; in seconds since the epoch.
    /// - Throws: ``ProofError``
    @discardableResult
    public func verify(
        leafHash: SHA256Digest,
        policy: WitnessPolicy,
        at time: UInt64
    ) throws(ProofError) -> Checkpoint {
        let verdict = policy.judge(signedCheckpoint, at: time)
        guard case .accepted = verdict else { throw .notAccepted(by: verdict) }
        try inclusionProof.verify(leaf: leafHash, root: signedCheckpoint.checkpoint.head.root)
        return signedCheckpoint.checkpoint
    }
}

extension LogProof {
    private static let firstLine = "c2sp.org/tlog-proof@v1"

    /// The text of the proof as it is stored and sent.
    public var bytes: [UInt8] {
        var lines = [Self.firstLine]
        if let extra {
            lines.append("extra \(Base64.encode(extra))")
        }
        lines.append("index \(index)")
        lines += path.map { Base64.encode($0.bytes) }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + signedCheckpoint.bytes
    }

    /// The proof that `bytes` spell; ``bytes`` are then the same.
    ///
    /// - Throws: ``ProofError``
    public init(parsing bytes: [UInt8]) throws(ProofError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw .malformedText(reason: "expected at most \(Self.maximumByteCount) bytes, got \(bytes.count)")
        }
        let newline = UInt8(ascii: "\n")
        guard let end = bytes.indices.dropLast().first(where: { bytes[$0] == newline && bytes[$0 + 1] == newline })
        else {
            throw .malformedText(reason: "expected an empty line before the checkpoint")
        }
        guard bytes[..<end].allSatisfy({ $0 < 0x80 }) else {
            throw .malformedText(reason: "expected ASCII before the checkpoint")
        }
        var lines = bytes[..<end].split(separator: newline, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }[...]
        guard lines.popFirst() == Self.firstLine else {
            throw .malformedText(reason: "expected the first line to be `\(Self.firstLine)`")
        }
        var extra: [UInt8]?
        if let line = lines.first, line.hasPrefix("extra ") {
            guard let data = Base64.decode(line.dropFirst("extra ".count)), !data.isEmpty else {
                throw .malformedText(reason: "expected extra data in base 64 that is not empty")
            }
            extra = data
            lines.removeFirst()
        }
        guard let line = lines.popFirst(), line.hasPrefix("index "),
            let index = CanonicalDecimal.parse(line.dropFirst("index ".count).utf8)
        else {
            throw .malformedText(reason: "expected `index` and a decimal number without leading zeros")
        }
        guard lines.count <= 64 else {
            throw .malformedText(reason: "expected at most 64 hashes, got \(lines.count)")
        }
        var path: [SHA256Digest] = []
        for line in lines {
            guard let hash = Base64.decode(line).flatMap({ SHA256Digest($0) }) else {
                throw .malformedText(reason: "expected a hash of 32 bytes in base 64, got `\(line)`")
            }
            path.append(hash)
        }
        let signedCheckpoint: SignedCheckpoint
        do {
            signedCheckpoint = try SignedCheckpoint(parsing: Array(bytes[(end + 2)...]))
        } catch {
            throw .checkpoint(error)
        }
        self.init(extra: extra, index: index, path: path, signedCheckpoint: signedCheckpoint)
        guard index < inclusionProof.size else { throw .indexOutOfRange(index: index, size: inclusionProof.size) }
    }
}
