import COpenSSL

/// The algorithm of the signature on a certificate or revocation list.
public enum SignatureAlgorithm: Hashable, Sendable, CustomStringConvertible {
    case ecdsaWithSHA256
    case ecdsaWithSHA384
    /// Any other, by libcrypto's name; never accepted in a chain.
    case other(String)

    init(nid: Int32) {
        switch nid {
        case NID_ecdsa_with_SHA256: self = .ecdsaWithSHA256
        case NID_ecdsa_with_SHA384: self = .ecdsaWithSHA384
        default: self = .other(OBJ_nid2sn(nid).map { String(cString: $0) } ?? "unknown")
        }
    }

    public var description: String {
        switch self {
        case .ecdsaWithSHA256: "ecdsa-with-SHA256"
        case .ecdsaWithSHA384: "ecdsa-with-SHA384"
        case .other(let name): name
        }
    }
}
