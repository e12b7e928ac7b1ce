package import CanonicalEncoding

/// Numbers of a stream, as ascending ranges that neither touch nor overlap.
package struct NumberRanges: Hashable, Sendable, CustomStringConvertible {
    package private(set) var ranges: [ClosedRange<UInt64>] = []

    package init() {}

    package init(_ range: ClosedRange<UInt64>) { ranges = [range] }

    /// - Parameter numbers: in any order.
    package init(_ numbers: some Sequence<UInt64>) {
        for number in numbers.sorted() { append(number...number) }
    }

    /// Adds a range that does not begin before the last one.
    package mutating func append(_ range: ClosedRange<UInt64>) {
        guard let last = ranges.last, range.lowerBound <= last.upperBound + 1 else { return ranges.append(range) }
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
    }

    package var isEmpty: Bool { ranges.isEmpty }

    package func contains(_ number: UInt64) -> Bool { ranges.contains { $0.contains(number) } }

    /// The numbers of `range` that are in here, and those that are not, in order.
    package func split(_ range: ClosedRange<UInt64>) -> [(part: ClosedRange<UInt64>, isIn: Bool)] {
        var parts: [(part: ClosedRange<UInt64>, isIn: Bool)] = []
        var next = range.lowerBound
        for known in ranges where known.overlaps(range) {
            let part = known.clamped(to: range)
            if next < part.lowerBound { parts.append((next...part.lowerBound - 1, false)) }
            parts.append((part, true))
            guard part.upperBound < range.upperBound else { return parts }
            next = part.upperBound + 1
        }
        parts.append((next...range.upperBound, false))
        return parts
    }

    /// The first numbers, at most `limit` of them.
    package func prefix(_ limit: Int) -> NumberRanges {
        var rest = UInt64(limit)
        var first = NumberRanges()
        for range in ranges where rest > 0 {
            let end = min(range.upperBound, range.lowerBound + rest - 1)
            first.append(range.lowerBound...end)
            rest -= end - range.lowerBound + 1
        }
        return first
    }

    /// The next numbers to ask about, at most `limit` of them: all, where they are no more; else those behind the last ones
    /// that were asked about, and from the beginning again when these have been.
    package func following(_ last: NumberRanges?, limit: Int) -> NumberRanges {
        let first = prefix(limit)
        guard first != self, let place = last?.ranges.last?.upperBound else { return first }
        var rest = NumberRanges()
        for range in ranges where range.upperBound > place {
            rest.append(max(range.lowerBound, place + 1)...range.upperBound)
        }
        return rest.isEmpty ? first : rest.prefix(limit)
    }

    /// The same in at most `limit` ranges: what comes behind is drawn together into the last one, which then holds other
    /// numbers too.
    package func condensed(to limit: Int) -> NumberRanges {
        guard ranges.count > limit, let end = ranges.last?.upperBound else { return self }
        var condensed = NumberRanges()
        condensed.ranges = Array(ranges.prefix(limit - 1)) + [ranges[limit - 1].lowerBound...end]
        return condensed
    }

    /// Every number, ascending; for ranges that are known to be short.
    package var numbers: [UInt64] { ranges.flatMap { Array($0) } }

    /// `[[first,last],...]`.
    package var json: JSONValue {
        .array(ranges.map { [.integer(Int64(clamping: $0.lowerBound)), .integer(Int64(clamping: $0.upperBound))] })
    }

    /// Nil unless they are at most `limit` ranges of numbers from 1, ascending, that neither touch nor overlap.
    package init?(json: JSONValue?, limit: Int) {
        guard let pairs = json?.arrayValue, pairs.count <= limit else { return nil }
        for pair in pairs {
            guard let ends = pair.arrayValue, ends.count == 2, let first = ends[0].integerValue,
                let last = ends[1].integerValue, first >= 1, first <= last, last < Int64.max
            else { return nil }
            if let previous = ranges.last, UInt64(first) <= previous.upperBound + 1 { return nil }
            ranges.append(UInt64(first)...UInt64(last))
        }
    }

    package var description: String { Self.text(ranges) }

    /// `3, 7-9`.
    package static func text(_ ranges: [ClosedRange<UInt64>]) -> String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
            separator: ", "
        )
    }
}
