public import CanonicalEncoding
public import SecurityLabels

/// Who may get what: a coalition's policy as its file states it, checked throughout.
///
/// INVARIANT: every name that a part uses is declared by another, no set is empty, and no rule has a built-in name.
/// The only way to get a policy is to read one, so that these hold for every value of the type.
public struct Policy: Hashable, Sendable {
    /// The policy's name, which is also the name of the label policy that its labels are marked under.
    public let name: LabelPolicyName
    /// The further label policies whose labels are accepted, ascending.
    public let labelPolicies: [LabelPolicyName]
    public let ladder: Ladder
    public let compartments: Set<Compartment>
    public let caveats: Set<Caveat>
    public let types: Set<MessageType>
    /// The partners of each group, those of the groups in it included.
    public let groups: [GroupName: Set<PolicyPartner>]
    public let partners: [PolicyPartner: Partner]
    public let nodes: [PolicyNode: Node]
    public let communities: [CommunityName: [Membership]]
    /// In ascending order of name.
    public let guardrails: [Guardrail]
    /// In ascending order of name.
    public let agreements: [Agreement]
    /// What must never be allowed, in ascending order of name; ``provenInvariants()`` proves or refutes them.
    public let invariants: [Invariant]
    /// Who must have signed a policy that is to take this one's place; nil when nobody need have.
    public let approval: ApprovalRule?
    /// The words that labels and markings may use under this policy.
    public let vocabulary: MarkingVocabulary

    /// What a partner may hold.
    public struct Partner: Hashable, Sendable {
        public let kind: PartnerKind
        /// The highest rank of the common ladder that the partner may hold.
        public let ceiling: Int
        /// The compartments that it is read in to.
        public let compartments: Set<Compartment>
        public let isSuspended: Bool
    }

    /// What one daemon may carry.
    public struct Node: Hashable, Sendable {
        public let partner: PolicyPartner
        /// The highest rank of the common ladder that it may carry.
        public let accreditation: Int
        public let realm: PolicyRealm
    }

    /// One partner's membership of a community for a time; a partner may have several.
    public struct Membership: Hashable, Sendable {
        public let partner: PolicyPartner
        public let dates: DateSpan
    }

    /// A rule that denies when all its conditions hold, whatever any agreement says.
    public struct Guardrail: Hashable, Sendable {
        public let name: RuleName
        /// The rule in a sentence, for people.
        public let says: String
        public let conditions: Conditions
    }

    /// What no decision may ever allow; it denies nothing itself, and a policy that breaks it is not put in force.
    ///
    /// Its conditions are judged like a guardrail's: a policy keeps the invariant when a guardrail with these conditions
    /// would change no decision.
    public struct Invariant: Hashable, Sendable {
        public let name: RuleName
        /// The promise in a sentence, for people.
        public let says: String
        public let conditions: Conditions
    }

    /// A dated permission that a release can rest on.
    public struct Agreement: Hashable, Sendable {
        public let name: RuleName
        /// The permission in a sentence, for people.
        public let says: String?
        /// The document that it stands in.
        public let reference: String
        /// The day by which it is to be looked at again.
        public let review: Timestamp
        public let conditions: Conditions
    }
}

extension Policy {
    /// Whether a `REL TO` entry or a rule's term that names this code means the partner.
    func names(_ code: String, partner: PolicyPartner) -> Bool {
        code == partner.rawValue || groups[GroupName(code)]?.contains(partner) == true
    }

    /// The policy with other rules, given in any order.
    ///
    /// INVARIANT: the new rules use only names that this policy declares.
    func replacing(guardrails: [Guardrail], agreements: [Agreement], invariants: [Invariant]) -> Policy {
        Policy(
            name: name,
            labelPolicies: labelPolicies,
            ladder: ladder,
            compartments: compartments,
            caveats: caveats,
            types: types,
            groups: groups,
            partners: partners,
            nodes: nodes,
            communities: communities,
            guardrails: guardrails.sorted { $0.name < $1.name },
            agreements: agreements.sorted { $0.name < $1.name },
            invariants: invariants.sorted { $0.name < $1.name },
            approval: approval,
            vocabulary: vocabulary
        )
    }

    /// The realms that nodes are in, ascending.
    var realms: [PolicyRealm] { Set(nodes.values.map(\.realm)).union([.live]).sorted() }

    /// The policy with other rules and nothing left to prove.
    func with(guardrails: [Guardrail], agreements: [Agreement]) -> Policy {
        replacing(guardrails: guardrails, agreements: agreements, invariants: [])
    }
}
