/// Rows under headings: aligned columns for people, tab-separated rows without headings for other programs.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    struct Column {
        let heading: String
        let alignment: Alignment

        init(_ heading: String, _ alignment: Alignment = .left) {
            self.heading = heading
            self.alignment = alignment
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
    func alignedLines(for terminal: Terminal, on stream: Terminal.Stream) -> [String] {
        var widths = columns.map(\.heading.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.text.count) }
        }
        let heading = columns.map { Cell($0.heading, .emphasis) }
        return ([heading] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.text.count)
                let text = cell.style.map { terminal.styled(cell.text, $0, on: stream) } ?? cell.text
                let isLast = column == columns.count - 1
                switch columns[column].alignment {
                case .left: line += isLast ? text : text + padding
                case .right: line += padding + text
                }
                if !isLast { line += "  " }
            }
            return line
        }
    }

    /// Prints the table as data.
    func print(on terminal: Terminal) {
        for line in lines(for: terminal) { terminal.print(line) }
    }
}
