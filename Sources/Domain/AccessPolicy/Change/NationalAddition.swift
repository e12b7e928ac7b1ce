import CanonicalEncoding
import SecurityLabels
public import StrictYAML

/// What one partner adds to the coalition's policy for its own nodes: guardrails and invariants, and nothing that
/// permits.
///
/// INVARIANT: it holds no agreement, so that whatever the baseline denies stays denied; its rules have names that the
/// baseline does not use, and use only words that the baseline declares.
public struct NationalAddition: Hashable, Sendable {
    /// Whose nodes it is for.
    public let partner: PolicyPartner
    /// In ascending order of name.
    public let guardrails: [Policy.Guardrail]
    /// In ascending order of name.
    public let invariants: [Policy.Invariant]
    /// Who must have signed an addition that is to take this one's place: officers of the partner.
    public let approval: ApprovalRule?
    /// The addition's meaning as canonical JSON, whose digest is its hash. The baseline is not in it, but its name.
    public let canonicalBytes: [UInt8]

    private static let keys = ["format", "adds-to", "partner", "guardrails", "invariants", "approval"]

    /// Reads an addition against the baseline that it adds to.
    /// - Throws: `PolicyError` for the first thing that is wrong, with its place and what to do.
    public static func parse(
        yaml: String,
        file: String,
        baseline: Policy
    ) throws(PolicyError) -> NationalAddition {
        let root = try YAMLFile.read(yaml, file: file)
        for entry in try root.entries("a national addition") where entry.name == "agreements" {
            throw entry.key.error(
                "an addition only restricts: expected `guardrails` or `invariants`, got `agreements`; what permits belongs "
                    + "in the coalition's policy"
            )
        }
        let what = "the addition"
        let fields = try root.fields("a national addition", keys)
        let format = try root.required("format", what, in: fields)
        guard try format.text("the format's number") == "1" else {
            throw format.error("expected format `1`, got \(format.found): this release reads no other")
        }
        let name = try root.required("adds-to", what, in: fields)
        guard try name.text("the name of the coalition's policy") == baseline.name.rawValue else {
            throw name.error("expected `\(baseline.name)`, the name of the policy that it adds to, got \(name.found)")
        }
        let names = PolicyReader(baseline)
        let partner = try names.partner(root.required("partner", what, in: fields))
        let rules = RuleReader(names: names)
        var taken: [RuleName: String] = [:]
        for rule in baseline.guardrails { taken[rule.name] = "guardrail of the coalition" }
        for rule in baseline.agreements { taken[rule.name] = "agreement of the coalition" }
        for rule in baseline.invariants { taken[rule.name] = "invariant of the coalition" }
        let guardrails = try fields["guardrails"].map { item throws(PolicyError) in
            try rules.readGuardrails(item, taken: &taken)
        }
        let invariants = try fields["invariants"].map { item throws(PolicyError) in
            try rules.readInvariants(item, taken: &taken)
        }
        let approval = try fields["approval"].map { item throws(PolicyError) in
            let rule = try names.readApproval(item)
            if let stranger = rule.officers.first(where: { $0.partner != partner }) {
                throw item.error("expected officers of `\(partner)`, got `\(stranger)`: an addition is national")
            }
            return rule
        }
        return NationalAddition(
            partner: partner,
            guardrails: (guardrails ?? []).sorted { $0.name < $1.name },
            invariants: (invariants ?? []).sorted { $0.name < $1.name },
            approval: approval,
            of: baseline
        )
    }

    private init(
        partner: PolicyPartner,
        guardrails: [Policy.Guardrail],
        invariants: [Policy.Invariant],
        approval: ApprovalRule?,
        of baseline: Policy
    ) {
        self.partner = partner
        self.guardrails = guardrails
        self.invariants = invariants
        self.approval = approval
        var members: [String: JSONValue] = [
            "format": 1,
            "adds-to": .string(baseline.name.rawValue),
            "partner": .string(partner.rawValue),
            "guardrails": baseline.canonical(guardrails),
            "invariants": baseline.canonical(invariants),
        ]
        if let approval { members["approval"] = approval.json }
        canonicalBytes = JSONValue.object(members).canonicalBytes
    }
}

extension Policy {
    /// This policy with a partner's guardrails and invariants besides. It allows nothing that this one denies.
    public func adding(_ addition: NationalAddition) -> Policy {
        replacing(
            guardrails: guardrails + addition.guardrails,
            agreements: agreements,
            invariants: invariants + addition.invariants
        )
    }
}
