import AccessPolicy
import CanonicalEncoding
import OpenSSLCrypto
import Relaying

/// Whoever has kept the texts of policies.
protocol PolicyTextsSource: Sendable {
    /// The texts of a policy that has been in force; nil when none is kept under the hash.
    func policyTexts(_ hash: SHA256Digest) async throws(CommandFailure) -> JSONValue?
}

extension LogSource: PolicyTextsSource {}

/// The policies that have been in force at a node, each read once.
struct KeptPolicies {
    enum Policy {
        case kept(CompiledPolicy)
        /// Not there, or not readable; the reason goes on from "policy X".
        case missing(String)
    }

    private let source: any PolicyTextsSource
    private var known: [SHA256Digest: Policy] = [:]

    init(_ source: any PolicyTextsSource) { self.source = source }

    /// - Throws: a failure when what is kept under the hash is another policy.
    mutating func policy(_ hash: SHA256Digest) async throws(CommandFailure) -> Policy {
        if let policy = known[hash] { return policy }
        let policy = try await read(hash)
        known[hash] = policy
        return policy
    }

    private func read(_ hash: SHA256Digest) async throws(CommandFailure) -> Policy {
        guard let json = try await source.policyTexts(hash) else { return .missing("is not kept here") }
        let policy: AccessPolicy.Policy
        do {
            let (baseline, addition) = try PolicyTexts(json: json).read()
            policy = addition.map(baseline.adding) ?? baseline
        } catch {
            return .missing("cannot be read by this release (\(error))")
        }
        guard PolicyFile.hash(of: policy) == hash else {
            throw CommandFailure(
                "what is kept as policy \(hash) is another one, \(PolicyFile.hash(of: policy))",
                next: "keep a copy of the database as it is, and compare with a backup",
                status: .auditBroken
            )
        }
        return .kept(CompiledPolicy(policy))
    }
}
