import SecurityLabels
import StrictYAML

/// Reads a policy's YAML top to bottom, each part against the names that the parts before it declare.
struct PolicyReader {
    var levels: [Classification] = []
    var equivalents: [LabelOwner: [Ladder.Equivalent]] = [:]
    var compartments: Set<Compartment> = []
    var caveats: Set<Caveat> = []
    var types: Set<MessageType> = []
    var partners: [PolicyPartner: Policy.Partner] = [:]
    var groups: [GroupName: Set<PolicyPartner>] = [:]
    var nodes: [PolicyNode: Policy.Node] = [:]
    var communities: [CommunityName: [Policy.Membership]] = [:]
    /// Every word of markings that is declared, with its kind: no word may be of two kinds.
    private var words: [String: String] = [:]

    init() {}

    static let keys = [
        "format", "name", "label-policies", "ladders", "compartments", "caveats", "types", "partners", "groups",
        "nodes", "communities",
        "guardrails", "agreements", "invariants", "approval",
    ]

    mutating func read(_ root: YAMLItem) throws(PolicyError) -> Policy {
        let fields = try root.fields("a policy", Self.keys)
        let format = try root.required("format", "the policy", in: fields)
        guard try format.text("the format's number") == "1" else {
            throw format.error("expected format `1`, got \(format.found): this release reads no other")
        }
        let nameItem = try root.required("name", "the policy", in: fields)
        let name = try PolicyNames.component(LabelPolicyName.self, nameItem.text("the policy's name"), at: nameItem)
        let labelPolicies = try fields["label-policies"].map { item throws(PolicyError) in
            try readLabelPolicies(item, besides: name)
        }
        let ladders = try root.required("ladders", "the policy", in: fields)
        let owners = try readLadders(ladders)
        if let item = fields["compartments"] { compartments = try readWords(item, "compartments") }
        if let item = fields["caveats"] { caveats = try readWords(item, "caveats") }
        if let item = fields["types"] { types = try readWords(item, "message types") }
        try readPartners(root.required("partners", "the policy", in: fields))
        if let item = fields["groups"] { try readGroups(item) }
        try checkOwners(owners)
        try readNodes(root.required("nodes", "the policy", in: fields))
        if let item = fields["communities"] { try readCommunities(item) }

        let rules = RuleReader(names: self)
        var taken: [RuleName: String] = [:]
        let guardrails = try fields["guardrails"].map { item throws(PolicyError) in
            try rules.readGuardrails(item, taken: &taken)
        }
        let agreements = try fields["agreements"].map { item throws(PolicyError) in
            try rules.readAgreements(item, taken: &taken)
        }
        let invariants = try fields["invariants"].map { item throws(PolicyError) in
            try rules.readInvariants(item, taken: &taken)
        }
        return Policy(
            name: name,
            labelPolicies: labelPolicies ?? [],
            ladder: Ladder(levels: levels, equivalents: equivalents),
            compartments: compartments,
            caveats: caveats,
            types: types,
            groups: groups,
            partners: partners,
            nodes: nodes,
            communities: communities,
            guardrails: (guardrails ?? []).sorted { $0.name < $1.name },
            agreements: (agreements ?? []).sorted { $0.name < $1.name },
            invariants: (invariants ?? []).sorted { $0.name < $1.name },
            approval: try fields["approval"].map { item throws(PolicyError) in try readApproval(item) },
            vocabulary: try vocabulary([name] + (labelPolicies ?? []), root)
        )
    }

    private mutating func readWords<Component: LabelComponent>(
        _ item: YAMLItem,
        _ what: String
    ) throws(PolicyError) -> Set<Component> {
        var components: Set<Component> = []
        for word in try item.items("a list of \(what)") {
            let component = try PolicyNames.component(Component.self, word.text("one of the \(what)"), at: word)
            try declare(component, at: word)
            components.insert(component)
        }
        return components
    }

    private mutating func declare<Component: LabelComponent>(
        _ component: Component,
        at item: YAMLItem
    ) throws(PolicyError) {
        guard component.rawValue != "REL TO", !component.rawValue.hasPrefix("REL TO ") else {
            throw item.error("`\(component)` would be read as a releasability list in markings: choose another word")
        }
        guard let kind = words.updateValue(Component.componentName, forKey: component.rawValue) else { return }
        throw item.error(
            kind == Component.componentName
                ? "`\(component)` stands twice: remove one"
                : "`\(component)` is \(kind) already and cannot be \(Component.componentName) too, for markings could "
                    + "be read in two ways: rename one"
        )
    }

    private mutating func readPartners(_ item: YAMLItem) throws(PolicyError) {
        for entry in try item.entries("a mapping from each partner's code to what it may hold") {
            let code = try PolicyNames.partner(entry.name, at: entry.key)
            let what = "partner \(code)"
            let fields = try entry.value.fields(what, ["kind", "ceiling", "compartments", "suspended"])
            let kind = try entry.value.required("kind", what, in: fields)
            let readIn = try fields["compartments"].map { item throws(PolicyError) in
                try knownSet(item, "compartments", compartments)
            }
            partners[code] = Policy.Partner(
                kind: try self.kind(kind.text("a kind of partner"), at: kind),
                ceiling: try rank(entry.value.required("ceiling", what, in: fields)),
                compartments: readIn ?? [],
                isSuspended: try fields["suspended"].map { item throws(PolicyError) in try boolean(item) } ?? false
            )
        }
    }

    private func checkOwners(_ owners: [(LabelOwner, YAMLItem)]) throws(PolicyError) {
        for (owner, item) in owners {
            guard partners[PolicyPartner(owner.rawValue)] != nil || groups[GroupName(owner.rawValue)] != nil else {
                throw item.error("`\(owner)` is neither a partner nor a group: declare it, or remove its ladder")
            }
        }
    }

    private mutating func readNodes(_ item: YAMLItem) throws(PolicyError) {
        for entry in try item.entries("a mapping from each node's name to what it may carry") {
            let name = try PolicyNames.node(entry.name, at: entry.key)
            let what = "node \(name)"
            let fields = try entry.value.fields(what, ["partner", "accreditation", "realm"])
            let realm = try entry.value.required("realm", what, in: fields)
            nodes[name] = Policy.Node(
                partner: try partner(entry.value.required("partner", what, in: fields)),
                accreditation: try rank(entry.value.required("accreditation", what, in: fields)),
                realm: try PolicyNames.realm(realm.text("a realm"), at: realm)
            )
        }
    }

    private mutating func readCommunities(_ item: YAMLItem) throws(PolicyError) {
        for entry in try item.entries("a mapping from each community to its members") {
            let community = try PolicyNames.component(CommunityName.self, entry.name, at: entry.key)
            try declare(community, at: entry.key)
            var members: [Policy.Membership] = []
            for member in try entry.value.entries("a mapping from each member's code to its dates") {
                let partner = try partner(member.name, at: member.key)
                for dates in try spells(member.value) {
                    members.append(Policy.Membership(partner: partner, dates: dates))
                }
            }
            communities[community] = members
        }
    }

    /// A member's dates: one span, or a list of them for one that left and came back.
    private func spells(_ item: YAMLItem) throws(PolicyError) -> [DateSpan] {
        let items: [YAMLItem] = if case .list(let items) = item.content, !items.isEmpty { items } else { [item] }
        var spans: [DateSpan] = []
        for spell in items {
            let fields = try spell.fields("a membership", ["from", "until"])
            _ = try spell.required("from", "the membership", in: fields)
            let span = try RuleReader.dates(fields)
            guard !spans.contains(where: { $0.overlaps(span) }) else {
                throw spell.error("the membership overlaps one before it: join the two, or correct a date")
            }
            spans.append(span)
        }
        return spans
    }

    private func vocabulary(_ policies: [LabelPolicyName], _ root: YAMLItem) throws(PolicyError) -> MarkingVocabulary {
        do {
            var codes: Set<ReleasabilityCode> = []
            for partner in partners.keys { codes.insert(try ReleasabilityCode(partner.rawValue)) }
            for group in groups.keys { codes.insert(try ReleasabilityCode(group.rawValue)) }
            return try MarkingVocabulary(
                policies: policies,
                classifications: equivalents.mapValues(Self.words),
                compartments: compartments,
                caveats: caveats,
                releasability: codes,
                communities: Set(communities.keys),
                types: types
            )
        } catch {
            throw root.error(error.description)
        }
    }
}
