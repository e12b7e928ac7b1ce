import CanonicalEncoding

/// Every moment at which something in a policy begins or ends, so that a time becomes the number of a stretch in which
/// nothing changes.
struct TimeIndex: Sendable {
    private let boundaries: [Timestamp]

    init(_ spans: some Sequence<DateSpan>) {
        var moments: Set<Timestamp> = []
        for span in spans {
            if let from = span.from { moments.insert(from) }
            if let end = span.end { moments.insert(end) }
        }
        boundaries = moments.sorted()
    }

    /// How many stretches there are; the first lies before every date of the policy.
    var count: Int { boundaries.count + 1 }

    /// The stretch that a time lies in: how many boundaries have been reached by then.
    func stretch(at time: Timestamp) -> Int {
        var low = 0
        var high = boundaries.count
        while low < high {
            let middle = (low + high) / 2
            if boundaries[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A moment inside a stretch, at which everything holds that holds throughout it.
    func moment(in stretch: Int) -> Timestamp {
        stretch == 0 ? Timestamp(millisecondsSinceEpoch: .min) : boundaries[stretch - 1]
    }
}
