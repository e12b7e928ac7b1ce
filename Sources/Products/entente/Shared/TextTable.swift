/// Rows under headings: aligned columns for people, tab-separated rows without headings for other programs.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    struct Column {
        let heading: String
        let alignment: Alignment
        /// The order in which columns leave a table that is too wide for the terminal, 1 first; nil for one that stays.
        let fold: Int?

        init(_ heading: String, _ alignment: Alignment = .left, fold: Int? = nil) {
            self.heading = heading
            self.alignment = alignment
            self.fold = fold
        }
    }

    struct Cell {
        let text: String
        let style: Terminal.Style?

        init(_ text: String, _ style: Terminal.Style? = nil) {
            self.text = PrintableText.line(text)
            self.style = style
        }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row.
    /// - Precondition: it has a cell for each column.
    mutating func append(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// Adds a row of plain texts.
    mutating func append(_ texts: [String]) { append(texts.map { Cell($0) }) }

    /// The lines to print as data.
    func lines(for terminal: Terminal) -> [String] {
        guard terminal.isDataTerminal else { return rows.map { $0.map(\.text).joined(separator: "\t") } }
        return alignedLines(for: terminal, on: .data)
    }

    /// The lines with aligned columns under their headings, whoever reads them.
    ///
    /// On a terminal that is too narrow, the columns that may be folded go to lines of their own below each row.
    func alignedLines(for terminal: Terminal, on stream: Terminal.Stream) -> [String] {
        var widths = columns.map(\.heading.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.text.count) }
        }
        let folded = foldedColumns(widths, room: terminal.width(of: stream))
        let shown = columns.indices.filter { !folded.contains($0) }
        let heading = columns.map { Cell($0.heading, .emphasis) }
        func line(_ row: [Cell]) -> String {
            var line = ""
            for column in shown {
                let padding = String(repeating: " ", count: widths[column] - row[column].text.count)
                let text = styled(row[column], for: terminal, on: stream)
                let isLast = column == shown.last
                switch columns[column].alignment {
                case .left: line += isLast ? text : text + padding
                case .right: line += padding + text
                }
                if !isLast { line += "  " }
            }
            return line
        }
        return [line(heading)]
            + rows.flatMap { row in
                [line(row)]
                    + folded.filter { !["", "-"].contains(row[$0].text) }.map { column in
                        "    \(columns[column].heading.lowercased()): \(styled(row[column], for: terminal, on: stream))"
                    }
            }
    }

    private func styled(_ cell: Cell, for terminal: Terminal, on stream: Terminal.Stream) -> String {
        cell.style.map { terminal.styled(cell.text, $0, on: stream) } ?? cell.text
    }

    /// The columns that must leave the rows for the rest to fit, in the order of the table.
    private func foldedColumns(_ widths: [Int], room: Int?) -> [Int] {
        guard let room else { return [] }
        var width = widths.reduce(0, +) + 2 * (widths.count - 1)
        let candidates = columns.indices.filter { columns[$0].fold != nil }
            .sorted { (columns[$0].fold ?? 0) < (columns[$1].fold ?? 0) }
        var folded: [Int] = []
        for column in candidates where width > room {
            width -= widths[column] + 2
            folded.append(column)
        }
        return folded.sorted()
    }

    /// Prints the table as data.
    func print(on terminal: Terminal) throws(CommandFailure) {
        for line in lines(for: terminal) { try terminal.print(line) }
    }
}
