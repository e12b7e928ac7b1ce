extension ConfidentialityLabel {
    /// What the label says, as an ADatP-4774 label says it.
    ///
    /// Categories stand in the order of the profile and values in the order of the label. Reading the result with the same
    /// profile gives the label again.
    /// - Throws: `STANAG4774Error` when a part of the label has no place under the profile, or would mean something else there.
    public func stanag4774Information(
        profile: STANAG4774Profile
    ) throws(STANAG4774Error) -> STANAG4774Information {
        guard policy == profile.policy else {
            throw STANAG4774Error(expected: "a label under the policy `\(profile.policy)`", got: "`\(policy)`")
        }
        var exporter = STANAG4774Exporter(label: self, profile: profile)
        let categories = try exporter.categories()
        let information = STANAG4774Information(
            policyIdentifier: profile.policyIdentifier,
            policyURI: profile.policyURI,
            classification: STANAG4774Profile.text(of: classification.rawValue, by: profile.classifications),
            privacyMark: exporter.privacyMark,
            categories: categories
        )
        // INVARIANT: what leaves here means what went in. A word that is the text of another one, as `SECRET` is of
        // `NATO SECRET`, would come back as that.
        let content = STANAG4774Content(information: information, creationDateTime: nil)
        let back = try ConfidentialityLabel(stanag4774: content, profile: profile)
        guard back == self else {
            throw STANAG4774Error(
                expected: "words that mean the same in XML",
                got: "`\(marking)`, read as `\(back.marking)`"
            )
        }
        return information
    }
}

/// Gives every word of a label its place in a category.
private struct STANAG4774Exporter {
    let label: ConfidentialityLabel
    let profile: STANAG4774Profile
    private(set) var privacyMark: String?
    private var rest: [STANAG4774Profile.Field: [String]]

    init(label: ConfidentialityLabel, profile: STANAG4774Profile) {
        self.label = label
        self.profile = profile
        rest = [
            .owners: label.owners == profile.owner.map { [$0] } ? [] : label.owners.map(\.rawValue),
            .compartments: label.compartments.map(\.rawValue),
            .caveats: label.caveats.map(\.rawValue),
            .releasableTo: (label.releasableTo ?? []).map(\.rawValue),
            .community: label.community.map { [$0.rawValue] } ?? [],
            .type: label.type.map { [$0.rawValue] } ?? [],
        ]
    }

    mutating func categories() throws(STANAG4774Error) -> [STANAG4774Category] {
        var found = [STANAG4774Category?](repeating: nil, count: profile.categories.count)
        takePrivacyMark()
        // A tag that stands for a caveat takes its words before the tags without one can.
        for (index, rule) in profile.categories.enumerated() {
            guard let caveat = rule.caveat, let place = rest[.caveats]?.firstIndex(of: caveat.rawValue) else {
                continue
            }
            found[index] = take(rule)
            if found[index] != nil { rest[.caveats]?.remove(at: place) }
        }
        var context: STANAG4774Category?
        if let rule = profile.context { context = take(rule, isReleased: rest[.releasableTo]?.isEmpty == false) }
        for (index, rule) in profile.categories.enumerated() where rule.caveat == nil { found[index] = take(rule) }
        for field in STANAG4774Profile.Field.allCases {
            if let word = rest[field]?.first {
                throw STANAG4774Error(
                    expected: "words that the policy `\(profile.policy)` has a category for",
                    got: "`\(word)` (\(field.rawValue))"
                )
            }
        }
        return (context.map { [$0] } ?? []) + found.compactMap(\.self)
    }

    private mutating func takePrivacyMark() {
        guard let caveats = rest[.caveats] else { return }
        for (index, caveat) in caveats.enumerated() where profile.privacyMarks.values.contains(caveat) {
            privacyMark = STANAG4774Profile.text(of: caveat, by: profile.privacyMarks)
            rest[.caveats]?.remove(at: index)
            return
        }
    }

    private mutating func take(_ rule: STANAG4774Profile.Category) -> STANAG4774Category? {
        let words = rest[rule.field] ?? []
        let taken = rule.isClosed ? words.filter { rule.words.values.contains($0) } : words
        guard !taken.isEmpty else { return nil }
        rest[rule.field] = words.filter { !taken.contains($0) }
        return STANAG4774Category(
            tagName: rule.tagName,
            kind: rule.kind,
            uri: rule.uri,
            values: taken.map { STANAG4774Profile.text(of: $0, by: rule.words) }
        )
    }

    private mutating func take(_ rule: STANAG4774Profile.Context, isReleased: Bool) -> STANAG4774Category {
        let community = rest[.community]?.first
        rest[.community] = []
        return STANAG4774Category(
            tagName: rule.tagName,
            kind: .permissive,
            uri: rule.uri,
            values: [community.map { STANAG4774Profile.text(of: $0, by: rule.words) } ?? rule.policyValue]
                + (isReleased ? [rule.releasableValue] : [])
        )
    }
}
