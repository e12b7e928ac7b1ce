import SecurityLabels
import StrictYAML

/// Reads the conditions of one rule.
struct ConditionReader {
    let names: PolicyReader

    func read(_ fields: [String: YAMLItem]) throws(PolicyError) -> Conditions {
        var conditions = Conditions()
        conditions.actions = try selection(fields["action"], "actions") { text, item throws(PolicyError) in
            try Self.action(text, item)
        }
        conditions.owners = try selection(fields["owner"], "label owners") { text, item throws(PolicyError) in
            try owner(text, item)
        }
        conditions.holders = try parties(fields["holder"])
        conditions.recipients = try parties(fields["recipient"])
        conditions.recipientKinds = try selection(fields["recipient-kind"], "kinds") { text, item throws(PolicyError) in
            guard let kind = PartnerKind(rawValue: text) else {
                throw item.error("expected `nation`, `organisation` or `private`, got `\(text)`")
            }
            return kind
        }
        try readLevels(fields, into: &conditions)
        conditions.compartments = try carried(fields["compartments"], "compartments", names.compartments)
        conditions.caveats = try carried(fields["caveats"], "caveats", names.caveats)
        conditions.communities = try named(fields["community"], "communities", Set(names.communities.keys))
        conditions.types = try named(fields["types"], "types", names.types)
        conditions.precedences = try selection(fields["precedence"], "precedences") { text, item throws(PolicyError) in
            guard let precedence = Precedence(name: text) else {
                let names = Precedence.allCases.reversed().map { "`\($0.name)`" }.joined(separator: ", ")
                throw item.error("expected one of \(names), got `\(text)`")
            }
            return precedence
        }
        conditions.realms = try selection(fields["realm"], "realms") { text, item throws(PolicyError) in
            try realm(text, item)
        }
        conditions.dates = try RuleReader.dates(fields)
        return conditions
    }

    private static func action(_ text: String, _ item: YAMLItem) throws(PolicyError) -> AccessAction {
        guard let action = AccessAction(rawValue: text) else {
            let names = AccessAction.allCases.map { "`\($0)`" }.joined(separator: ", ")
            throw item.error("expected one of \(names), got `\(text)`")
        }
        return action
    }

    private func owner(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PartyTerm {
        guard text != "owner" else {
            throw item.error("expected a partner or group, got `owner`: the label's owner is always its owner")
        }
        return try party(text, item)
    }

    private func parties(_ item: YAMLItem?) throws(PolicyError) -> Selection<PartyTerm>? {
        try selection(item, "partners and groups") { text, item throws(PolicyError) in
            text == "owner" ? .owner : try party(text, item)
        }
    }

    private func party(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PartyTerm {
        if names.partners[PolicyPartner(text)] != nil { return .partner(PolicyPartner(text)) }
        if names.groups[GroupName(text)] != nil { return .group(GroupName(text)) }
        let known = names.partners.keys.map(\.rawValue).sorted() + names.groups.keys.map(\.rawValue).sorted()
        throw names.unknown(text, "partner or group", known, "partners` or `groups", at: item)
    }

    private func realm(_ text: String, _ item: YAMLItem) throws(PolicyError) -> PolicyRealm {
        let realm = PolicyRealm(text)
        let known = Set(names.nodes.values.map(\.realm)).union([.live])
        guard known.contains(realm) else {
            throw names.unknown(text, "realm", known.sorted().map(\.rawValue), "nodes", at: item)
        }
        return realm
    }

    /// `up-to: SECRET`, and `level:` with `up-to SECRET` or `above RESTRICTED`.
    private func readLevels(
        _ fields: [String: YAMLItem],
        into conditions: inout Conditions
    ) throws(PolicyError) {
        if let item = fields["up-to"] { conditions.upToRank = try names.rank(item) }
        guard let item = fields["level"] else { return }
        let text = try item.text("`up-to` or `above` and a level")
        if text.hasPrefix("up-to ") {
            guard conditions.upToRank == nil else {
                throw item.error("`level` says again what `up-to` says: keep one of them")
            }
            conditions.upToRank = try names.rank(String(text.dropFirst("up-to ".count)), at: item)
        } else if text.hasPrefix("above ") {
            let rank = try names.rank(String(text.dropFirst("above ".count)), at: item)
            guard rank < (conditions.upToRank ?? names.levels.count - 1) else {
                throw item.error(
                    "expected a level below the highest that is meant, got \(item.found): nothing is above it"
                )
            }
            conditions.aboveRank = rank
        } else {
            throw item.error("expected `up-to` or `above` and a level, such as `above RESTRICTED`, got `\(text)`")
        }
    }

    /// A list of texts, some of which may have `not ` before them.
    private func selection<Value>(
        _ item: YAMLItem?,
        _ what: String,
        _ read: (String, YAMLItem) throws(PolicyError) -> Value
    ) throws(PolicyError) -> Selection<Value>? {
        guard let item else { return nil }
        var included: [Value] = []
        var excluded: [Value] = []
        for element in try item.items("a list of \(what)") {
            let text = try element.text("one of the \(what)")
            let isExcluded = text.hasPrefix("not ")
            let value = try read(isExcluded ? String(text.dropFirst("not ".count)) : text, element)
            guard !included.contains(value), !excluded.contains(value) else {
                throw element.error("\(element.found) is decided in this list already: name it once")
            }
            if isExcluded { excluded.append(value) } else { included.append(value) }
        }
        return Selection(included: included, excluded: excluded)
    }

    /// Names that a label carries one of at most, or `none`.
    private func named<Component: LabelComponent>(
        _ item: YAMLItem?,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> Selection<NameOrNone<Component>>? {
        try selection(item, section) { text, item throws(PolicyError) in
            text == "none" ? .none : .name(try names.known(text, section, declared, at: item))
        }
    }

    /// Names that a label carries any number of: a list, `none`, or `{only: [...]}`.
    private func carried<Component: LabelComponent>(
        _ item: YAMLItem?,
        _ section: String,
        _ declared: Set<Component>
    ) throws(PolicyError) -> CarriedCondition<Component>? {
        guard let item else { return nil }
        switch item.content {
        case .text("none"):
            return CarriedCondition.none
        case .mapping:
            let fields = try item.fields("the condition on \(section)", ["only"])
            let only = try item.required("only", "the condition on \(section)", in: fields)
            return .only(try names.knownSet(only, section, declared).sorted())
        case .text, .list:
            let selection = try selection(item, section) { text, item throws(PolicyError) in
                try names.known(text, section, declared, at: item)
            }
            return selection.map { .carries($0) }
        }
    }
}
