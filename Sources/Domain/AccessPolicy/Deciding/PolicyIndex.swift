import SecurityLabels

/// The numbers by which tables know the names of a policy.
struct PolicyIndex: Sendable {
    let partners: Numbered<PolicyPartner>
    let nodes: Numbered<PolicyNode>
    let realms: Numbered<PolicyRealm>
    let owners: Numbered<LabelOwner>
    let compartments: Numbered<Compartment>
    let caveats: Numbered<Caveat>
    let communities: Numbered<CommunityName>
    let types: Numbered<MessageType>
    /// What `REL TO` may name: partners and groups.
    let releasability: Numbered<ReleasabilityCode>

    init(_ policy: Policy) {
        partners = Numbered(policy.partners.keys)
        nodes = Numbered(policy.nodes.keys)
        realms = Numbered(policy.realms)
        owners = Numbered(policy.ladder.equivalents.keys)
        compartments = Numbered(policy.compartments)
        caveats = Numbered(policy.caveats)
        communities = Numbered(policy.communities.keys)
        types = Numbered(policy.types)
        releasability = Numbered(policy.vocabulary.releasability)
    }
}

/// Names in ascending order, with the place of each.
struct Numbered<Name: Hashable & Comparable & Sendable>: Sendable {
    let names: [Name]
    private let numbers: [Name: Int]

    init(_ names: some Sequence<Name>) {
        self.names = names.sorted()
        numbers = Dictionary(uniqueKeysWithValues: zip(self.names, 0...))
    }

    var count: Int { names.count }

    func number(of name: Name) -> Int? { numbers[name] }
}
