public import CanonicalEncoding

extension ConfidentialityLabel {
    /// Makes a label of what an ADatP-4774 label says about access.
    ///
    /// Everything that can restrict has a place in the label or is refused by name. Who made the label, when, and when it
    /// is to be reviewed stay in `content` and its surroundings; a succession is the caller's to apply, see
    /// ``STANAG4774Label/content(at:)``.
    /// - Throws: `STANAG4774Error` that names the first thing without a place.
    public init(
        stanag4774 content: STANAG4774Content,
        profile: STANAG4774Profile
    ) throws(STANAG4774Error) {
        var importer = STANAG4774Importer(profile: profile)
        self = try importer.label(content.information)
    }
}

extension STANAG4774Label {
    /// What the label says at a time: its own content before its succession and the successor's from then on.
    /// - Throws: `STANAG4774Error` when the time of the succession names no offset from UTC, so that it is none.
    public func content(at time: Timestamp) throws(STANAG4774Error) -> STANAG4774Content {
        guard let succession else { return content }
        guard let moment = succession.dateTime.timestamp else {
            throw STANAG4774Error(
                expected: "`SuccessionDateTime` with an offset from UTC, such as `Z`",
                got: "`\(succession.dateTime)`"
            )
        }
        return time < moment ? content : succession.successor
    }
}

/// Sorts the values of categories into the parts of a label.
private struct STANAG4774Importer {
    let profile: STANAG4774Profile
    private var words: [STANAG4774Profile.Field: [String]] = [:]
    private var tags: [STANAG4774Profile.Field: String] = [:]
    private var contexts: [String] = []

    init(profile: STANAG4774Profile) { self.profile = profile }

    mutating func label(_ information: STANAG4774Information) throws(STANAG4774Error) -> ConfidentialityLabel {
        guard profile.covers(information) else {
            throw STANAG4774Error(
                expected: "the policy `\(profile.policyIdentifier)`"
                    + (profile.policyURI.map { " (`\($0)`)" } ?? ""),
                got: "`\(information.policyIdentifier)`" + (information.policyURI.map { " (`\($0)`)" } ?? "")
            )
        }
        if let mark = information.privacyMark { try read(privacyMark: mark) }
        for category in information.categories { try read(category) }
        if let context = profile.context { try read(contexts, of: context) }
        do throws(LabelError) {
            return try build(classification: information.classification)
        } catch {
            throw STANAG4774Error(expected: "a label that can be made", got: "\(error)")
        }
    }

    private mutating func read(privacyMark mark: String) throws(STANAG4774Error) {
        guard let entry = profile.privacyMarks.first(where: { profile.isEqual($0.key, mark) }) else {
            throw STANAG4774Error(
                expected: "a privacy mark that the policy `\(profile.policy)` gives a meaning",
                got: "`\(mark)`"
            )
        }
        words[.caveats, default: []].append(entry.value)
    }

    private mutating func read(_ category: STANAG4774Category) throws(STANAG4774Error) {
        if let context = profile.context, profile.isEqual(context.tagName, category.tagName) {
            guard category.kind == .permissive else {
                throw STANAG4774Error(
                    expected: "`\(context.tagName)` of PERMISSIVE",
                    got: "`\(category.tagName)` of \(category.kind.rawValue)"
                )
            }
            contexts += category.values
            return
        }
        let named = profile.categories.filter { profile.isEqual($0.tagName, category.tagName) }
        guard let rule = named.first(where: { $0.kind == category.kind }) else {
            throw STANAG4774Error(
                expected: expectation(named),
                got: "`\(category.tagName)` of \(category.kind.rawValue)"
            )
        }
        // Two lists of whom something may go to would both have to hold, and a label has one.
        if rule.field == .releasableTo, let tag = tags.updateValue(rule.tagName, forKey: rule.field),
            tag != rule.tagName
        {
            throw STANAG4774Error(expected: "one of `\(tag)` and `\(rule.tagName)`", got: "both")
        }
        for value in category.values {
            guard !rule.isClosed || rule.words.keys.contains(where: { profile.isEqual($0, value) }) else {
                throw STANAG4774Error(
                    expected: "a value of `\(rule.tagName)` (\(rule.words.keys.sorted().joined(separator: ", ")))",
                    got: "`\(value)`"
                )
            }
            words[rule.field, default: []].append(profile.word(of: value, by: rule.words))
        }
        if let caveat = rule.caveat, words[.caveats]?.contains(caveat.rawValue) != true {
            words[.caveats, default: []].append(caveat.rawValue)
        }
    }

    private mutating func read(
        _ values: [String],
        of context: STANAG4774Profile.Context
    ) throws(STANAG4774Error) {
        let isReleased = values.contains { profile.isEqual($0, context.releasableValue) }
        guard !isReleased || words[.releasableTo] != nil else {
            throw STANAG4774Error(
                expected: "a list of those to whom the information is released",
                got: "its announcement in `\(context.tagName)` alone"
            )
        }
        // At least one context has to be held; a label can ask for one community, not for either of two.
        let others = values.filter { !profile.isEqual($0, context.releasableValue) }
        guard others.count <= 1 else {
            throw STANAG4774Error(
                expected: "one value of `\(context.tagName)` (a label has one community)",
                got: others.map { "`\($0)`" }.joined(separator: ", ")
            )
        }
        for value in others where !profile.isEqual(value, context.policyValue) {
            words[.community, default: []].append(profile.word(of: value, by: context.words))
        }
    }

    private func expectation(_ named: [STANAG4774Profile.Category]) -> String {
        let known = named.isEmpty ? profile.categories : named
        let context = named.isEmpty ? profile.context.map { ["`\($0.tagName)` of PERMISSIVE"] } ?? [] : []
        return "a category of the policy `\(profile.policy)`: "
            + (context + known.map { "`\($0.tagName)` of \($0.kind.rawValue)" }).joined(separator: ", ")
    }

    private func build(classification: String) throws(LabelError) -> ConfidentialityLabel {
        var owners: [LabelOwner] = try read(.owners)
        if owners.isEmpty, let owner = profile.owner { owners = [owner] }
        guard let owner = owners.first else { throw .empty(component: LabelOwner.componentName) }
        let releasableTo: [ReleasabilityCode] = try read(.releasableTo)
        return try ConfidentialityLabel(
            policy: profile.policy,
            owner: owner,
            coOwners: Array(owners.dropFirst()),
            classification: try Classification(profile.word(of: classification, by: profile.classifications)),
            compartments: try read(.compartments),
            caveats: try read(.caveats),
            releasableTo: releasableTo.isEmpty ? nil : releasableTo,
            community: try readOne(.community),
            type: try readOne(.type)
        )
    }

    private func read<Component: LabelComponent>(
        _ field: STANAG4774Profile.Field
    ) throws(LabelError) -> [Component] {
        var components: [Component] = []
        for word in words[field] ?? [] { components.append(try Component(word)) }
        return components
    }

    private func readOne<Component: LabelComponent>(
        _ field: STANAG4774Profile.Field
    ) throws(LabelError) -> Component? {
        let components: [Component] = try read(field)
        guard components.count <= 1 else {
            throw .repeated(
                component: Component.componentName,
                text: components.map(\.rawValue).joined(separator: ", ")
            )
        }
        return components.first
    }
}
