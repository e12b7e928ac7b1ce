/// One bit for each rule of a policy, in as many machine words as that takes.
///
/// Rules are numbered guardrails first, then agreements, each in ascending order of name.
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

    static prefix func ~ (vector: RuleVector) -> RuleVector {
        RuleVector(words: vector.words.map { ~$0 })
    }

    static func & (left: RuleVector, right: RuleVector) -> RuleVector {
        var result = left
        result &= right
        return result
    }
}
