public import OpenSSLCrypto

/// A private Ed25519 key by which a witness cosigns checkpoints (C2SP tlog-cosignature, "Ed25519 signed message").
///
/// A cosignature says that, at its time, the checkpoint was the largest that the witness had seen of the log and agreed
/// with all before it. Whether that is so is for ``Witness`` to decide before this signs.
public struct CosignatureSigner: Sendable {
    /// The public half: what to give to those who verify.
    public let verifier: CosignatureVerifier
    private let key: PrivateKey

    /// The signer with this key under this name. The key serves one witness; it may sign the checkpoints of a log of that
    /// name besides, for what a cosignature signs begins with a line that no checkpoint of a node's log begins with.
    ///
    /// - Throws: ``NoteError/unsupportedKeyAlgorithm(_:)`` unless the key is an Ed25519 key.
    public init(name: NoteKeyName, key: PrivateKey) throws(NoteError) {
        verifier = try CosignatureVerifier(name: name, publicKey: key.publicKey)
        self.key = key
    }

    /// The signature line over the checkpoint, extension lines included.
    ///
    /// - Parameter time: Seconds since the epoch, at most `Int64.max`.
    /// - Throws: ``NoteError/signingFailed(reason:)``
    public func cosign(_ checkpoint: Checkpoint, at time: UInt64) throws(NoteError) -> NoteSignature {
        guard time <= Cosignature.maximumTime else {
            throw .signingFailed(reason: "expected a time of at most \(Cosignature.maximumTime) seconds, got \(time)")
        }
        let signature = try key.signature(of: Cosignature.message(checkpoint, at: time))
        let cosignature = Cosignature(time: time, signature: signature)
        return NoteSignature(name: verifier.name, keyID: verifier.keyID, signature: cosignature.bytes)
    }
}
