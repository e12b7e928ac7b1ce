/// The places on an ordered scale that a condition names, such as levels up to `SECRET`.
///
/// However it was written (`up-to`, `above`, a span, single names), the same places are the same set.
public struct RankSet: Hashable, Sendable {
    /// In ascending order, each once, at least one.
    public let ranks: [Int]

    /// The rank of what has no place on the ladder: a classification word of the level `none`.
    public static let noLevel = -1

    init(_ ranks: some Sequence<Int>) {
        self.ranks = Set(ranks).sorted()
    }

    func contains(_ rank: Int) -> Bool { ranks.contains(rank) }

    /// The set in words: `up to B`, `above B`, `B`, `B to C`, or several of these, on a scale with these names.
    func words(_ names: [String], none: String = "no level") -> String {
        var parts: [String] = []
        var rest = ranks[...]
        while let first = rest.first {
            var last = first
            rest = rest.dropFirst()
            while first >= 0, let next = rest.first, next == last + 1 {
                last = next
                rest = rest.dropFirst()
            }
            if first < 0 {
                parts.append(none)
            } else if first == last {
                parts.append(first == 0 && names.count > 1 ? "up to \(names[0])" : names[first])
            } else if first == 0 {
                parts.append("up to \(names[last])")
            } else if last == names.count - 1 {
                parts.append("above \(names[first - 1])")
            } else {
                parts.append("\(names[first]) to \(names[last])")
            }
        }
        return parts.joined(separator: " or ")
    }
}
