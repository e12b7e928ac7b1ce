/// The accepted shapes of a SubjectPublicKeyInfo, which are fixed headers before the key's own bytes.
///
/// RFC 5480 for the curves (named curve, uncompressed point) and RFC 8410 for Ed25519.
struct SubjectPublicKeyInfoForm {
    let algorithm: KeyAlgorithm
    /// The bits of the key, which its identifier is computed over.
    let subjectPublicKey: [UInt8]

    /// The form of these bytes; nil when it is none of the accepted ones.
    init?(_ bytes: [UInt8]) {
        for algorithm in KeyAlgorithm.allCases {
            let header = Self.header(of: algorithm)
            if bytes.count == algorithm.subjectPublicKeyInfoByteCount, bytes.starts(with: header) {
                self.algorithm = algorithm
                // The point's leading 0x04 (uncompressed) is part of the header, and of the bits.
                subjectPublicKey = Array(bytes.dropFirst(algorithm == .ed25519 ? header.count : header.count - 1))
                return
            }
        }
        return nil
    }

    /// Everything before the key's own bytes.
    static func header(of algorithm: KeyAlgorithm) -> [UInt8] {
        switch algorithm {
        case .p256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
                0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .p384:
            [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
            ]
        case .ed25519: [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
        }
    }
}
