extension PolicyMatrix {
    /// The matrix as a picture (SVG 1.1): colours and letters say the level, hatching that it is in some cases only.
    ///
    /// The same matrix gives the same bytes. Every cell has its meaning as text beside, for screen readers and pointers.
    public var svg: String { MatrixDrawing(self).text }
}

/// Draws a matrix.
private struct MatrixDrawing {
    private let matrix: PolicyMatrix
    private let cells: [PolicyMatrix.Cell]
    private let side: Int
    private let rowLabels: Int
    private let headLabels: Int

    // In pixels.
    private static let height = 34
    private static let margin = 20
    private static let top = 74
    private static let letter = 8

    init(_ matrix: PolicyMatrix) {
        self.matrix = matrix
        cells = matrix.cells
        let longest = (cells.map { matrix.text(of: $0).count } + [4]).max() ?? 4
        let names = (matrix.holders + matrix.recipients).map(\.rawValue.count)
        side = max(longest * Self.letter + 12, 54)
        rowLabels = (names.max() ?? 3) * Self.letter + 34
        headLabels = 32
    }

    private var left: Int { Self.margin + rowLabels }
    private var gridTop: Int { Self.top + headLabels }
    private var gridWidth: Int { matrix.recipients.count * side }
    private var gridHeight: Int { matrix.holders.count * Self.height }
    private var legendTop: Int { gridTop + gridHeight + 34 }
    private var rows: [(fill: String, isHatched: Bool, text: String)] {
        let used = matrix.levels.indices.filter { rank in
            cells.contains { $0.highest == matrix.levels[rank] || $0.free == matrix.levels[rank] }
        }
        var rows = used.map { rank in
            let level = matrix.levels[rank]
            return (colour(rank), false, "\(matrix.letters(of: level)): up to \(level)")
        }
        if cells.contains(where: { isConditional($0) }) {
            rows.append(
                ("#ffffff", true, "*: in some cases; without: every plain label, whoever of the owners it is of")
            )
        }
        if cells.contains(where: { $0.unranked > 0 }) {
            rows.append((Self.unranked, false, "+: so many words without a level"))
        }
        rows.append(("#ffffff", false, "-: nothing flows"))
        return rows
    }

    private static let unranked = "#f6e3b4"

    var text: String {
        let width = max(left + gridWidth + Self.margin, 560, Self.margin * 2 + matrix.heading.count * 7)
        let height = legendTop + rows.count * 24 + 14
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<svg xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" aria-labelledby="title desc" "#
                + #"width="\#(width)" height="\#(height)" viewBox="0 0 \#(width) \#(height)" "#
                + #"font-family="Helvetica, Arial, sans-serif" font-size="13">"#,
            #"<title id="title">Who may get what: \#(Self.escaped(matrix.heading))</title>"#,
            #"<desc id="desc">A row for each partner that has information, a column for each that may get it. "#
                + #"\#(Self.escaped(summary))</desc>"#,
            #"<defs><pattern id="cases" width="7" height="7" patternUnits="userSpaceOnUse" "#
                + ##"patternTransform="rotate(45)"><rect width="2" height="7" fill="#ffffff" fill-opacity="0.45"/>"##
                + ##"<rect x="2" width="1" height="7" fill="#000000" fill-opacity="0.18"/></pattern></defs>"##,
            ##"<rect width="\##(width)" height="\##(height)" fill="#ffffff"/>"##,
            label(Self.margin, 30, "Who may get what", #"font-size="18" font-weight="bold""#),
            label(Self.margin, 50, matrix.heading, ##"fill="#444444""##),
            label(left + gridWidth / 2, Self.top + 4, "to the recipient", ##"text-anchor="middle" fill="#444444""##),
        ]
        let middle = gridTop + gridHeight / 2
        lines.append(
            label(
                Self.margin,
                middle,
                "from the holder",
                ##"text-anchor="middle" fill="#444444" transform="rotate(-90 \##(Self.margin) \##(middle))""##
            )
        )
        for (column, recipient) in matrix.recipients.enumerated() {
            lines.append(
                label(
                    left + column * side + side / 2,
                    gridTop - 8,
                    recipient.rawValue,
                    Self.heading + " " + Self.centred
                )
            )
        }
        for (row, holder) in matrix.holders.enumerated() {
            let y = gridTop + row * Self.height
            lines.append(label(left - 8, y + 22, holder.rawValue, Self.heading + #" text-anchor="end""#))
            for (column, recipient) in matrix.recipients.enumerated() {
                let x = left + column * side
                guard let cell = cells.first(where: { $0.origin == holder && $0.recipient == recipient }) else {
                    lines.append(box(x, y, side, Self.height, "#e4e4e4"))
                    continue
                }
                lines += draw(cell, x, y)
            }
        }
        for (row, entry) in rows.enumerated() {
            let y = legendTop + row * 24
            lines.append(box(Self.margin, y, 30, 18, entry.fill))
            if entry.isHatched { lines.append(box(Self.margin, y, 30, 18, "url(#cases)")) }
            lines.append(label(Self.margin + 40, y + 14, entry.text))
        }
        return (lines + ["</svg>"]).map { "\($0)\n" }.joined()
    }

    private static let heading = #"font-weight="bold""#
    private static let centred = #"text-anchor="middle""#

    /// The matrix in sentences, which is what a screen reader says of the picture.
    private var summary: String {
        let open = cells.filter { !$0.isEmpty }
        return "\(open.count) of \(cells.count) ways are open. "
            + open.map { "From \($0.origin) to \($0.recipient): \(matrix.words(of: $0))." }.joined(separator: " ")
    }

    private func isConditional(_ cell: PolicyMatrix.Cell) -> Bool {
        cell.highest != cell.free || (cell.unranked > 0 && !cell.isUnrankedFree)
    }

    private func draw(_ cell: PolicyMatrix.Cell, _ x: Int, _ y: Int) -> [String] {
        let rank = (cell.highest ?? cell.free).flatMap { matrix.levels.firstIndex(of: $0) }
        let fill = rank.map { colour($0) } ?? (cell.unranked > 0 ? Self.unranked : "#ffffff")
        let isDark = rank.map { shade($0) > 0.55 } ?? false
        let meaning = "from \(cell.origin) to \(cell.recipient): \(matrix.words(of: cell))"
        var lines = ["<g><title>\(Self.escaped(meaning))</title>", box(x, y, side, Self.height, fill)]
        if isConditional(cell) {
            lines.append(box(x, y, side, Self.height, "url(#cases)"))
        }
        // A rim in the colour of the ground keeps letters readable on the hatching.
        let ink = isDark ? "#ffffff" : "#111111"
        lines.append(
            label(
                x + side / 2,
                y + 22,
                matrix.text(of: cell),
                #"\#(Self.centred) fill="\#(ink)" stroke="\#(fill)" stroke-width="3" paint-order="stroke""#
            ) + "</g>"
        )
        return lines
    }

    private func shade(_ rank: Int) -> Double { Double(rank) / Double(max(1, matrix.levels.count - 1)) }

    /// From a light to a dark blue, in equal steps.
    private func colour(_ rank: Int) -> String {
        let light = [226.0, 238, 249]
        let dark = [8.0, 58, 122]
        let parts = zip(light, dark).map { Int($0 + ($1 - $0) * shade(rank)) }
        return "#" + parts.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ fill: String) -> String {
        ##"<rect x="\##(x)" y="\##(y)" width="\##(width)" height="\##(height)" fill="\##(fill)" stroke="#8a8a8a"/>"##
    }

    private func label(_ x: Int, _ y: Int, _ text: String, _ attributes: String = "") -> String {
        #"<text x="\#(x)" y="\#(y)"\#(attributes.isEmpty ? "" : " \(attributes)")>\#(Self.escaped(text))</text>"#
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
