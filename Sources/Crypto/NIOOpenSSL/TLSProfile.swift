import OpenSSLCrypto

/// The algorithms that a connection may use.
public enum TLSProfile: String, Hashable, Sendable, CaseIterable {
    /// AES-256-GCM or ChaCha20-Poly1305; P-256, P-384 and Ed25519 certificates.
    case standard
    /// AES-256-GCM, P-384 and SHA-384 only (CNSA).
    case cnsa

    var cipherSuites: String {
        switch self {
        case .standard: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        case .cnsa: "TLS_AES_256_GCM_SHA384"
        }
    }

    /// Groups for the key exchange in order of preference; those that the library does not know are left out.
    var groups: [String] {
        switch self {
        case .standard: ["X25519MLKEM768", "X25519", "P-256", "P-384"]
        case .cnsa: ["SecP384r1MLKEM1024", "P-384"]
        }
    }

    var signatureAlgorithms: String {
        switch self {
        case .standard: "ECDSA+SHA256:ECDSA+SHA384:ed25519"
        case .cnsa: "ECDSA+SHA384"
        }
    }

    /// OpenSSL's security level: 3 is 128 bits, 4 is 192 bits.
    var securityLevel: Int32 {
        switch self {
        case .standard: 3
        case .cnsa: 4
        }
    }

    /// Refuses a chain with a key that the profile does not allow.
    func check(_ chain: [Certificate]) throws(PeerRefusal) {
        switch self {
        case .standard: return
        case .cnsa:
            for certificate in chain where certificate.publicKey.algorithm != .p384 {
                throw PeerRefusal(
                    code: "weak-key",
                    detail:
                        "expected a P-384 key in the profile `cnsa`, got \(certificate.publicKey.algorithm.rawValue)"
                        + " in `\(certificate.subject)`",
                    alert: .unsupportedCertificate
                )
            }
        }
    }
}
