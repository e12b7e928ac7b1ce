import CanonicalEncoding
import SecurityLabels

extension Policy {
    /// The policy's meaning as canonical JSON, whose digest is the policy's hash.
    ///
    /// Comments, spelling variants, and the order of anything that has no order do not show in it: two files have the same
    /// bytes if and only if they state the same policy, texts for people included.
    public var canonicalBytes: [UInt8] {
        canonicalValue.canonicalBytes
    }

    var canonicalValue: JSONValue {
        var members = statedMembers
        // A policy without invariants has the same form as before there were any; likewise one without approval.
        if !invariants.isEmpty { members["invariants"] = canonical(invariants) }
        if let approval { members["approval"] = approval.json }
        return .object(members)
    }

    /// Rules of this policy in the form that its hash is made of.
    func canonical(_ guardrails: [Guardrail]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: guardrails.map { rule in
                    let members: [String: JSONValue] = [
                        "says": .string(rule.says), "deny": .object(conditions(rule.conditions)),
                    ]
                    return (rule.name.rawValue, .object(members))
                }
            )
        )
    }

    func canonical(_ invariants: [Invariant]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: invariants.map { rule in
                    let members: [String: JSONValue] = [
                        "says": .string(rule.says), "never": .object(conditions(rule.conditions)),
                    ]
                    return (rule.name.rawValue, .object(members))
                }
            )
        )
    }

    private var statedMembers: [String: JSONValue] {
        [
            "format": 1,
            "name": .string(name.rawValue),
            "label-policies": names(labelPolicies),
            "levels": .array(ladder.levels.map { .string($0.rawValue) }),
            "equivalents": .object(
                Dictionary(
                    uniqueKeysWithValues: ladder.equivalents.map { owner, words in
                        (
                            owner.rawValue,
                            .array(words.map { equivalent($0) })
                        )
                    }
                )
            ),
            "compartments": names(compartments),
            "caveats": names(caveats),
            "types": names(types),
            "groups": table(groups) { names($0) },
            "partners": table(partners) { partner in
                .object([
                    "kind": .string(partner.kind.rawValue),
                    "ceiling": level(partner.ceiling),
                    "compartments": names(partner.compartments),
                    "suspended": .bool(partner.isSuspended),
                ])
            },
            "nodes": table(nodes) { node in
                .object([
                    "partner": .string(node.partner.rawValue),
                    "accreditation": level(node.accreditation),
                    "realm": .string(node.realm.rawValue),
                ])
            },
            "communities": table(communities) { members in
                .array(
                    members.sorted { left, right in
                        (left.partner, left.dates.from?.millisecondsSinceEpoch ?? .min, left.dates.until?.date ?? "")
                            < (
                                right.partner, right.dates.from?.millisecondsSinceEpoch ?? .min,
                                right.dates.until?.date ?? ""
                            )
                    }.map { member in
                        .object(dates(member.dates).merging(["partner": .string(member.partner.rawValue)]) { $1 })
                    }
                )
            },
            "guardrails": canonical(guardrails),
            "agreements": .object(
                Dictionary(
                    uniqueKeysWithValues: agreements.map { rule in
                        var members: [String: JSONValue] = [
                            "reference": .string(rule.reference),
                            "review": .string(rule.review.date),
                            "permit": .object(conditions(rule.conditions)),
                        ]
                        if let says = rule.says { members["says"] = .string(says) }
                        return (rule.name.rawValue, .object(members))
                    }
                )
            ),
        ]
    }

    private func conditions(_ conditions: Conditions) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for dimension in Dimension.allCases where conditions.states(dimension) {
            members.merge(self.members(dimension, conditions)) { first, _ in first }
        }
        return members
    }

    /// What a rule says about one dimension; nothing where it says nothing.
    private func members(_ dimension: Dimension, _ rule: Conditions) -> [String: JSONValue] {
        let value: JSONValue? =
            switch dimension {
            case .date: nil
            case .standing: .bool(rule.isSuspended)
            case .action: rule.actions.map { selection($0) }
            case .owner: rule.owners.map { selection($0) }
            case .holder: rule.holders.map { selection($0) }
            case .holderKind: rule.holderKinds.map { selection($0) }
            case .holderNode: rule.holderNodes.map { selection($0) }
            case .holderCeiling: rule.holderCeilings.map { levels($0) }
            case .holderAccreditation: rule.holderAccreditations.map { levels($0) }
            case .holderReadIn: rule.holderReadIn.map { carried($0) }
            case .recipient: rule.recipients.map { selection($0) }
            case .recipientKind: rule.recipientKinds.map { selection($0) }
            case .recipientNode: rule.recipientNodes.map { selection($0) }
            case .mailbox: rule.recipientMailboxes.map { selection($0) }
            case .recipientCeiling: rule.recipientCeilings.map { levels($0) }
            case .recipientAccreditation: rule.recipientAccreditations.map { levels($0) }
            case .recipientReadIn: rule.recipientReadIn.map { carried($0) }
            case .level: rule.levels.map { levels($0) }
            case .classification: rule.classifications.map { selection($0) }
            case .compartments: rule.compartments.map { carried($0) }
            case .caveats: rule.caveats.map { carried($0) }
            case .releasability: rule.releasability.map { selection($0) }
            case .community: rule.communities.map { selection($0) }
            case .type: rule.types.map { selection($0) }
            case .precedence: rule.precedences.map { ranks in places(ranks, Precedence.allCases.map(\.name)) }
            case .realm: rule.realms.map { selection($0) }
            case .link: rule.links.map { ranks in places(ranks, LinkStrength.allCases.map(\.name)) }
            case .age: rule.ages.map { durations($0) }
            case .expiry: rule.expiries.map { durations($0) }
            }
        guard let value else { return dates(rule.dates) }
        return [dimension.keys[0]: value]
    }

    private func equivalent(_ word: Ladder.Equivalent) -> JSONValue {
        let parts: [JSONValue] = [.string(word.classification.rawValue), word.rank.map { level($0) } ?? "none"]
        let dates = dates(word.dates)
        return .array(dates.isEmpty ? parts : parts + [.object(dates)])
    }

    private func levels(_ ranks: RankSet) -> JSONValue { places(ranks, ladder.levels.map(\.rawValue)) }

    /// The places on a scale, each by its name.
    private func places(_ ranks: RankSet, _ scale: [String]) -> JSONValue {
        .array(ranks.ranks.map { .string($0 == RankSet.noLevel ? "none" : scale[$0]) })
    }

    private func durations(_ set: DurationSet) -> JSONValue {
        .array(
            set.spans.map { span in
                var members: [String: JSONValue] = [:]
                members["over"] = span.over.map { .integer($0) }
                members["within"] = span.within.map { .integer($0) }
                return .object(members)
            }
        )
    }

    private func dates(_ span: DateSpan) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["from"] = span.from.map { .string($0.date) }
        members["until"] = span.until.map { .string($0.date) }
        return members
    }

    private func selection<Value: CustomStringConvertible>(_ selection: Selection<Value>) -> JSONValue {
        .array(
            selection.included.map { .string($0.description) }
                + selection.excluded.map { .string("not \($0.description)") }
        )
    }

    private func carried<Name: LabelComponent>(_ condition: CarriedCondition<Name>) -> JSONValue {
        if condition.isCarried, condition.excluded.isEmpty, condition.only == nil { return "not none" }
        if condition.only == [] { return "none" }
        guard !condition.all.isEmpty || condition.only != nil else {
            return selection(Selection(included: condition.any, excluded: condition.excluded))
        }
        func list(_ names: [Name]) -> JSONValue? {
            names.isEmpty ? nil : .array(names.map { .string($0.rawValue) })
        }
        var members: [String: JSONValue] = [:]
        members["any"] = list(condition.any)
        members["all"] = list(condition.all)
        members["not"] = list(condition.excluded)
        members["only"] = condition.only.flatMap { list($0) }
        return .object(members)
    }

    private func level(_ rank: Int) -> JSONValue { .string(ladder.levels[rank].rawValue) }

    private func names(_ names: some Sequence<some Comparable & CustomStringConvertible>) -> JSONValue {
        .array(names.sorted().map { .string($0.description) })
    }

    private func table<Name: CustomStringConvertible, Value>(
        _ table: [Name: Value],
        _ value: (Value) -> JSONValue
    ) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: table.map { ($0.key.description, value($0.value)) }))
    }
}
