import CanonicalEncoding
import OpenSSLCrypto

/// The text form by which keys are exchanged: `<name>+<key ID>+<base 64 of type byte and key>` (C2SP signed-note,
/// "Verifier keys").
struct VerifierKeyText {
    let name: NoteKeyName
    let publicKey: PublicKey

    /// The key that `text` spells, which must be of the type; its ID must be that of its name and key.
    ///
    /// - Throws: ``NoteError``
    init(parsing text: String, type expected: SignatureType) throws(NoteError) {
        guard text.utf8.count <= 1024 else {
            throw .malformedVerifierKey(reason: "expected at most 1024 bytes, got \(text.utf8.count)")
        }
        let fields = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else {
            throw .malformedVerifierKey(reason: "expected `<name>+<key ID>+<base 64>`, got `\(text)`")
        }
        name = try NoteKeyName(String(fields[0]))
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
        do {
            publicKey = try PublicKey(rawEd25519: rawKey)
        } catch {
            throw .malformedVerifierKey(reason: "\(error)")
        }
        let keyID = NoteKeyID(name: name, type: expected, publicKey: rawKey)
        let got = NoteKeyID(bytes: identifier)
        guard got == keyID else { throw .keyIDMismatch(expected: keyID, got: got) }
    }

    /// The text of a key.
    static func text(name: NoteKeyName, keyID: NoteKeyID, type: SignatureType, rawKey: [UInt8]) -> String {
        "\(name)+\(keyID)+\(Base64.encode([type.rawValue] + rawKey))"
    }
}
