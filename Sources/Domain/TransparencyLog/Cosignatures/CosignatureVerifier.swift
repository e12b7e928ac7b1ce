import OpenSSLCrypto

/// A key that verifies the cosignatures of one witness (C2SP tlog-cosignature, `cosignature/v1`).
///
/// Its ID is never that of a key that signs notes, though the key may be the same: the type enters the ID, and what is
/// signed begins with a line that no checkpoint begins with.
public struct CosignatureVerifier: KeyedVerifier {
    public static let type = SignatureType.cosignatureV1
    public let key: NoteKey

    public init(key: NoteKey) {
        precondition(key.type == Self.type, "a cosignature is verified by a key for cosignatures")
        self.key = key
    }

    /// Passes only if the witness has cosigned the checkpoint: at least one line names it, and each that does verifies.
    /// Returns the latest of their times, in seconds since the epoch.
    ///
    /// - Throws: ``NoteError/notSigned(by:keyID:)`` and ``NoteError/invalidSignature(by:keyID:)``
    @discardableResult
    public func verify(_ signed: SignedCheckpoint) throws(NoteError) -> UInt64 {
        let claimed = signed.note.signatures.filter(key.isNamed(in:))
        var latest: UInt64?
        for line in claimed {
            latest = max(latest ?? 0, try time(of: line, over: signed.checkpoint))
        }
        guard let latest else { throw .notSigned(by: name, keyID: keyID) }
        return latest
    }

    /// The time that a line states, if it is this witness's cosignature over the checkpoint.
    ///
    /// - Throws: ``NoteError/notSigned(by:keyID:)`` and ``NoteError/invalidSignature(by:keyID:)``
    package func time(of line: NoteSignature, over checkpoint: Checkpoint) throws(NoteError) -> UInt64 {
        guard key.isNamed(in: line) else { throw .notSigned(by: name, keyID: keyID) }
        guard let cosignature = Cosignature(line) else { throw .invalidSignature(by: name, keyID: keyID) }
        let message = Cosignature.message(checkpoint, at: cosignature.time)
        guard publicKey.isValidSignature(cosignature.signature, for: message) else {
            throw .invalidSignature(by: name, keyID: keyID)
        }
        return cosignature.time
    }
}
