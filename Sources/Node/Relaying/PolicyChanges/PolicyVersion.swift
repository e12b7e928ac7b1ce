package import AccessPolicy
package import CoalitionDirectory
package import OpenSSLCrypto

/// A policy that could be in force: its texts are read, its invariants proven, its tests passed.
///
/// INVARIANT: the only way to a value of this type is ``init(_:for:)``.
package struct PolicyVersion: Sendable {
    package let texts: PolicyTexts
    /// The coalition's policy by itself.
    package let baseline: Policy
    /// What the node's own partner adds to it.
    package let addition: NationalAddition?
    /// What decides: the baseline with the addition.
    package let policy: Policy

    /// SHA-256 of the canonical bytes of what decides: the name of this version in the log.
    package let hash: SHA256Digest
    /// What officers of the coalition approve.
    package let approvable: ApprovedText
    /// What officers of the own partner approve; nil when there is no addition.
    package let approvableAddition: ApprovedText?

    /// Reads, proves and tests.
    ///
    /// - Parameter partner: whose node the version is for; an addition of another partner is refused.
    /// - Throws: an error that names the file, what was expected, what came and what to do.
    package init(_ texts: PolicyTexts, for partner: PartnerCode) throws {
        self.texts = texts
        (baseline, addition) = try texts.read()
        if let addition, let file = texts.addition, addition.partner.rawValue != partner.rawValue {
            throw UnfitPolicy("\(file.name): expected an addition of `\(partner)`, got one of `\(addition.partner)`")
        }
        policy = addition.map(baseline.adding) ?? baseline
        do {
            try policy.provenInvariants()
        } catch {
            throw UnfitPolicy("\((texts.addition ?? texts.policy).name): \(error)")
        }
        // The coalition's tests speak of the coalition's policy; an addition may well deny what they want allowed.
        if let tests = texts.tests { try Self.run(tests, baseline) }
        if let tests = texts.additionTests { try Self.run(tests, policy) }
        hash = .hash(policy.canonicalBytes)
        approvable = Self.approvable(baseline, tests: texts.tests)
        approvableAddition = addition.map { Self.approvable($0, tests: texts.additionTests) }
    }

    /// What an officer signs who approves a policy together with its tests.
    package static func approvable(_ policy: Policy, tests: PolicyTexts.File?) -> ApprovedText {
        ApprovedText(.policy, hash: .hash(policy.canonicalBytes), tests: digest(tests))
    }

    /// What an officer signs who approves an addition together with its tests.
    package static func approvable(_ addition: NationalAddition, tests: PolicyTexts.File?) -> ApprovedText {
        ApprovedText(.addition, hash: .hash(addition.canonicalBytes), tests: digest(tests))
    }

    private static func digest(_ file: PolicyTexts.File?) -> SHA256Digest? {
        file.map { .hash(Array($0.text.utf8)) }
    }

    private static func run(_ tests: PolicyTexts.File, _ policy: Policy) throws {
        let suite = try PolicyTestSuite.parse(yaml: tests.text, file: tests.name, policy: policy)
        let results = suite.results(CompiledPolicy(policy))
        let failures = results.filter { !$0.hasPassed }
        guard let first = failures.first else { return }
        throw UnfitPolicy(
            "\(tests.name):\(first.line): \(failures.count) of \(results.count) tests fail, the first: \(first.name): "
                + "\(first.problem ?? "it fails"); `entente policy test` shows all"
        )
    }
}

/// Why a policy that reads well cannot be put in force.
package struct UnfitPolicy: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
