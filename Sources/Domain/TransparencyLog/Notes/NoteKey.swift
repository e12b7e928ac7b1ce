import CanonicalEncoding
public import OpenSSLCrypto

/// A public key under the name that it signs as, for one type of signature (C2SP signed-note, "Signatures").
///
/// Its text form, by which keys are exchanged, is `<name>+<key ID>+<base 64 of type byte and key>` ("Verifier keys").
public struct NoteKey: Hashable, Sendable, CustomStringConvertible {
    /// The name in the signature lines.
    public let name: NoteKeyName
    /// The ID in the signature lines, computed from name, type and key.
    public let keyID: NoteKeyID
    public let type: SignatureType
    public let publicKey: PublicKey
    /// The public key as bytes, by which two keys are the same whatever their names.
    let rawKey: [UInt8]

    /// - Throws: ``NoteError/unsupportedKeyAlgorithm(_:)`` unless the key is of the kind that the type takes.
    public init(name: NoteKeyName, publicKey: PublicKey, type: SignatureType) throws(NoteError) {
        let rawKey: [UInt8]? =
            switch type {
            case .ed25519, .cosignatureV1: publicKey.rawEd25519
            }
        guard let rawKey else { throw .unsupportedKeyAlgorithm(publicKey.algorithm.rawValue) }
        self.name = name
        self.type = type
        self.publicKey = publicKey
        self.rawKey = rawKey
        keyID = NoteKeyID(name: name, type: type, publicKey: rawKey)
    }

    /// The key that `text` spells, which must be of the type; its ID must be that of its name and key.
    ///
    /// - Throws: ``NoteError``
    public init(parsing text: String, type expected: SignatureType) throws(NoteError) {
        guard text.utf8.count <= 1024 else {
            throw .malformedVerifierKey(reason: "expected at most 1024 bytes, got \(text.utf8.count)")
        }
        let fields = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else {
            throw .malformedVerifierKey(reason: "expected `<name>+<key ID>+<base 64>`, got `\(text)`")
        }
        let name = try NoteKeyName(String(fields[0]))
        guard let identifier = Hex.decode(fields[1]), identifier.count == 4 else {
            throw .malformedVerifierKey(
                reason: "expected a key ID of 8 lower-case hexadecimal digits, got `\(fields[1])`"
            )
        }
        guard let key = Base64.decode(fields[2]), let type = key.first else {
            throw .malformedVerifierKey(reason: "expected base 64 with padding, got `\(fields[2])`")
        }
        guard type == expected.rawValue else { throw .unsupportedSignatureType(type, expected: expected) }
        let rawKey = Array(key.dropFirst())
        guard rawKey.count == expected.publicKeyByteCount else {
            throw .malformedVerifierKey(
                reason: "expected an Ed25519 key of \(expected.publicKeyByteCount) bytes, got \(rawKey.count)"
            )
        }
        let publicKey: PublicKey
        do {
            publicKey = try PublicKey(rawEd25519: rawKey)
        } catch {
            throw .malformedVerifierKey(reason: "\(error)")
        }
        try self.init(name: name, publicKey: publicKey, type: expected)
        let got = NoteKeyID(bytes: identifier)
        guard got == keyID else { throw .keyIDMismatch(expected: keyID, got: got) }
    }

    /// The text form.
    public var description: String { "\(name)+\(keyID)+\(Base64.encode([type.rawValue] + rawKey))" }

    /// Says whether `signature` names this key; says nothing about its validity.
    func isNamed(in signature: NoteSignature) -> Bool {
        signature.keyID == keyID && signature.name == name
    }
}
