/// One dimension, or all dimensions of one axis: for each of the axis' values, the rules that the value does not exclude.
struct RuleTable: Sendable {
    private(set) var vectors: [RuleVector]

    /// Asks, for each value and each rule, whether the rule still holds when the request has the value.
    init(_ dimension: Dimension, on axis: Axis, _ index: PolicyIndex, _ rules: RuleSet) {
        vectors = []
        for value in 0..<index.count(of: axis) {
            guard let candidates = index.candidates(for: value, on: axis) else {
                vectors.append(rules.vector { index.admits(dimension, value, $0) })
                continue
            }
            guard !candidates.isEmpty else {
                // Nothing fits, as for a node of a partner that has none: only guardrails that ask for it hold.
                var silent = rules.vector { !$0.states(dimension) }
                silent |= rules.guardrails
                vectors.append(silent)
                continue
            }
            vectors.append(rules.oneOrAll(candidates.map { vectors[$0] }))
        }
    }

    /// The rules that none of several dimensions of one axis excludes.
    init(_ tables: [RuleTable]) {
        vectors = tables[0].vectors
        for table in tables.dropFirst() {
            for value in vectors.indices { vectors[value] &= table.vectors[value] }
        }
    }

    func vector(of value: Int) -> RuleVector { vectors[value] }
}
