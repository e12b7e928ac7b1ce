import CanonicalEncoding
import SecurityLabels
import StrictYAML

extension PolicyReader {
    /// The further label policies whose labels are accepted, ascending.
    func readLabelPolicies(
        _ item: YAMLItem,
        besides name: LabelPolicyName
    ) throws(PolicyError) -> [LabelPolicyName] {
        var names: [LabelPolicyName] = []
        for word in try item.items("a list of label policies") {
            let text = try word.text("a label policy's name")
            let other = try PolicyNames.component(LabelPolicyName.self, text, at: word)
            guard other != name, !names.contains(other) else {
                throw word.error("`\(other)` is accepted already: name it once")
            }
            names.append(other)
        }
        return names.sorted()
    }

    mutating func readLadders(_ item: YAMLItem) throws(PolicyError) -> [(LabelOwner, YAMLItem)] {
        let what = "`ladders`"
        let fields = try item.fields(what, ["levels", "equivalents"])
        for level in try item.required("levels", what, in: fields).items("a list of levels, lowest first") {
            let word = try PolicyNames.component(Classification.self, level.text("a level"), at: level)
            guard !levels.contains(word) else { throw level.error("the level `\(word)` stands twice: remove one") }
            levels.append(word)
        }
        var owners: [(LabelOwner, YAMLItem)] = []
        let table = try item.required("equivalents", what, in: fields)
        for entry in try table.entries("a mapping from each label owner to its classifications") {
            let owner = try PolicyNames.component(LabelOwner.self, entry.name, at: entry.key)
            var ladder: [Ladder.Equivalent] = []
            for pair in try entry.value.entries("a mapping from \(owner)'s classifications to levels") {
                let word = try PolicyNames.component(Classification.self, pair.name, at: pair.key)
                for equivalent in try readEquivalents(word, pair.value) {
                    try checkOrder(equivalent, after: ladder, owner, pair.key)
                    ladder.append(equivalent)
                }
            }
            equivalents[owner] = ladder
            owners.append((owner, entry.key))
        }
        return owners
    }

    /// A word's level; or a level with the days on which it holds; or a list of those.
    private func readEquivalents(
        _ word: Classification,
        _ item: YAMLItem
    ) throws(PolicyError) -> [Ladder.Equivalent] {
        let items: [YAMLItem] = if case .list(let items) = item.content, !items.isEmpty { items } else { [item] }
        var found: [Ladder.Equivalent] = []
        for place in items {
            var level = place
            var dates = DateSpan()
            if case .mapping = place.content {
                let what = "the level of `\(word)`"
                let fields = try place.fields(what, ["level", "from", "until"])
                level = try place.required("level", what, in: fields)
                dates = try RuleReader.dates(fields)
            }
            if found.contains(where: { $0.dates.overlaps(dates) }) {
                throw place.error(
                    "`\(word)` has two levels on one day: let one end with `until` before the other's `from`"
                )
            }
            let text = try level.text("a level, or `none`")
            found.append(
                Ladder.Equivalent(
                    classification: word,
                    rank: text == "none" ? nil : try rank(text, at: level),
                    dates: dates
                )
            )
        }
        return found.sorted {
            ($0.dates.from?.millisecondsSinceEpoch ?? .min) < ($1.dates.from?.millisecondsSinceEpoch ?? .min)
        }
    }

    // Words that are never in force together have no order between them.
    private func checkOrder(
        _ equivalent: Ladder.Equivalent,
        after ladder: [Ladder.Equivalent],
        _ owner: LabelOwner,
        _ place: YAMLItem
    ) throws(PolicyError) {
        guard let rank = equivalent.rank else { return }
        let higher = ladder.last { earlier in
            earlier.classification != equivalent.classification && earlier.dates.overlaps(equivalent.dates)
                && earlier.rank.map { $0 > rank } == true
        }
        guard let higher else { return }
        throw place.error(
            "`\(equivalent.classification)` stands after `\(higher.classification)` but is equivalent to a lower level: "
                + "write \(owner)'s classifications lowest first"
        )
    }

    /// An owner's words in the order of its ladder, each once.
    static func words(_ ladder: [Ladder.Equivalent]) -> [Classification] {
        var words: [Classification] = []
        for equivalent in ladder where !words.contains(equivalent.classification) {
            words.append(equivalent.classification)
        }
        return words
    }
}
