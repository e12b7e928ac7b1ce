public import SecurityLabels

/// What a built-in guardrail found, with the thing that it found it in.
public enum Refusal: Hashable, Sendable {
    /// `what` names the label's component with its article, `text` is the word that the policy does not know.
    case unknownLabel(what: String, text: String)
    /// The policy has the classification word, but none of the label's owners uses it at the time.
    case notInForce(Classification)
    case unknownPartner(PolicyPartner)
    /// The node is not in the policy, or not as a node of this partner.
    case unknownNode(PolicyNode, of: PolicyPartner)
    /// No node has the realm, or this one has another.
    case realm(PolicyRealm, node: PolicyNode?)
    case suspended(PolicyPartner)
    case ceiling(PolicyPartner)
    case notReadIn(PolicyPartner, Compartment)
    /// The node is not accredited for the level; without a node, none of the partner's nodes in the realm is.
    case notAccredited(PolicyPartner, node: PolicyNode?)
    case notMember(PolicyPartner, CommunityName)
    case notReleasable(PolicyPartner)

    /// The built-in guardrail that refuses.
    public var guardrail: BuiltInGuardrail {
        switch self {
        case .unknownLabel, .notInForce: .unknownLabel
        case .unknownPartner: .unknownPartner
        case .unknownNode: .unknownNode
        case .realm: .realm
        case .suspended: .suspended
        case .ceiling: .ceiling
        case .notReadIn: .readIn
        case .notAccredited: .accreditation
        case .notMember: .community
        case .notReleasable: .releasability
        }
    }
}
