/// Which values may stand together in one label.
enum LabelRules {
    /// One value of a label: a category, and the value's number in it or -1 for a word that is not listed.
    struct Use: Hashable {
        let category: Int
        let value: Int
    }

    struct Violation {
        /// Which of the uses demands or excludes something.
        let use: Int
        /// What would have been accepted, in words.
        let expected: String
        /// Which uses go when the rule has to be satisfied, as in a roll-up.
        let drops: [Int]
        /// Whether a value is dropped because another one excludes it.
        let isExclusion: Bool
    }

    /// The first rule that does not hold.
    static func violation(
        _ grammar: MarkingGrammar,
        word: Classification,
        _ uses: [Use]
    ) -> Violation? {
        for (index, use) in uses.enumerated() {
            let category = grammar.categories[use.category]
            guard category.isConstrained else { continue }
            let value = use.value < 0 ? nil : category.values[use.value]
            let name = value?.name ?? category.set.name
            if !category.set.constraints.isEmpty,
                let found = violation(grammar, category.set.constraints, name, word, uses, of: index)
            {
                return found
            }
            if let value, value.isConstrained,
                let found = violation(grammar, value.constraints, name, word, uses, of: index)
            {
                return found
            }
        }
        return nil
    }

    private static func violation(
        _ grammar: MarkingGrammar,
        _ constraints: CategoryConstraints,
        _ name: String,
        _ word: Classification,
        _ uses: [Use],
        of index: Int
    ) -> Violation? {
        if !constraints.classifications.isEmpty, !constraints.classifications.contains(word) {
            let known = constraints.classifications.map(\.rawValue).joined(separator: ", ")
            let expected = "no `\(name)` with \(word), for it stands with \(known) only"
            return Violation(use: index, expected: expected, drops: [index], isExclusion: false)
        }
        if !constraints.needs.isEmpty, !constraints.needs.contains(where: { stands($0, in: uses, grammar) }) {
            let needed = constraints.needs.map { "`\($0)`" }.joined(separator: " or ")
            let expected = "\(needed) beside `\(name)`"
            return Violation(use: index, expected: expected, drops: [index], isExclusion: false)
        }
        for excluded in constraints.excludes {
            guard stands(excluded, in: uses, grammar) else { continue }
            let found = standing(excluded, in: uses, grammar)
            let expected = "no `\(excluded)` beside `\(name)`, which excludes it"
            return Violation(use: index, expected: expected, drops: found, isExclusion: true)
        }
        return nil
    }

    /// The uses that are the value, or values of the category, of that name.
    private static func standing(_ name: String, in uses: [Use], _ grammar: MarkingGrammar) -> [Int] {
        uses.indices.filter { isNamed(name, uses[$0], grammar) }
    }

    private static func stands(_ name: String, in uses: [Use], _ grammar: MarkingGrammar) -> Bool {
        uses.contains { isNamed(name, $0, grammar) }
    }

    private static func isNamed(_ name: String, _ use: Use, _ grammar: MarkingGrammar) -> Bool {
        let category = grammar.categories[use.category]
        return (use.value >= 0 && category.values[use.value].name == name) || category.set.name == name
    }
}
