import CanonicalEncoding
import Relaying

/// A histogram of a log as people see it: bars of characters on a terminal, a picture (SVG 1.1) elsewhere.
struct TallyDrawing {
    /// The largest number of bars, empty ones included, that a picture has room for.
    static let largestCount = 700

    /// What a part of a bar stands for.
    enum Part: CaseIterable {
        case done
        case denied
        case refused

        /// A character each, so that no colour is needed to tell them apart.
        var mark: Character {
            switch self {
            case .done: "#"
            case .denied: "-"
            case .refused: "x"
            }
        }

        var words: String {
            switch self {
            case .done: "allowed or done"
            case .denied: "denied"
            case .refused: "refused or failed"
            }
        }

        func count(_ bar: TimeHistogram.Bar) -> Int {
            switch self {
            case .done: bar[.allowed] + bar[.done]
            case .denied: bar[.denied]
            case .refused: bar[.refused] + bar[.failed]
            }
        }
    }

    let histogram: TimeHistogram
    let spans: [(span: Range<Timestamp>, bar: TimeHistogram.Bar)]

    init(_ histogram: TimeHistogram) {
        self.histogram = histogram
        spans = histogram.spans
    }

    var isEmpty: Bool { spans.isEmpty }

    var highest: Int { spans.map(\.bar.total).max() ?? 0 }

    /// How many periods there are from the first bar to the last, empty ones included.
    var periods: Int {
        guard let first = spans.first?.span, let last = spans.last?.span else { return 0 }
        let distance = last.lowerBound.millisecondsSinceEpoch - first.lowerBound.millisecondsSinceEpoch
        let length = first.upperBound.millisecondsSinceEpoch - first.lowerBound.millisecondsSinceEpoch
        // Months differ by up to a tenth, which a count of bars bears.
        return Int((distance + length / 2) / length) + 1
    }

    /// The beginning of a period as it is written: the day, with the hour where bars are hours.
    func name(of span: Range<Timestamp>) -> String {
        let text = span.lowerBound.rfc3339
        return switch histogram.period {
        case .hour: "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))Z"
        case .day, .week: String(text.prefix(10))
        case .month: String(text.prefix(7))
        }
    }

    /// A line for each bar; in a pipe, the numbers in place of the bars.
    func lines(for terminal: Terminal) -> [String] {
        guard terminal.isDataTerminal else {
            return spans.map { span, bar in
                ([name(of: span), "\(bar.total)"] + Part.allCases.map { "\($0.count(bar))" }).joined(separator: "\t")
            }
        }
        let label = spans.first.map { name(of: $0.span).count } ?? 0
        let number = "\(highest)".count
        let room = max(10, (terminal.width(of: .data) ?? 80) - label - number - 4)
        var lines: [String] = []
        var before: Range<Timestamp>?
        for (span, bar) in spans {
            if let before, before.upperBound < span.lowerBound {
                lines.append("  nothing from \(name(of: before.upperBound..<span.lowerBound)) on")
            }
            before = span
            let count = "\(bar.total)"
            let padding = String(repeating: " ", count: number - count.count)
            lines.append("\(name(of: span))  \(padding)\(count)  \(marks(bar, room: room))")
        }
        let legend = Part.allCases.map { "\($0.mark) \($0.words)" }.joined(separator: ", ")
        return lines + ["", "entries by \(histogram.period.rawValue) (UTC): \(legend)"]
    }

    /// The bar in characters; a part that is there has one at least.
    private func marks(_ bar: TimeHistogram.Bar, room: Int) -> String {
        Part.allCases.map { part in
            let count = part.count(bar)
            let length = count == 0 ? 0 : max(1, count * (room - 2) / max(1, highest))
            return String(repeating: part.mark, count: length)
        }.joined()
    }
}
