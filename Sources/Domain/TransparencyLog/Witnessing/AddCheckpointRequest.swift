import CanonicalEncoding
public import OpenSSLCrypto

/// What a log asks of a witness: to cosign a checkpoint, with the proof that it goes on from the size that the witness
/// has cosigned last (C2SP tlog-witness, "add-checkpoint").
public struct AddCheckpointRequest: Hashable, Sendable {
    /// The longest request accepted, in bytes.
    public static let maximumByteCount = SignedNote.maximumByteCount + 4096
    /// The longest proof that the specification allows, in hashes.
    public static let maximumProofCount = 63

    /// The size that the witness has cosigned last, as the log believes.
    public let oldSize: UInt64
    /// The hashes of the consistency proof.
    public let proof: [SHA256Digest]
    public let signedCheckpoint: SignedCheckpoint

    /// - Precondition: `proof` has at most 63 hashes, as that of any two trees has.
    public init(oldSize: UInt64, proof: [SHA256Digest], signedCheckpoint: SignedCheckpoint) {
        precondition(proof.count <= Self.maximumProofCount, "a consistency proof has at most 63 hashes")
        self.oldSize = oldSize
        self.proof = proof
        self.signedCheckpoint = signedCheckpoint
    }

    /// The request as it is sent.
    public var bytes: [UInt8] {
        let lines = ["old \(oldSize)"] + proof.map { Base64.encode($0.bytes) }
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + signedCheckpoint.bytes
    }

    /// The request that `bytes` spell; ``bytes`` are then the same.
    ///
    /// - Throws: ``WitnessFormError``
    public init(parsing bytes: [UInt8]) throws(WitnessFormError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw WitnessFormError("expected at most \(Self.maximumByteCount) bytes, got \(bytes.count)")
        }
        let newline = UInt8(ascii: "\n")
        guard let end = bytes.indices.dropLast().first(where: { bytes[$0] == newline && bytes[$0 + 1] == newline })
        else { throw WitnessFormError("expected an empty line before the checkpoint") }
        guard bytes[..<end].allSatisfy({ $0 < 0x80 }) else {
            throw WitnessFormError("expected ASCII before the checkpoint")
        }
        var lines = bytes[..<end].split(separator: newline, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }[...]
        let first = lines.popFirst() ?? ""
        guard first.hasPrefix("old "), let oldSize = CanonicalDecimal.parse(first.dropFirst("old ".count).utf8) else {
            throw WitnessFormError("expected `old` and a decimal number without leading zeros, got `\(first)`")
        }
        guard lines.count <= Self.maximumProofCount else {
            throw WitnessFormError("expected at most \(Self.maximumProofCount) hashes, got \(lines.count)")
        }
        var proof: [SHA256Digest] = []
        for line in lines {
            guard let hash = Base64.decode(line).flatMap({ SHA256Digest($0) }) else {
                throw WitnessFormError("expected a hash of 32 bytes in base 64, got `\(line)`")
            }
            proof.append(hash)
        }
        let signedCheckpoint: SignedCheckpoint
        do {
            signedCheckpoint = try SignedCheckpoint(parsing: Array(bytes[(end + 2)...]))
        } catch {
            throw WitnessFormError("\(error)")
        }
        self.init(oldSize: oldSize, proof: proof, signedCheckpoint: signedCheckpoint)
    }
}
