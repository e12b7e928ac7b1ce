public import OpenSSLCrypto

/// A key that verifies the cosignatures of one witness (C2SP tlog-cosignature, `cosignature/v1`).
public struct CosignatureVerifier: Hashable, Sendable, CustomStringConvertible {
    /// The name in the signature lines.
    public let name: NoteKeyName
    /// The ID in the signature lines, computed from name and key; never that of a key that signs notes.
    public let keyID: NoteKeyID
    /// The Ed25519 key.
    public let publicKey: PublicKey
    private let rawKey: [UInt8]

    /// The verifier of this key under this name.
    ///
    /// - Throws: ``NoteError/unsupportedKeyAlgorithm(_:)`` unless the key is an Ed25519 key.
    public init(name: NoteKeyName, publicKey: PublicKey) throws(NoteError) {
        guard let rawKey = publicKey.rawEd25519 else {
            throw .unsupportedKeyAlgorithm(publicKey.algorithm.rawValue)
        }
        self.name = name
        self.publicKey = publicKey
        self.rawKey = rawKey
        keyID = NoteKeyID(name: name, type: .cosignatureV1, publicKey: rawKey)
    }

    /// The verifier that the text form `<name>+<key ID>+<base 64 of type byte and key>` spells; its ID must be right.
    ///
    /// - Throws: ``NoteError``
    public init(verifierKey text: String) throws(NoteError) {
        let key = try VerifierKeyText(parsing: text, type: .cosignatureV1)
        try self.init(name: key.name, publicKey: key.publicKey)
    }

    /// The text form by which keys are exchanged.
    public var verifierKey: String {
        VerifierKeyText.text(name: name, keyID: keyID, type: .cosignatureV1, rawKey: rawKey)
    }

    public var description: String { verifierKey }

    /// The public key as bytes, by which two keys are the same whatever their names.
    var rawPublicKey: [UInt8] { rawKey }

    /// Passes only if the witness has cosigned the checkpoint: at least one line names it, and each that does verifies.
    /// Returns the latest of their times, in seconds since the epoch.
    ///
    /// - Throws: ``NoteError/notSigned(by:keyID:)`` and ``NoteError/invalidSignature(by:keyID:)``
    @discardableResult
    public func verify(_ signed: SignedCheckpoint) throws(NoteError) -> UInt64 {
        let claimed = signed.note.signatures.filter { $0.keyID == keyID && $0.name == name }
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
    func time(of line: NoteSignature, over checkpoint: Checkpoint) throws(NoteError) -> UInt64 {
        guard line.keyID == keyID, line.name == name else { throw .notSigned(by: name, keyID: keyID) }
        guard let cosignature = Cosignature(line) else { throw .invalidSignature(by: name, keyID: keyID) }
        let message = Cosignature.message(checkpoint, at: cosignature.time)
        guard publicKey.isValidSignature(cosignature.signature, for: message) else {
            throw .invalidSignature(by: name, keyID: keyID)
        }
        return cosignature.time
    }
}
