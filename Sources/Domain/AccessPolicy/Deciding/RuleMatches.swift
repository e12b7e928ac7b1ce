/// The numbers of the rules that hold, ascending: few, so that they need no memory of their own.
struct RuleMatches: Sendable {
    private static let room = 6
    private var first = InlineArray<6, UInt32>(repeating: 0)
    private(set) var count = 0
    /// All of them, where they are more than there is room for.
    private var all: [UInt32] = []

    /// Adds the rules whose bits are set in one machine word of a vector.
    mutating func append(_ bits: UInt64, _ word: Int) {
        var bits = bits
        while bits != 0 {
            append(UInt32(word * 64 + bits.trailingZeroBitCount))
            bits &= bits - 1
        }
    }

    private mutating func append(_ rule: UInt32) {
        if count < Self.room {
            first[count] = rule
        } else {
            if count == Self.room { all = first.indices.map { first[$0] } }
            all.append(rule)
        }
        count += 1
    }

    subscript(_ place: Int) -> Int { Int(count > Self.room ? all[place] : first[place]) }
}
