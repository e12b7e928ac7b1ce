/// A dimension whose value is a set of names, such as the caveats of a label.
///
/// A rule holds when something that it asks for is carried (or it asks for nothing), nothing is carried that it does not
/// tolerate, and everything is that it requires.
struct CarriedTable: Sendable {
    /// The rules that ask for nothing.
    let asksForNothing: RuleVector
    /// For each name, the rules that ask for something and are content with it.
    let askedFor: [RuleVector]
    /// For each name, the rules that hold with it.
    let tolerated: [RuleVector]
    /// For each name, the rules that hold without it.
    let dispensable: [RuleVector]
    /// The names that some rule requires: the only ones whose absence matters.
    let required: [Int]

    init<Name>(_ names: [Name], _ rules: RuleSet, _ condition: (Conditions) -> CarriedCondition<Name>?) {
        asksForNothing = rules.vector { condition($0)?.asks != true }
        askedFor = names.map { name in rules.vector { condition($0)?.asksFor(name) ?? false } }
        tolerated = names.map { name in rules.vector { condition($0)?.tolerates(name) ?? true } }
        dispensable = names.map { name in rules.vector { condition($0)?.all.contains(name) != true } }
        required = names.indices.filter { name in
            rules.conditions.contains { condition($0)?.all.contains(names[name]) == true }
        }
    }

    /// The rules that a label carrying exactly these does not exclude.
    func vector(carrying values: [Int]) -> RuleVector {
        var result = asksForNothing
        for value in values { result |= askedFor[value] }
        for value in values { result &= tolerated[value] }
        for value in required where !values.contains(value) { result &= dispensable[value] }
        return result
    }
}
