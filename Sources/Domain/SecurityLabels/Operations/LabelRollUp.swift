/// The label of a whole that is made of labelled portions.
public struct LabelRollUp: Hashable, Sendable {
    public let label: ConfidentialityLabel
    /// Whether the portions name nobody in common, so that the whole may go to nobody but its owners.
    public let isReleasableToNobodyElse: Bool
    /// What was dropped, merged or decided on the way, in words.
    public let notes: [String]
}

/// Why labels cannot be rolled up.
public enum LabelRollUpError: Error, Hashable, Sendable, CustomStringConvertible {
    case noLabels
    case severalPolicies([LabelPolicyName])
    case severalOwners([LabelOwner])
    case severalCommunities([CommunityName])
    /// A label is not one of its policy.
    case notOfItsPolicy(LabelWritingError)
    /// A restrictive value would have to be dropped.
    case restrictionLost(value: String, reason: String)

    public var description: String {
        switch self {
        case .noLabels: "nothing to roll up: expected at least one label"
        case .severalPolicies(let names):
            "labels of several policies (\(names.map(\.rawValue).joined(separator: ", "))) have no common words: "
                + "expected labels of one policy"
        case .severalOwners(let owners):
            "labels of several owners (\(owners.map(\.rawValue).joined(separator: ", "))): "
                + "expected one, for the policy has no marking that names the others"
        case .severalCommunities(let names):
            "labels of several communities (\(names.map(\.rawValue).joined(separator: ", "))): nobody may have the whole"
        case .notOfItsPolicy(let error): "\(error)"
        case .restrictionLost(let value, let reason): "`\(value)` cannot stand in the whole: expected \(reason)"
        }
    }
}
