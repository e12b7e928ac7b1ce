public import OpenSSLCrypto

/// A key that verifies Ed25519 note signatures, with the name that it signs under (C2SP signed-note).
public struct NoteVerifier: Hashable, Sendable, CustomStringConvertible {
    /// The name in the signature lines.
    public let name: NoteKeyName
    /// The ID in the signature lines, computed from name and key.
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
        keyID = NoteKeyID(name: name, type: .ed25519, publicKey: rawKey)
    }

    /// The verifier that the text form `<name>+<key ID>+<base 64 of type byte and key>` spells; its ID must be right.
    ///
    /// - Throws: ``NoteError``
    public init(verifierKey text: String) throws(NoteError) {
        let key = try VerifierKeyText(parsing: text, type: .ed25519)
        try self.init(name: key.name, publicKey: key.publicKey)
    }

    /// The text form by which keys are exchanged: `<name>+<key ID>+<base 64 of type byte and key>`.
    public var verifierKey: String {
        VerifierKeyText.text(name: name, keyID: keyID, type: .ed25519, rawKey: rawKey)
    }

    public var description: String { verifierKey }

    /// The public key as bytes, by which two keys are the same whatever their names.
    var rawPublicKey: [UInt8] { rawKey }

    /// Says whether `signature` names this key; says nothing about its validity.
    func isNamed(in signature: NoteSignature) -> Bool {
        signature.keyID == keyID && signature.name == name
    }
}
