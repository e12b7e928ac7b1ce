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

    private var canonicalValue: JSONValue {
        .object([
            "format": 1,
            "name": .string(name.rawValue),
            "levels": .array(ladder.levels.map { .string($0.rawValue) }),
            "equivalents": .object(
                Dictionary(
                    uniqueKeysWithValues: ladder.equivalents.map { owner, words in
                        (
                            owner.rawValue,
                            .array(words.map { [.string($0.classification.rawValue), level($0.rank)] })
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
            "guardrails": .object(
                Dictionary(
                    uniqueKeysWithValues: guardrails.map { rule in
                        let members: [String: JSONValue] = [
                            "says": .string(rule.says), "deny": .object(conditions(rule.conditions)),
                        ]
                        return (rule.name.rawValue, .object(members))
                    }
                )
            ),
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
        ])
    }

    private func conditions(_ conditions: Conditions) -> [String: JSONValue] {
        var members = dates(conditions.dates)
        members["action"] = conditions.actions.map { selection($0) }
        members["owner"] = conditions.owners.map { selection($0) }
        members["holder"] = conditions.holders.map { selection($0) }
        members["recipient"] = conditions.recipients.map { selection($0) }
        members["recipient-kind"] = conditions.recipientKinds.map { selection($0) }
        members["above"] = conditions.aboveRank.map { level($0) }
        members["up-to"] = conditions.upToRank.map { level($0) }
        members["compartments"] = conditions.compartments.map { carried($0) }
        members["caveats"] = conditions.caveats.map { carried($0) }
        members["community"] = conditions.communities.map { selection($0) }
        members["types"] = conditions.types.map { selection($0) }
        members["precedence"] = conditions.precedences.map { selection($0) }
        members["realm"] = conditions.realms.map { selection($0) }
        return members
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
        switch condition {
        case .carries(let selection): self.selection(selection)
        case .only(let names): .object(["only": .array(names.map { .string($0.rawValue) })])
        case .none: "none"
        }
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
