/// The signature type identifier bytes of C2SP signed-note that Entente knows.
///
/// The byte enters the key ID and the verifier key text, so that one key can serve two types without confusion. A further
/// type is a further case with its key size; who verifies it is for ``NoteVerifier`` or ``CosignatureVerifier``.
public enum SignatureType: UInt8, Hashable, Sendable, CaseIterable {
    /// An Ed25519 signature over the note text (C2SP signed-note).
    case ed25519 = 0x01
    /// A timestamped Ed25519 cosignature of a witness, `cosignature/v1` (C2SP tlog-cosignature).
    case cosignatureV1 = 0x04

    /// The size of the public keys of the type, in bytes.
    var publicKeyByteCount: Int {
        switch self {
        case .ed25519, .cosignatureV1: 32
        }
    }
}
