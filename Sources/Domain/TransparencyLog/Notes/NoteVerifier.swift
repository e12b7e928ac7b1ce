/// A key that verifies Ed25519 note signatures, with the name that it signs under (C2SP signed-note).
public struct NoteVerifier: KeyedVerifier {
    public static let type = SignatureType.ed25519
    public let key: NoteKey

    public init(key: NoteKey) {
        precondition(key.type == Self.type, "a note is verified by a key for notes")
        self.key = key
    }

    /// Says whether `signature` names this key; says nothing about its validity.
    func isNamed(in signature: NoteSignature) -> Bool { key.isNamed(in: signature) }
}
