import CanonicalEncoding

/// Every moment at which something in a policy begins or ends, so that a time becomes the number of a stretch in which
/// nothing changes.
struct TimeIndex: Sendable {
    /// In milliseconds, ascending.
    let boundaries: Table<Int64>

    init(_ spans: some Sequence<DateSpan>, _ memory: TableMemory) {
        var moments: Set<Int64> = []
        for span in spans {
            if let from = span.from { moments.insert(from.millisecondsSinceEpoch) }
            if let end = span.end { moments.insert(end.millisecondsSinceEpoch) }
        }
        boundaries = memory.table(moments.sorted())
    }

    /// How many stretches there are; the first lies before every date of the policy.
    var count: Int { boundaries.count + 1 }

    /// The stretch that a time lies in: how many boundaries have been reached by then.
    func stretch(at time: Timestamp) -> Int {
        let time = time.millisecondsSinceEpoch
        // Halves the stretch without a branch that depends on the data.
        var base = 0
        var length = boundaries.count
        while length > 1 {
            let half = length &>> 1
            base &+= boundaries[base &+ half &- 1] <= time ? half : 0
            length &-= half
        }
        return length == 1 && boundaries[base] <= time ? base &+ 1 : base
    }

    /// A moment inside a stretch, at which everything holds that holds throughout it.
    func moment(in stretch: Int) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: stretch == 0 ? .min : boundaries[stretch - 1])
    }

    /// The days of a stretch in words.
    func name(of stretch: Int) -> String {
        let first = stretch == 0 ? nil : boundaries[stretch - 1]
        let last = stretch == boundaries.count ? nil : boundaries[stretch] - 1
        func date(_ milliseconds: Int64) -> String { Timestamp(millisecondsSinceEpoch: milliseconds).date }
        return switch (first, last) {
        case (nil, nil): "any day"
        case (let first?, nil): "from \(date(first))"
        case (nil, let last?): "until \(date(last))"
        case (let first?, let last?): "\(date(first)) until \(date(last))"
        }
    }
}
