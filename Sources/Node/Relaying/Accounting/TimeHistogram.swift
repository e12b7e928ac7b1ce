package import CanonicalEncoding

/// How long each bar of a histogram is. In UTC, so that no hour is missing or comes twice.
package enum HistogramPeriod: String, Sendable, CaseIterable {
    case hour
    case day
    /// From Monday on, as ISO 8601 has it.
    case week
    case month

    /// The period that makes a readable number of bars of a span in milliseconds.
    package static func fitting(span: Int64) -> HistogramPeriod {
        let day: Int64 = 86_400_000
        return switch span {
        case ...(2 * day): .hour
        case ...(60 * day): .day
        case ...(400 * day): .week
        default: .month
        }
    }

    /// The period that contains the time.
    package func span(containing time: Timestamp) -> Range<Timestamp> {
        switch self {
        case .hour: Self.even(3_600_000, time)
        case .day: Self.even(86_400_000, time)
        // The epoch was a Thursday.
        case .week: Self.even(7 * 86_400_000, time, from: -3 * 86_400_000)
        case .month: time.startOfMonth..<time.startOfNextMonth
        }
    }

    private static func even(_ length: Int64, _ time: Timestamp, from origin: Int64 = 0) -> Range<Timestamp> {
        let distance = time.millisecondsSinceEpoch - origin
        let remainder = (distance % length + length) % length
        let start = time.adding(milliseconds: -remainder)
        return start..<start.adding(milliseconds: length)
    }
}

/// How many entries of each outcome fell into each period; periods without any are left out.
package struct TimeHistogram: Hashable, Sendable {
    /// The entries of one period, by outcome.
    package struct Bar: Hashable, Sendable {
        fileprivate var counts = [Int](repeating: 0, count: AuditOutcome.allCases.count)

        package subscript(outcome: AuditOutcome) -> Int { counts[Self.place(outcome)] }

        package var total: Int { counts.reduce(0, +) }

        fileprivate mutating func add(_ outcome: AuditOutcome) { counts[Self.place(outcome)] += 1 }

        private static func place(_ outcome: AuditOutcome) -> Int {
            switch outcome {
            case .allowed: 0
            case .denied: 1
            case .refused: 2
            case .done: 3
            case .failed: 4
            }
        }
    }

    package let period: HistogramPeriod
    private var bars: [Timestamp: Bar] = [:]
    // Entries come in the order of their times, nearly always into the bar of the one before.
    private var current: (span: Range<Timestamp>, bar: Bar)?

    package init(by period: HistogramPeriod) { self.period = period }

    /// The bars in the order of time.
    package var spans: [(span: Range<Timestamp>, bar: Bar)] {
        all.sorted { $0.key < $1.key }.map { (period.span(containing: $0.key), $0.value) }
    }

    private var all: [Timestamp: Bar] {
        guard let current else { return bars }
        return bars.merging([current.span.lowerBound: current.bar]) { Bar.sum($0, $1) }
    }

    package mutating func add(_ outcome: AuditOutcome, at time: Timestamp) {
        if current?.span.contains(time) != true {
            bars = all
            current = (period.span(containing: time), Bar())
        }
        current?.bar.add(outcome)
    }

    package mutating func add(_ more: TimeHistogram) {
        bars = all.merging(more.all) { Bar.sum($0, $1) }
        current = nil
    }

    package static func == (left: TimeHistogram, right: TimeHistogram) -> Bool {
        left.period == right.period && left.all == right.all
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(all) }

    package var json: JSONValue {
        [
            "bars": .array(
                spans.map { span, bar in
                    .array([.integer(span.lowerBound.millisecondsSinceEpoch)] + bar.counts.map { .integer(Int64($0)) })
                }
            ),
            "period": .string(period.rawValue),
        ]
    }

    package init(json: JSONValue?) throws(MalformedTally) {
        guard let period = json?["period"]?.stringValue.flatMap(HistogramPeriod.init(rawValue:)),
            let rows = json?["bars"]?.arrayValue
        else {
            throw MalformedTally("expected a histogram with `period` and `bars`")
        }
        self.period = period
        for row in rows {
            guard let numbers = row.arrayValue, numbers.count == AuditOutcome.allCases.count + 1,
                let start = numbers.first?.integerValue
            else {
                throw MalformedTally("expected a bar to have a start and \(AuditOutcome.allCases.count) counts")
            }
            var bar = Bar()
            for (place, number) in numbers.dropFirst().enumerated() {
                bar.counts[place] = try MalformedTally.count(number, "bars")
            }
            bars[Timestamp(millisecondsSinceEpoch: start)] = bar
        }
    }
}

extension TimeHistogram.Bar {
    fileprivate static func sum(_ left: Self, _ right: Self) -> Self {
        var sum = left
        for place in sum.counts.indices { sum.counts[place] += right.counts[place] }
        return sum
    }
}
