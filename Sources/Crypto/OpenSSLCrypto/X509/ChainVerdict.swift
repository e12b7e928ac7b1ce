/// What `ChainVerifier` found.
public enum ChainVerdict: Sendable {
    /// The chain from the leaf to the root, both included.
    case accepted(chain: [Certificate])
    case refused(ChainRefusal)
}

/// Why a chain was refused.
public struct ChainRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reasons; their raw values are stable and may be shown to peers.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case expired
        case notYetValid = "not-yet-valid"
        case revoked
        case unknownIssuer = "unknown-issuer"
        case crlMissing = "crl-missing"
        case crlExpired = "crl-expired"
        case crlNotYetValid = "crl-not-yet-valid"
        case nameConstraint = "name-constraint"
        case wrongUsage = "wrong-usage"
        case badSignature = "bad-signature"
        case weakKey = "weak-key"
        case other
    }

    /// The kind of the reason.
    public let code: Code
    /// The reason in words, with the certificate that it is about.
    public let detail: String
    /// OpenSSL's number of the reason (`X509_V_ERR_...`); 0 when the check is one of ours.
    public let openSSLCode: Int32

    /// A refusal for this reason.
    public init(code: Code, detail: String, openSSLCode: Int32) {
        self.code = code
        self.detail = detail
        self.openSSLCode = openSSLCode
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
