/// The lengths of time that a condition names, such as `over 30d`.
///
/// However it was written, the same lengths are the same set. Each is in milliseconds.
public struct DurationSet: Hashable, Sendable {
    /// Lengths over one bound and within another; nil where there is no bound.
    public struct Span: Hashable, Sendable {
        /// Longer than this, and not just as long.
        public let over: Int64?
        /// As long as this, or shorter.
        public let within: Int64?

        func contains(_ length: Int64) -> Bool {
            if let over, length <= over { return false }
            if let within, length > within { return false }
            return true
        }
    }

    /// In ascending order, apart from each other, at least one.
    public let spans: [Span]

    /// Every bound, ascending.
    var bounds: [Int64] { spans.flatMap { [$0.over, $0.within].compactMap(\.self) }.sorted() }

    /// The lengths for which the test holds, which changes its answer at the given bounds only.
    /// - Returns: nil when it holds for no length.
    init?(bounds: some Sequence<Int64>, _ holds: (Int64) -> Bool) {
        let bounds = Set(bounds).sorted()
        var spans: [Span] = []
        // One stretch after another: up to the first bound, over it up to the next, over the last.
        for place in 0...bounds.count {
            let over = place == 0 ? nil : bounds[place - 1]
            let within = place == bounds.count ? nil : bounds[place]
            guard holds(within ?? over.map { $0 + 1 } ?? 0) else { continue }
            if let last = spans.last, last.within == over {
                spans[spans.count - 1] = Span(over: last.over, within: within)
            } else {
                spans.append(Span(over: over, within: within))
            }
        }
        guard !spans.isEmpty else { return nil }
        self.spans = spans
    }

    func contains(_ length: Int64) -> Bool { spans.contains { $0.contains(length) } }

    /// The set in words, such as `over 30 d` or `over 1 h up to 2 d`.
    var words: String {
        spans.map { span in
            switch (span.over, span.within) {
            case (nil, nil): "any time"
            case (let over?, nil): "over \(Self.text(over))"
            case (nil, let within?): "within \(Self.text(within))"
            case (let over?, let within?): "over \(Self.text(over)) up to \(Self.text(within))"
            }
        }.joined(separator: " or ")
    }

    /// The largest unit that a length is a whole number of.
    static func text(_ length: Int64) -> String {
        for (unit, size) in units.reversed() where length != 0 && length % size == 0 {
            return "\(length / size) \(unit)"
        }
        return "\(length / 1_000) s"
    }

    /// A length in words that need not be exact: whole units of the largest that fits, rounded down.
    static func roundedText(_ length: Int64) -> String {
        guard length > 0 else { return "0 m" }
        for (unit, size) in units.reversed() where length >= size { return "\(length / size) \(unit)" }
        return "under 1 m"
    }

    /// The units that policies may use, shortest first, with their milliseconds.
    static let units: [(String, Int64)] = [("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
}
