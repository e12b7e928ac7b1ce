public import OpenSSLCrypto

/// A private Ed25519 key that signs notes under a name (C2SP signed-note).
public struct NoteSigner: Sendable {
    /// The public half: what to give to those who verify.
    public let verifier: NoteVerifier
    private let key: PrivateKey

    /// The signer with this key under this name.
    ///
    /// - Throws: ``NoteError/unsupportedKeyAlgorithm(_:)`` unless the key is an Ed25519 key.
    public init(name: NoteKeyName, key: PrivateKey) throws(NoteError) {
        verifier = try NoteVerifier(name: name, publicKey: key.publicKey)
        self.key = key
    }

    /// The name in the signature lines.
    public var name: NoteKeyName { verifier.name }

    /// The signature line over `text`, which must be the text of a note: see ``SignedNote/init(text:signatures:)``.
    ///
    /// - Throws: ``NoteError/signingFailed(reason:)``
    public func sign(_ text: [UInt8]) throws(NoteError) -> NoteSignature {
        do {
            return NoteSignature(name: name, keyID: verifier.keyID, signature: try key.sign(text))
        } catch {
            throw .signingFailed(reason: "\(error)")
        }
    }
}
