import AccessPolicy
package import CanonicalEncoding
package import CoalitionDirectory
import OpenSSLCrypto

/// The approvals that came with a version: those that hold, and why others do not.
package struct CollectedApprovals: Sendable {
    /// One signed statement, with where it came from.
    package struct Statement: Hashable, Sendable {
        package let source: String
        package let bytes: [UInt8]

        package init(source: String, bytes: [UInt8]) {
            self.source = source
            self.bytes = bytes
        }
    }

    package let good: [OfficerApproval]
    /// Where each came from, and what was expected of it.
    package let refused: [String]

    /// Judges every statement by the sheets of now.
    package init(_ statements: [Statement], by directory: Directory, at now: Timestamp) {
        var good: [OfficerApproval] = []
        var refused: [String] = []
        for statement in statements {
            do {
                good.append(try OfficerApproval.verify(statement.bytes, by: directory, at: now))
            } catch {
                refused.append("\(statement.source): \(error)")
            }
        }
        self.good = good
        self.refused = refused
    }

    /// The officers who have approved exactly this.
    func signers(of text: ApprovedText) -> Set<PolicyOfficer> {
        Set(good.filter { $0.text == text }.map(Self.officer))
    }

    static func officer(_ approval: OfficerApproval) -> PolicyOfficer {
        PolicyOfficer(PolicyPartner(approval.partner.rawValue), approval.officer.rawValue)
    }
}

/// A version that may take the place of the one in force: what that one demands has been signed.
///
/// INVARIANT: the only way to a value of this type is ``judge(_:after:first:approvals:directory:)``.
package struct ApprovedPolicy: Sendable {
    package let version: PolicyVersion
    /// The version that it takes the place of; nil for a node's first.
    package let previous: PolicyVersion?
    /// Those that the rule in force counted, ascending by officer.
    package let approvals: [OfficerApproval]

    /// Judges a version against the one in force, or for a node's first against its configuration.
    ///
    /// - Parameters:
    ///   - first: how many officers whom the first version itself names must have approved it.
    ///   - directory: where the officers of the version's own rule must be found, so that a later change is possible.
    /// - Throws: ``UnfitPolicy`` that says whose approval is missing.
    package static func judge(
        _ version: PolicyVersion,
        after previous: PolicyVersion?,
        first: Int = 0,
        approvals: CollectedApprovals,
        directory: Directory
    ) throws(UnfitPolicy) -> ApprovedPolicy {
        var counted: Set<PolicyOfficer> = []
        if previous?.approvable.hash != version.approvable.hash {
            let rule = if let previous { previous.baseline.approval } else { try firstRule(version.baseline, first) }
            counted.formUnion(try check(rule, version.approvable, "the policy", approvals))
        }
        if previous?.approvableAddition?.hash != version.approvableAddition?.hash,
            let rule = previous?.addition?.approval
        {
            guard let text = version.approvableAddition else {
                throw UnfitPolicy(
                    "the addition of `\(version.baseline.name)` in force needs the approval of \(rule) to go: put one "
                        + "without guardrails in its place, and have that signed"
                )
            }
            counted.formUnion(try check(rule, text, "the addition", approvals))
        }
        for rule in [version.baseline.approval, version.addition?.approval].compactMap({ $0 }) {
            try checkReachable(rule, directory)
        }
        let texts = [version.approvable, version.approvableAddition]
        return ApprovedPolicy(
            version: version,
            previous: previous,
            approvals: approvals.good
                .filter { texts.contains($0.text) && counted.contains(CollectedApprovals.officer($0)) }
                .sorted { $0.signer < $1.signer }
        )
    }

    private static func firstRule(_ policy: Policy, _ first: Int) throws(UnfitPolicy) -> ApprovalRule? {
        guard first > 0 else { return nil }
        guard let rule = policy.approval?.demanding(first) else {
            throw UnfitPolicy(
                "the node's configuration demands the approval of \(first) officers for its first policy: expected as "
                    + "many under `approval` in the policy, got \(policy.approval?.officers.count ?? 0)"
            )
        }
        return rule
    }

    private static func check(
        _ rule: ApprovalRule?,
        _ text: ApprovedText,
        _ what: String,
        _ approvals: CollectedApprovals
    ) throws(UnfitPolicy) -> [PolicyOfficer] {
        guard let rule else { return [] }
        let signers = approvals.signers(of: text)
        if let counted = rule.satisfied(by: signers) { return counted }
        let got = rule.officers.filter(signers.contains).map { "`\($0)`" }
        let others = signers.subtracting(rule.officers).sorted().map { "`\($0)` is none of them" }
        let elsewhere = approvals.good.filter { $0.text != text && $0.text.kind == text.kind }
            .map { "`\($0.signer)` has signed `\($0.text.hash)` with other tests or another text" }
        let reasons = others + elsewhere + approvals.refused
        throw UnfitPolicy(
            "\(what) `\(text.hash)` needs the approval of \(rule), got "
                + (got.isEmpty ? "none" : got.joined(separator: ", "))
                + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))")
                + ": let them sign it with `entente policy sign`"
        )
    }

    /// Refuses a rule that could never be satisfied: nobody could change the policy again.
    private static func checkReachable(_ rule: ApprovalRule, _ directory: Directory) throws(UnfitPolicy) {
        let missing = rule.officers.filter { officer in
            let sheet = directory.partners.values.first { $0.code.rawValue == officer.partner.rawValue }
            return sheet?.officers.contains { $0.name.rawValue == officer.name } != true
        }
        guard rule.officers.count - missing.count < rule.atLeast else { return }
        throw UnfitPolicy(
            "`approval` demands \(rule), and no sheet lists "
                + missing.map { "`\($0)`" }.joined(separator: ", ")
                + ": the policy could never be changed again; add the officers to their partners' sheets"
        )
    }

    /// What the log says of the change, beside the hash of the new version.
    package var details: [String: JSONValue] {
        var details: [String: JSONValue] = [
            "approvals": .array(
                approvals.map { approval in
                    [
                        "officer": .string(approval.signer),
                        "certificate": .string(approval.certificate.fingerprint.hex),
                        "statement": .string(approval.text.kind.rawValue),
                        "time": .string(approval.time.rfc3339),
                    ]
                }
            )
        ]
        if let previous {
            details["previous"] = .string(previous.hash.hex)
            details["changes"] = PolicyChangeSummary(from: previous.policy, to: version.policy).json
        }
        return details
    }
}
