/// Why a note, a key name or a verifier key is refused.
public enum NoteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A key name is empty, or contains a space, a plus or a control character.
    case malformedKeyName(String)
    /// A verifier key is not `<name>+<key ID>+<base 64>` in the accepted form.
    case malformedVerifierKey(reason: String)
    /// The key ID in a verifier key is not that of its name and public key.
    case keyIDMismatch(expected: NoteKeyID, got: NoteKeyID)
    /// The signature type byte of a key is not the one that such keys have.
    case unsupportedSignatureType(UInt8, expected: SignatureType = .ed25519)
    /// Notes are signed with Ed25519 keys only.
    case unsupportedKeyAlgorithm(String)
    /// The note has more bytes than any accepted note.
    case noteTooLarge(maximum: Int, got: Int)
    /// The bytes are not a signed note in the accepted form.
    case malformedNote(reason: String)
    /// No signature line bears the name and key ID of the verifier.
    case notSigned(by: NoteKeyName, keyID: NoteKeyID)
    /// A signature line bears the name and key ID of the verifier, and its signature does not verify.
    case invalidSignature(by: NoteKeyName, keyID: NoteKeyID)
    /// libcrypto could not make the signature.
    case signingFailed(reason: String)

    public var description: String {
        switch self {
        case .malformedKeyName(let text):
            "key name malformed: expected at least one character, no spaces, pluses or control characters, got `\(text)`"
        case .malformedVerifierKey(let reason):
            "verifier key malformed: \(reason)"
        case .keyIDMismatch(let expected, let got):
            "verifier key refused: its name and public key have the key ID `\(expected)`, got `\(got)`"
        case .unsupportedSignatureType(let type, let expected):
            "signature type not supported: expected \(expected.rawValue), got \(type)"
        case .unsupportedKeyAlgorithm(let algorithm):
            "note key not supported: expected an Ed25519 key, got \(algorithm)"
        case .noteTooLarge(let maximum, let got):
            "note too large: expected at most \(maximum) bytes, got \(got)"
        case .malformedNote(let reason):
            "note malformed: \(reason)"
        case .notSigned(let name, let keyID):
            "note not signed by `\(name)+\(keyID)`"
        case .invalidSignature(let name, let keyID):
            "note refused: the signature by `\(name)+\(keyID)` does not verify"
        case .signingFailed(let reason):
            "note not signed: \(reason)"
        }
    }
}
