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
        NoteSignature(name: name, keyID: verifier.keyID, signature: try key.signature(of: text))
    }

    /// The same key as that of a witness, under the same name: a node cosigns with the key of its own log.
    public var cosigner: CosignatureSigner {
        get throws(NoteError) { try CosignatureSigner(name: name, key: key) }
    }
}

extension PrivateKey {
    /// - Throws: ``NoteError/signingFailed(reason:)``
    func signature(of message: [UInt8]) throws(NoteError) -> [UInt8] {
        do {
            return try sign(message)
        } catch {
            throw .signingFailed(reason: "\(error)")
        }
    }
}
