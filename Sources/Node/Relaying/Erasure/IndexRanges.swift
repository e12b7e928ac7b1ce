package import CanonicalEncoding

/// Indices of entries as ranges, in ascending order and apart from each other.
package struct IndexRanges: Hashable, Sendable {
    package private(set) var ranges: [ClosedRange<UInt64>] = []

    package init() {}

    /// - Parameter indices: in ascending order, each once.
    package init(_ indices: some Sequence<UInt64>) {
        for index in indices { insert(last: index) }
    }

    package var isEmpty: Bool { ranges.isEmpty }
    /// How many indices there are; the most that an `Int` can say when there are more.
    package var count: Int {
        Int(clamping: ranges.reduce(UInt64(0)) { $0 + ($1.upperBound - $1.lowerBound + 1) })
    }

    /// Adds an index that comes after all others.
    package mutating func insert(last index: UInt64) {
        if let range = ranges.last, range.upperBound + 1 == index {
            ranges[ranges.count - 1] = range.lowerBound...index
        } else {
            ranges.append(index...index)
        }
    }

    package func contains(_ index: UInt64) -> Bool {
        firstIndex(in: index...index) != nil
    }

    /// The first index that both have.
    package func firstShared(with other: IndexRanges) -> UInt64? {
        for range in other.ranges {
            if let index = firstIndex(in: range) { return index }
        }
        return nil
    }

    private func firstIndex(in other: ClosedRange<UInt64>) -> UInt64? {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < other.lowerBound { low = middle + 1 } else { high = middle }
        }
        guard low < ranges.count, ranges[low].overlaps(other) else { return nil }
        return max(ranges[low].lowerBound, other.lowerBound)
    }

    /// `[[3,7],[9,9]]`.
    package var json: JSONValue {
        .array(ranges.map { [.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))] })
    }

    /// - Returns: nil unless the value is ranges in ascending order, apart from each other.
    package init?(json: JSONValue) {
        guard let items = json.arrayValue else { return nil }
        for item in items {
            guard let bounds = item.arrayValue, bounds.count == 2, let low = bounds[0].integerValue,
                let high = bounds[1].integerValue, 0 <= low, low <= high,
                ranges.last.map({ $0.upperBound + 1 < UInt64(low) }) ?? true
            else { return nil }
            ranges.append(UInt64(low)...UInt64(high))
        }
    }

    /// Entries as people write them: `3-7,9`.
    ///
    /// - Returns: nil unless the text is numbers and ranges in ascending order, apart from each other.
    package init?(text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
            guard (1...2).contains(bounds.count), let low = bounds[0], let high = bounds[bounds.count - 1], low <= high,
                high <= UInt64(Int64.max), ranges.last.map({ $0.upperBound + 1 < low }) ?? true
            else { return nil }
            ranges.append(low...high)
        }
    }
}
