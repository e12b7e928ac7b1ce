/// What the TLS session of a hop negotiated, weakest first; a link that is not known counts as the weakest.
public enum LinkStrength: Int, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    /// TLS 1.3 with any of the accepted groups and ciphers.
    case standard
    /// Key exchange and certificates on P-384 at the least, and AES-256: the profile `cnsa`.
    case cnsa
    /// A key exchange that a quantum computer does not break as well.
    case postQuantum

    /// The strength with this name in policies, or nil.
    public init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }

    /// The name in policies.
    public var name: String {
        switch self {
        case .standard: "standard"
        case .cnsa: "cnsa"
        case .postQuantum: "post-quantum"
        }
    }

    public var description: String { name }

    public static func < (left: LinkStrength, right: LinkStrength) -> Bool { left.rawValue < right.rawValue }
}
