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
    }

    /// The first rule that does not hold.
    static func violation(
        _ grammar: MarkingGrammar,
        word: Classification,
        _ uses: [Use]
    ) -> Violation? {
        for (index, use) in uses.enumerated() {
            let category = grammar.categories[use.category]
            let own = use.value < 0 ? CategoryConstraints.none : category.values[use.value].constraints
            guard !own.isEmpty || !category.set.constraints.isEmpty else { continue }
            let name = use.value < 0 ? category.set.name : category.values[use.value].name
            for constraints in [category.set.constraints, own] where !constraints.isEmpty {
                if let expected = problem(grammar, constraints, name, word, uses) {
                    return Violation(use: index, expected: expected)
                }
            }
        }
        return nil
    }

    private static func problem(
        _ grammar: MarkingGrammar,
        _ constraints: CategoryConstraints,
        _ name: String,
        _ word: Classification,
        _ uses: [Use]
    ) -> String? {
        if !constraints.classifications.isEmpty, !constraints.classifications.contains(word) {
            let known = constraints.classifications.map(\.rawValue).joined(separator: ", ")
            return "no `\(name)` with \(word), for it stands with \(known) only"
        }
        if !constraints.needs.isEmpty, !constraints.needs.contains(where: { stands($0, in: uses, grammar) }) {
            let needed = constraints.needs.map { "`\($0)`" }.joined(separator: " or ")
            return "\(needed) beside `\(name)`"
        }
        for excluded in constraints.excludes where stands(excluded, in: uses, grammar) {
            return "no `\(excluded)` beside `\(name)`, which excludes it"
        }
        return nil
    }

    /// Whether a value or a value of a category stands among the uses.
    static func stands(_ name: String, in uses: [Use], _ grammar: MarkingGrammar) -> Bool {
        uses.contains { use in
            let category = grammar.categories[use.category]
            return category.set.name == name || (use.value >= 0 && category.values[use.value].name == name)
        }
    }
}
