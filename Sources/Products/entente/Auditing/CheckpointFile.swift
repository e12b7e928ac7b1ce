import TransparencyLog

/// A signed checkpoint in a file: the note alone, or a tlog-proof, which ends with one.
enum CheckpointFile {
    /// Reads it and checks its signature.
    ///
    /// - Parameter verifier: the key of the log that is to be verified.
    static func read(_ file: String, signedBy verifier: NoteVerifier) throws(CommandFailure) -> SignedCheckpoint {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(file, limit: 1 << 20)
        } catch {
            throw CommandFailure(error.message, next: "name a file with a signed checkpoint")
        }
        let signed: SignedCheckpoint
        do {
            signed = try checkpoint(bytes)
        } catch {
            throw CommandFailure(
                "`\(file)`: expected a signed checkpoint or a tlog-proof: \(error)",
                next: "take the checkpoint from a receipt, from a partner, or from an earlier verification",
                status: .badConfiguration
            )
        }
        do {
            try signed.verify(by: verifier)
            return signed
        } catch {
            throw CommandFailure(
                "`\(file)`: \(error)",
                next: "give a checkpoint of the log `\(verifier.name)`, signed with the key that it has",
                status: .badConfiguration
            )
        }
    }

    private static func checkpoint(_ bytes: [UInt8]) throws -> SignedCheckpoint {
        guard bytes.starts(with: "c2sp.org/tlog-proof".utf8) else { return try SignedCheckpoint(parsing: bytes) }
        return try LogProof(parsing: bytes).signedCheckpoint
    }
}
