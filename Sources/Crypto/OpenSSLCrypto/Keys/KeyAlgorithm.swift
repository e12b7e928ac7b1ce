/// The algorithms of keys that Entente uses; no others are accepted anywhere.
public enum KeyAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// ECDSA and ECDH on NIST P-256, with SHA-256.
    case p256 = "P-256"
    /// ECDSA and ECDH on NIST P-384, with SHA-384.
    case p384 = "P-384"
    /// EdDSA on Curve25519 (RFC 8032), for log keys; not accepted in certificates.
    case ed25519 = "Ed25519"
}

extension KeyAlgorithm {
    /// The length of the one accepted SubjectPublicKeyInfo: named curve, uncompressed point.
    var subjectPublicKeyInfoByteCount: Int {
        switch self {
        case .p256: 91
        case .p384: 120
        case .ed25519: 44
        }
    }

    /// OpenSSL's name of the digest that signatures use; nil where the algorithm brings its own.
    package var digestName: String? {
        switch self {
        case .p256: "SHA2-256"
        case .p384: "SHA2-384"
        case .ed25519: nil
        }
    }

    /// The order of the curve's group, big-endian (SEC 2); nil for Ed25519.
    var groupOrder: [UInt8]? {
        switch self {
        case .p256:
            [
                0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
            ]
        case .p384:
            [
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf,
                0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
            ]
        case .ed25519: nil
        }
    }
}
