import CanonicalEncoding
import SecurityLabels
import StrictYAML

extension TestSuiteReader {
    private static let audienceKeys = [
        "name", "label", "from", "at", "precedence", "realm", "link", "originated", "expires", "exactly", "at-least",
        "none-of",
    ]

    /// A label and everybody who may have it.
    func readAudience(
        _ item: YAMLItem,
        _ name: String,
        _ usualTime: Timestamp?
    ) throws(PolicyError) -> PolicyTestSuite.AudienceCase {
        let fields = try item.fields("a who-can-see case", Self.audienceKeys)
        let what = "case `\(name)`"
        let holder = try fields["from"].map { item throws(PolicyError) in try station(item) }
        let label = try label(item.required("label", what, in: fields))
        // Nobody asks whether those may get it that have it.
        let havers = Set(label.owners.map { PolicyPartner($0.rawValue) } + (holder.map { [$0.partner] } ?? []))
        let realm = try fields["realm"].map { item throws(PolicyError) in try self.realm(item) } ?? .live
        return PolicyTestSuite.AudienceCase(
            name: name,
            line: item.line,
            label: label,
            holder: holder,
            time: try time(item, fields, what, usualTime),
            precedence: try fields["precedence"].map { item throws(PolicyError) in try self.precedence(item) },
            realm: realm,
            facts: try facts(fields),
            expected: try expectation(item, fields, what, havers, realm)
        )
    }

    private func expectation(
        _ item: YAMLItem,
        _ fields: [String: YAMLItem],
        _ what: String,
        _ havers: Set<PolicyPartner>,
        _ realm: PolicyRealm
    ) throws(PolicyError) -> PolicyTestSuite.AudienceCase.Expectation {
        if let exactly = fields["exactly"] {
            if let other = fields["at-least"] ?? fields["none-of"] {
                throw other.error("`exactly` says all there is to say: remove this, or `exactly`")
            }
            let partners = Set(policy.partners.keys).subtracting(havers).sorted().map { Station($0) }
            if case .text("nobody") = exactly.content { return .exactly([], outOf: partners) }
            let expected = try stations(exactly, havers)
            guard let node = expected.first(where: { $0.node != nil }) else {
                return .exactly(expected, outOf: partners)
            }
            guard expected.allSatisfy({ $0.node != nil }) else {
                throw exactly.error("expected partners only or nodes only, got both: write a case for each")
            }
            guard policy.nodes.contains(where: { $0.key == node.node && $0.value.realm == realm }) else {
                throw exactly.error("\(node) is not in the realm `\(realm)`: correct it, or name the case's `realm`")
            }
            let nodes = policy.nodes.filter { $0.value.realm == realm && !havers.contains($0.value.partner) }
            return .exactly(
                expected,
                outOf: nodes.keys.sorted().map { Station(policy.nodes[$0]?.partner ?? PolicyPartner(""), node: $0) }
            )
        }
        let included = try fields["at-least"].map { item throws(PolicyError) in try stations(item, havers) } ?? []
        let excluded = try fields["none-of"].map { item throws(PolicyError) in try stations(item, havers) } ?? []
        guard !included.isEmpty || !excluded.isEmpty else {
            throw item.error("\(what) says nothing of who may have it: add `exactly`, `at-least` or `none-of`")
        }
        if let item = fields["none-of"], let both = included.first(where: excluded.contains) {
            throw item.error("`\(both)` stands in `at-least` too: remove one")
        }
        return .including(included, excluding: excluded)
    }

    /// Partners, groups, which stand for their partners, and nodes; what stands after `not` is taken out again.
    private func stations(_ item: YAMLItem, _ havers: Set<PolicyPartner>) throws(PolicyError) -> [Station] {
        var included: Set<Station> = []
        var excluded: Set<Station> = []
        var named: Set<String> = []
        var isOnlyExclusions = true
        for word in try item.items("a list of partners, groups or nodes, or `nobody`") {
            let text = try word.text("a partner, group or node")
            let isExcluded = text.hasPrefix("not ")
            let name = isExcluded ? String(text.dropFirst("not ".count)) : text
            guard named.insert(name).inserted else { throw word.error("`\(name)` stands twice: remove one") }
            let meant = try stations(named: name, word, havers)
            if isExcluded {
                excluded.formUnion(meant)
            } else {
                isOnlyExclusions = false
                included.formUnion(meant)
            }
        }
        if isOnlyExclusions { included = Set(policy.partners.keys.map { Station($0) }) }
        let stations = included.subtracting(excluded).filter { !havers.contains($0.partner) }
        guard !stations.isEmpty else { throw item.error("\(item.found) leaves nobody: name who is meant, or `nobody`") }
        return stations.sorted {
            ($0.partner, $0.node?.rawValue ?? "") < ($1.partner, $1.node?.rawValue ?? "")
        }
    }

    private func stations(
        named name: String,
        _ item: YAMLItem,
        _ havers: Set<PolicyPartner>
    ) throws(PolicyError) -> [Station] {
        if let partners = policy.groups[GroupName(name)] { return partners.map { Station($0) } }
        let station: Station
        if policy.partners[PolicyPartner(name)] != nil {
            station = Station(PolicyPartner(name))
        } else if let node = policy.nodes[PolicyNode(name)] {
            station = Station(node.partner, node: PolicyNode(name))
        } else {
            throw item.error(
                "the policy has no partner, group or node `\(name)`: correct it, or declare it in the policy"
            )
        }
        guard !havers.contains(station.partner) else {
            throw item.error("`\(name)` has it already: name who may get it")
        }
        return [station]
    }

    /// Conditions like those of an invariant, beside the name.
    func readNever(_ item: YAMLItem, _ name: String) throws(PolicyError) -> PolicyTestSuite.NeverCase {
        var fields = try item.fields(
            "a never case",
            ["name"] + ConditionReader.keys,
            aliases: ConditionReader.aliases
        )
        fields["name"] = nil
        guard !fields.isEmpty else {
            throw item.error("expected at least one condition, got none: a case without conditions forbids everything")
        }
        let conditions = try ConditionReader(names: PolicyReader(policy)).read(fields)
        return PolicyTestSuite.NeverCase(name: name, line: item.line, conditions: conditions)
    }
}
