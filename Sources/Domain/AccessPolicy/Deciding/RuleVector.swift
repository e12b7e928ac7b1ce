/// One bit for each rule of a policy, in as many machine words as that takes.
struct RuleVector: Hashable, Sendable {
    private(set) var words: [UInt64]

    init(wordCount: Int, filledWith word: UInt64 = 0) {
        words = [UInt64](repeating: word, count: wordCount)
    }

    init(words: [UInt64]) {
        self.words = words
    }

    static func wordCount(rules: Int) -> Int { max(1, (rules + 63) / 64) }

    mutating func insert(_ rule: Int) {
        words[rule >> 6] |= 1 << UInt64(rule & 63)
    }

    func contains(_ rule: Int) -> Bool {
        words[rule >> 6] & (1 << UInt64(rule & 63)) != 0
    }

    static func &= (left: inout RuleVector, right: RuleVector) {
        for index in left.words.indices { left.words[index] &= right.words[index] }
    }

    static func |= (left: inout RuleVector, right: RuleVector) {
        for index in left.words.indices { left.words[index] |= right.words[index] }
    }
}

/// One dimension of requests: for each of its values, the rules that the value does not exclude.
struct RuleTable: Sendable {
    private let wordCount: Int
    private var words: [UInt64]

    /// Asks, for each value and each rule, whether the rule still holds when the request has the value.
    init(values: Int, rules: [Conditions], admits: (Int, Conditions) -> Bool) {
        wordCount = RuleVector.wordCount(rules: rules.count)
        words = []
        words.reserveCapacity(values * wordCount)
        for value in 0..<values {
            var vector = RuleVector(wordCount: wordCount)
            for (rule, conditions) in rules.enumerated() where admits(value, conditions) { vector.insert(rule) }
            words += vector.words
        }
    }

    /// One machine word of a value's vector.
    func word(_ index: Int, of value: Int) -> UInt64 { words[value * wordCount + index] }

    /// A value's whole vector.
    func vector(of value: Int) -> RuleVector {
        RuleVector(words: Array(words[value * wordCount..<(value + 1) * wordCount]))
    }
}

/// A dimension whose value is a set, such as the caveats of a label.
///
/// A rule holds when something that it asks for is carried (or it asks for nothing), and nothing that it does not
/// tolerate is.
struct CarriedRuleTable: Sendable {
    private let asksForNothing: RuleVector
    private let askedFor: RuleTable
    private let tolerated: RuleTable

    init<Name>(
        names: [Name],
        rules: [Conditions],
        condition: (Conditions) -> CarriedCondition<Name>?
    ) {
        func included(_ conditions: Conditions) -> [Name] {
            guard case .carries(let selection) = condition(conditions) else { return [] }
            return selection.included
        }
        var nothing = RuleVector(wordCount: RuleVector.wordCount(rules: rules.count))
        for (rule, conditions) in rules.enumerated() where included(conditions).isEmpty { nothing.insert(rule) }
        asksForNothing = nothing
        askedFor = RuleTable(values: names.count, rules: rules) { included($1).contains(names[$0]) }
        tolerated = RuleTable(values: names.count, rules: rules) { value, conditions in
            switch condition(conditions) {
            case nil: true
            case .carries(let selection): !selection.excluded.contains(names[value])
            case .only(let allowed): allowed.contains(names[value])
            case .some(.none): false
            }
        }
    }

    /// The rules that a label carrying exactly these does not exclude.
    func vector(carrying values: [Int]) -> RuleVector {
        var result = asksForNothing
        for value in values { result |= askedFor.vector(of: value) }
        for value in values { result &= tolerated.vector(of: value) }
        return result
    }
}
