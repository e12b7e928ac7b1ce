import CanonicalEncoding
import Relaying

extension TallyDrawing {
    /// The picture as a file of its own.
    var svg: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(svgElement)\n" }

    /// The picture as an element of a page. The same histogram gives the same bytes. Every bar has its numbers as text
    /// beside, for screen readers and pointers.
    var svgElement: String {
        let first = spans.first?.span.lowerBound ?? Timestamp(millisecondsSinceEpoch: 0)
        let last = spans.last?.span.upperBound ?? first.adding(seconds: 1)
        let length = Double(max(1, last.millisecondsSinceEpoch - first.millisecondsSinceEpoch))
        func x(_ time: Timestamp) -> Double {
            let distance = Double(time.millisecondsSinceEpoch - first.millisecondsSinceEpoch)
            return Double(Self.left) + distance / length * Double(Self.plotWidth)
        }
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" aria-labelledby="bars-title bars-desc" "#
                + #"width="\#(Self.width)" height="\#(Self.height)" viewBox="0 0 \#(Self.width) \#(Self.height)" "#
                + #"font-family="Helvetica, Arial, sans-serif" font-size="13">"#,
            #"<title id="bars-title">Entries by \#(histogram.period.rawValue)</title>"#,
            #"<desc id="bars-desc">\#(summary)</desc>"#,
            #"<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" "#
                + ##"patternTransform="rotate(45)"><rect width="6" height="6" fill="#e0a030"/>"##
                + ##"<rect width="2" height="6" fill="#8a5a00"/></pattern></defs>"##,
            ##"<rect width="\##(Self.width)" height="\##(Self.height)" fill="#ffffff"/>"##,
            text(Self.left, 26, "Entries by \(histogram.period.rawValue), UTC", #"font-size="18" font-weight="bold""#),
        ]
        for tick in ticks {
            let y = y(tick)
            lines.append(
                ##"<line x1="\##(Self.left)" y1="\##(y)" x2="\##(Self.left + Self.plotWidth)" y2="\##(y)" "##
                    + ##"stroke="#d5d5d5"/>"##
            )
            lines.append(text(Self.left - 8, y + 4, "\(tick)", ##"text-anchor="end" fill="#444444""##))
        }
        for (span, bar) in spans {
            let (start, end) = (x(span.lowerBound), x(span.upperBound))
            let gap = end - start > 4 ? max(1, (end - start) / 12) : 0
            lines.append("<g><title>\(sentence(span, bar))</title>")
            var below = 0
            for part in Part.allCases where part.count(bar) > 0 {
                let (top, bottom) = (y(below + part.count(bar)), y(below))
                below += part.count(bar)
                lines.append(
                    #"<rect x="\#(Self.text(start))" y="\#(top)" width="\#(Self.text(max(1, end - start - gap)))" "#
                        + #"height="\#(max(1, bottom - top))" fill="\#(part.fill)"/>"#
                )
            }
            lines.append("</g>")
        }
        lines.append(
            ##"<line x1="\##(Self.left)" y1="\##(y(0))" x2="\##(Self.left + Self.plotWidth)" y2="\##(y(0))" "##
                + ##"stroke="#444444"/>"##
        )
        lines += timeLabels(x)
        var place = Self.left
        for part in Part.allCases {
            let y = Self.height - 26
            lines.append(
                ##"<rect x="\##(place)" y="\##(y)" width="26" height="14" fill="\##(part.fill)" stroke="#8a8a8a"/>"##
            )
            lines.append(text(place + 34, y + 12, part.words))
            place += 60 + part.words.count * 8
        }
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    // In pixels.
    private static let width = 900
    private static let height = 380
    private static let left = 80
    private static let plotWidth = 790
    private static let top = 46
    private static let plotHeight = 250

    private func y(_ count: Int) -> Int {
        Self.top + Self.plotHeight - count * Self.plotHeight / max(1, ticks.last ?? 1)
    }

    /// Round numbers from nothing to the highest bar or just above.
    private var ticks: [Int] {
        var step = 1
        let factors = [2, 5, 10]
        var scale = 1
        while step * 5 < highest {
            for factor in factors {
                step = scale * factor
                if step * 5 >= highest { break }
            }
            scale *= 10
        }
        let count = max(1, (highest + step - 1) / step)
        return (0...count).map { $0 * step }
    }

    /// As many names of periods below the bars as there is room for.
    private func timeLabels(_ x: (Timestamp) -> Double) -> [String] {
        let room = 100.0
        var last = -room
        return spans.compactMap { span, _ in
            let place = (x(span.lowerBound) + x(span.upperBound)) / 2
            guard place - last >= room, place < Double(Self.left + Self.plotWidth) else { return nil }
            last = place
            return text(Int(place), Self.top + Self.plotHeight + 20, name(of: span), #"text-anchor="middle""#)
        }
    }

    private func sentence(_ span: Range<Timestamp>, _ bar: TimeHistogram.Bar) -> String {
        let parts = Part.allCases.filter { $0.count(bar) > 0 }.map { "\($0.count(bar)) \($0.words)" }
        return "\(name(of: span)): \(parts.joined(separator: ", "))"
    }

    /// The histogram in sentences, which is what a screen reader says of the picture: all of a short one, of a long one
    /// what stands out.
    private var summary: String {
        guard let first = spans.first, let last = spans.last else { return "There are no entries." }
        let total = spans.reduce(0) { $0 + $1.bar.total }
        var sentences = ["\(total) entries from \(name(of: first.span)) to \(name(of: last.span))."]
        if spans.count <= 40 {
            sentences += spans.map { "\(sentence($0.span, $0.bar))." }
        } else if let peak = spans.max(by: { $0.bar.total < $1.bar.total }) {
            sentences.append("Most in \(sentence(peak.span, peak.bar)).")
        }
        return sentences.joined(separator: " ")
    }

    private func text(_ x: Int, _ y: Int, _ text: String, _ attributes: String = "") -> String {
        #"<text x="\#(x)" y="\#(y)"\#(attributes.isEmpty ? "" : " \(attributes)")>\#(text)</text>"#
    }

    /// With one decimal, whatever the machine's language.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

extension TallyDrawing.Part {
    fileprivate var fill: String {
        switch self {
        case .done: "#3b6ea5"
        case .denied: "url(#hatched)"
        case .refused: "#7a1f1f"
        }
    }
}
