public import OpenSSLCrypto

/// A key that verifies signatures of one type: what the types have in common.
///
/// A further type of signature is a further conforming type in a file of its own, and a case of ``SignatureType``.
public protocol KeyedVerifier: Hashable, Sendable, CustomStringConvertible {
    /// The type of the signatures.
    static var type: SignatureType { get }
    var key: NoteKey { get }

    /// - Precondition: The key is of the type.
    init(key: NoteKey)
}

extension KeyedVerifier {
    /// The verifier of this key under this name.
    ///
    /// - Throws: ``NoteError/unsupportedKeyAlgorithm(_:)`` unless the key is of the kind that the type takes.
    public init(name: NoteKeyName, publicKey: PublicKey) throws(NoteError) {
        self.init(key: try NoteKey(name: name, publicKey: publicKey, type: Self.type))
    }

    /// The verifier that the text form `<name>+<key ID>+<base 64 of type byte and key>` spells; its ID must be right.
    ///
    /// - Throws: ``NoteError``
    public init(verifierKey text: String) throws(NoteError) {
        self.init(key: try NoteKey(parsing: text, type: Self.type))
    }

    /// The name in the signature lines.
    public var name: NoteKeyName { key.name }
    /// The ID in the signature lines, computed from name, type and key.
    public var keyID: NoteKeyID { key.keyID }
    public var publicKey: PublicKey { key.publicKey }
    /// The text form by which keys are exchanged.
    public var verifierKey: String { key.description }
    public var description: String { verifierKey }

    /// The public key as bytes, by which two keys are the same whatever their names.
    var rawPublicKey: [UInt8] { key.rawKey }
}
