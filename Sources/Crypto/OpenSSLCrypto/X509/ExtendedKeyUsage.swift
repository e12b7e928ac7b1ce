/// A purpose of a key (RFC 5280 section 4.2.1.12), by its object identifier.
public struct ExtendedKeyUsage: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The object identifier in dotted form.
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// TLS server.
    public static let serverAuth = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.1")
    /// TLS client.
    public static let clientAuth = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.2")
    /// Signed and encrypted messages.
    public static let emailProtection = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.4")

    /// The name in the RFC, or the object identifier of a purpose that Entente does not use.
    public var description: String {
        switch self {
        case .serverAuth: "serverAuth"
        case .clientAuth: "clientAuth"
        case .emailProtection: "emailProtection"
        default: rawValue
        }
    }
}
