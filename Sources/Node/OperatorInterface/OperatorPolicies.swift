package import CanonicalEncoding
package import OpenSSLCrypto
package import Relaying

/// What operators can do about the policy in force.
package struct OperatorPolicies: Sendable {
    /// Puts a policy in force; takes the cause, which names the person.
    let activate: @Sendable (PolicyTexts, [CollectedApprovals.Statement], _ cause: String) async throws -> PolicyReport
    /// Puts one in force again that has been before.
    let rollBack: @Sendable (SHA256Digest, _ cause: String) async throws -> PolicyReport

    package init(
        activate:
            @escaping @Sendable (
                PolicyTexts, [CollectedApprovals.Statement], _ cause: String
            ) async throws -> PolicyReport,
        rollBack: @escaping @Sendable (SHA256Digest, _ cause: String) async throws -> PolicyReport
    ) {
        self.activate = activate
        self.rollBack = rollBack
    }
}

/// How a change of policy ended that was not refused.
package enum PolicyReport: Hashable, Sendable {
    /// It was in force already.
    case unchanged(SHA256Digest)
    /// It is in force now; the details are those of the log's entry.
    case changed(SHA256Digest, details: [String: JSONValue])

    var json: JSONValue {
        switch self {
        case .unchanged(let hash): ["outcome": "unchanged", "policy": .string(hash.hex)]
        case .changed(let hash, let details):
            .object(details.merging(["outcome": "changed", "policy": .string(hash.hex)]) { _, new in new })
        }
    }
}
