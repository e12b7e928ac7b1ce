import CanonicalEncoding
public import OpenSSLCrypto

/// The verifier key of a node's log as a signed note writes it (C2SP signed-note, "vkey"): `<origin>+<key id>+<key>`.
///
/// Only Ed25519 keys (signature type 0x01), and only when the key id is the one that origin and key give.
public struct LogVerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// The text as published, to be given to whatever verifies checkpoints.
    public let text: String
    /// The log's origin, which is the name in the key: `gbr.example/node/gbr-1`.
    public let origin: String
    /// The 32 bytes of the Ed25519 public key.
    public let publicKey: [UInt8]

    /// Parses and checks a vkey.
    public init(_ text: String) throws(IdentifierError) {
        // The base64 part may hold a `+` of its own, the name and the key id cannot.
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw IdentifierError("log verifier key", text, "expected `<origin>+<key id>+<base64 key>`")
        }
        let origin = String(parts[0])
        guard !origin.isEmpty, origin.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw IdentifierError("log verifier key", text, "expected an origin in ASCII without spaces")
        }
        guard let keyID = Hex.decode(parts[1]), let key = Base64.decode(parts[2]) else {
            throw IdentifierError("log verifier key", text, "expected a key id in hex and a key in base64")
        }
        guard key.count == 33, key.first == Self.ed25519Type else {
            throw IdentifierError("log verifier key", text, "expected an Ed25519 key: byte 1 and 32 bytes")
        }
        let expected = Self.keyID(origin: origin, typedKey: key)
        guard keyID == expected else {
            throw IdentifierError(
                "log verifier key",
                text,
                "expected key id `\(Hex.encode(expected))`, got `\(Hex.encode(keyID))`"
            )
        }
        self.text = text
        self.origin = origin
        publicKey = Array(key.dropFirst())
    }

    /// Makes the vkey of a log.
    public init(origin: String, publicKey: PublicKey) throws(IdentifierError) {
        guard let raw = publicKey.rawEd25519 else {
            throw IdentifierError(
                "log verifier key",
                origin,
                "expected an Ed25519 key, got \(publicKey.algorithm.rawValue)"
            )
        }
        let typedKey = [Self.ed25519Type] + raw
        let keyID = Self.keyID(origin: origin, typedKey: typedKey)
        try self.init("\(origin)+\(Hex.encode(keyID))+\(Base64.encode(typedKey))")
    }

    public var description: String { text }

    /// The signature type of Ed25519 notes.
    private static let ed25519Type: UInt8 = 1

    private static func keyID(origin: String, typedKey: [UInt8]) -> [UInt8] {
        Array(SHA256Digest.hash(Array(origin.utf8) + [0x0A] + typedKey).bytes.prefix(4))
    }
}
