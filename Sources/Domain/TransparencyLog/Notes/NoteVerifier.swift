import CanonicalEncoding
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
        guard type == SignatureType.ed25519.rawValue else { throw .unsupportedSignatureType(type) }
        guard key.count == 33 else {
            throw .malformedVerifierKey(reason: "expected an Ed25519 key of 32 bytes, got \(key.count - 1)")
        }
        let publicKey: PublicKey
        do {
            publicKey = try PublicKey(rawEd25519: Array(key.dropFirst()))
        } catch {
            throw .malformedVerifierKey(reason: "\(error)")
        }
        try self.init(name: name, publicKey: publicKey)
        let got = NoteKeyID(bytes: identifier)
        guard got == keyID else { throw .keyIDMismatch(expected: keyID, got: got) }
    }

    /// The text form by which keys are exchanged: `<name>+<key ID>+<base 64 of type byte and key>`.
    public var verifierKey: String {
        "\(name)+\(keyID)+\(Base64.encode([SignatureType.ed25519.rawValue] + rawKey))"
    }

    public var description: String { verifierKey }

    /// Says whether `signature` names this key; says nothing about its validity.
    func isNamed(in signature: NoteSignature) -> Bool {
        signature.keyID == keyID && signature.name == name
    }
}
