import SecurityLabels
import StrictYAML

extension PolicyReader {
    /// Reads the groups: partners and other groups, some of which may be taken out again with `not`.
    mutating func readGroups(_ item: YAMLItem) throws(PolicyError) {
        let entries = try item.entries("a mapping from each group to the list of its partners")
        var open: [GroupName: YAMLItem.Entry] = [:]
        for entry in entries {
            let code = try PolicyNames.component(ReleasabilityCode.self, entry.name, at: entry.key)
            guard partners[PolicyPartner(entry.name)] == nil else {
                throw entry.key.error("`\(code)` is a partner already: give the group another name")
            }
            open[GroupName(entry.name)] = entry
        }
        for entry in entries { _ = try members(of: GroupName(entry.name), entry, open, path: []) }
    }

    /// The partners of a group, found through the groups in it.
    /// - Parameter path: The groups that are being found, outermost first.
    private mutating func members(
        of group: GroupName,
        _ entry: YAMLItem.Entry,
        _ declared: [GroupName: YAMLItem.Entry],
        path: [GroupName]
    ) throws(PolicyError) -> Set<PolicyPartner> {
        if let known = groups[group] { return known }
        var included: Set<PolicyPartner> = []
        var excluded: Set<PolicyPartner> = []
        var names: Set<String> = []
        var namesIncluded = false
        for member in try entry.value.items("a list of partners and groups") {
            let text = try member.text("a partner's or group's code")
            let isExcluded = text.hasPrefix("not ")
            let name = isExcluded ? String(text.dropFirst("not ".count)) : text
            guard names.insert(name).inserted else {
                throw member.error("`\(name)` stands twice in group \(group): remove one")
            }
            let partners = try partners(named: name, member, declared, path: path + [group])
            if isExcluded { excluded.formUnion(partners) } else { included.formUnion(partners) }
            namesIncluded = namesIncluded || !isExcluded
        }
        // A group of `not` entries alone is everybody but those.
        let result = (namesIncluded ? included : Set(partners.keys)).subtracting(excluded)
        guard !result.isEmpty else {
            throw entry.value.error("group \(group) has no partner left: name one, or remove the group")
        }
        groups[group] = result
        return result
    }

    private mutating func partners(
        named name: String,
        _ item: YAMLItem,
        _ declared: [GroupName: YAMLItem.Entry],
        path: [GroupName]
    ) throws(PolicyError) -> Set<PolicyPartner> {
        if partners[PolicyPartner(name)] != nil { return [PolicyPartner(name)] }
        let group = GroupName(name)
        guard let entry = declared[group] else {
            let known = partners.keys.map(\.rawValue).sorted() + declared.keys.map(\.rawValue).sorted()
            throw unknown(name, "partner or group", known, "partners` or `groups", at: item)
        }
        if let start = path.firstIndex(of: group) {
            let circle = (path[start...] + [group]).map { "`\($0)`" }.joined(separator: " in ")
            throw item.error("the groups hold each other: \(circle); take one out of the circle")
        }
        return try members(of: group, entry, declared, path: path)
    }
}
