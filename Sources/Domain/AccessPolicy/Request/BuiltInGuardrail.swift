/// The guardrails that every policy has, whatever its file says.
///
/// The raw value is the name under which reports, logs and test files know it; no rule of a file may have that name.
public enum BuiltInGuardrail: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// A word of the label is not in the policy.
    case unknownLabel = "unknown-label"
    /// A partner that takes part is not in the policy.
    case unknownPartner = "unknown-partner"
    /// A node that takes part is not in the policy, or belongs to another partner.
    case unknownNode = "unknown-node"
    /// No node of the policy has the message's realm, or a node that takes part has another.
    case realm
    /// A partner that takes part is suspended.
    case suspended
    /// The label's level is above what the origin or destination may hold.
    case ceiling
    /// The origin or destination is not read in to one of the label's compartments.
    case readIn = "read-in"
    /// A node that takes part is not accredited up to the label's level.
    case accreditation
    /// The origin or destination is not, at the time, a member of the label's community.
    case community
    /// The label says `REL TO` and names neither the destination nor a group that it belongs to.
    case releasability

    /// The name as a rule's name.
    public var name: RuleName { RuleName(rawValue) }

    public var description: String { rawValue }
}

extension RuleName {
    /// The reason for a denial that no guardrail gave: nothing covers the request.
    public static let noAgreement = RuleName("no-agreement")
}
