/// The numbers of the rules that hold, ascending: few as a rule, so that they need no memory of their own.
struct RuleMatches: Sendable {
    private static let room = 16
    private var first = InlineArray<16, UInt32>(repeating: 0)
    private(set) var count = 0
    /// How many of them are guardrails, which come before the agreements.
    private(set) var guardrailCount = 0
    /// Those that there is no room for.
    private var others: [UInt32] = []

    /// Adds the rules whose bits are set in one machine word of two vectors.
    mutating func append(guardrails: UInt64, agreements: UInt64, _ word: Int) {
        guardrailCount &+= guardrails.nonzeroBitCount
        var bits = guardrails | agreements
        while bits != 0 {
            let rule = UInt32(truncatingIfNeeded: word &* 64 &+ bits.trailingZeroBitCount)
            if count < Self.room { first[count] = rule } else { others.append(rule) }
            count &+= 1
            bits &= bits &- 1
        }
    }

    subscript(_ place: Int) -> Int { Int(place < Self.room ? first[place] : others[place - Self.room]) }
}
