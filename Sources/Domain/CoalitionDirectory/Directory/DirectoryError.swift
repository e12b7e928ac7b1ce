/// Why sheets do not make a directory together.
public struct DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stable reason codes.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Two sheets of one realm carry the same partner code.
        case duplicateCode = "duplicate-code"
        /// Two sheets carry the same trust domain.
        case duplicateTrustDomain = "duplicate-trust-domain"
        /// Two certificates have the same public key, so that a key identifier would not name one of them.
        case duplicateKey = "duplicate-key"
        /// Two nodes have the same log key.
        case duplicateLogKey = "duplicate-log-key"
        /// Two partners share a root, so that one could speak for the other.
        case sharedRoot = "shared-root"
    }

    /// The kind of conflict.
    public let code: Code
    /// Names both sides of the conflict.
    public let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
