import CanonicalEncoding
import SecurityLabels

/// The numbers by which tables know the names of a policy.
struct PolicyIndex: Sendable {
    let policy: Policy
    let policies: Numbered<LabelPolicyName>
    let partners: Numbered<PolicyPartner>
    let nodes: Numbered<PolicyNode>
    /// Every mailbox that a rule names.
    let mailboxes: Numbered<PolicyMailbox>
    let realms: Numbered<PolicyRealm>
    let owners: Numbered<LabelOwner>
    /// Every word of every owner, each once.
    let classifications: Numbered<Classification>
    let compartments: Numbered<Compartment>
    let caveats: Numbered<Caveat>
    let communities: Numbered<CommunityName>
    let types: Numbered<MessageType>
    /// What `REL TO` may name: partners and groups.
    let releasability: Numbered<ReleasabilityCode>
    let times: TimeIndex
    let ages: DurationIndex
    let expiries: DurationIndex
    /// The facts of each partner and each node, by number.
    let partnerFacts: [Policy.Partner]
    let nodeFacts: [Policy.Node]

    init(_ policy: Policy, _ memory: TableMemory) {
        self.policy = policy
        policies = Numbered([policy.name] + policy.labelPolicies, memory)
        let partners = policy.partners.sorted { $0.key < $1.key }
        let nodes = policy.nodes.sorted { $0.key < $1.key }
        self.partners = Numbered(partners.map(\.key), memory)
        self.nodes = Numbered(nodes.map(\.key), memory)
        partnerFacts = partners.map(\.value)
        nodeFacts = nodes.map(\.value)
        let rules = policy.rules
        mailboxes = Numbered(
            Set(rules.flatMap { ($0.recipientMailboxes?.included ?? []) + ($0.recipientMailboxes?.excluded ?? []) }),
            memory
        )
        realms = Numbered(policy.realms, memory)
        owners = Numbered(policy.ladder.equivalents.keys, memory)
        let words = policy.ladder.equivalents.values.joined()
        classifications = Numbered(Set(words.map(\.classification)), memory)
        compartments = Numbered(policy.compartments, memory)
        caveats = Numbered(policy.caveats, memory)
        communities = Numbered(policy.communities.keys, memory)
        types = Numbered(policy.types, memory)
        releasability = Numbered(policy.vocabulary.releasability, memory)
        times = TimeIndex(
            rules.map(\.dates) + policy.communities.values.flatMap { $0.map(\.dates) } + words.map(\.dates),
            memory
        )
        ages = DurationIndex(rules.compactMap(\.ages), memory)
        expiries = DurationIndex(rules.compactMap(\.expiries), memory)
    }

    /// How many values an axis has.
    func count(of axis: Axis) -> Int {
        switch axis {
        case .action: AccessAction.allCases.count
        case .precedence: Precedence.allCases.count
        case .realm: realms.count
        case .link: LinkStrength.allCases.count
        case .age: ages.count + 1
        case .expiry: expiries.count + 1
        case .stretch: times.count
        case .mailbox: mailboxes.count + partners.count * 2 + 1
        case .holder, .recipient: partners.count * 2
        case .holderNode, .recipientNode: nodes.count + partners.count
        case .owner: owners.count
        case .classification: classifications.count
        case .level: policy.ladder.levels.count + 1
        case .releasability: StatedReleasability.allCases.count
        case .community: communities.count + 1
        case .type: types.count + 1
        }
    }

    /// The value of an axis in words.
    func name(of value: Int, on axis: Axis) -> String {
        switch axis {
        case .action: AccessAction.allCases[value].rawValue
        case .precedence: Precedence.allCases[value].name
        case .realm: realms.names[value].rawValue
        case .link: LinkStrength.allCases[value].name
        case .age: ages.name(of: value)
        case .expiry: expiries.name(of: value)
        case .stretch: times.name(of: value)
        case .mailbox: mailbox(value)
        case .holder, .recipient:
            partners.names[value / 2].rawValue + (value % 2 == 1 ? ", an owner" : "")
        case .holderNode, .recipientNode:
            value < nodes.count
                ? nodes.names[value].rawValue : "a node of \(partners.names[value - nodes.count]) that is not known"
        case .owner: owners.names[value].rawValue
        case .classification: classifications.names[value].rawValue
        case .level: value < policy.ladder.levels.count ? policy.ladder.levels[value].rawValue : "no level"
        case .releasability: StatedReleasability.allCases[value].rawValue
        case .community: value < communities.count ? communities.names[value].rawValue : "none"
        case .type: value < types.count ? types.names[value].rawValue : "none"
        }
    }

    /// The values that a value stands for, where it says that something is not known; nil for every other value.
    ///
    /// A guardrail holds for such a value if it does for one of these, an agreement if it does for all of them.
    func candidates(for value: Int, on axis: Axis) -> [Int]? {
        switch axis {
        case .age: return value == ages.count ? Array(0..<ages.count) : nil
        case .expiry: return value == expiries.count ? Array(0..<expiries.count) : nil
        case .mailbox:
            let partner = value - mailboxes.count - partners.count - 1
            guard partner >= 0 else { return nil }
            return mailboxes.names.indices.filter { mailboxes.names[$0].partner == partners.names[partner] }
                + [mailboxes.count + partner]
        case .holderNode, .recipientNode:
            let partner = value - nodes.count
            guard partner >= 0 else { return nil }
            return nodes.names.indices.filter { nodeFacts[$0].partner == partners.names[partner] }
        case .action, .precedence, .realm, .link, .stretch, .holder, .recipient, .owner, .classification, .level,
            .releasability, .community, .type:
            return nil
        }
    }

    private func mailbox(_ value: Int) -> String {
        let place = value - mailboxes.count
        if place < 0 { return mailboxes.names[value].description }
        if place < partners.count { return "another mailbox of \(partners.names[place])" }
        if place == partners.count { return "no mailbox" }
        return "a mailbox of \(partners.names[place - partners.count - 1]) that is not known"
    }
}

extension Policy {
    /// The conditions of every rule, guardrails first, each in ascending order of name.
    var rules: [Conditions] { guardrails.map(\.conditions) + agreements.map(\.conditions) }
}
