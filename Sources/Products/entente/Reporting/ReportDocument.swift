/// What a report says, before it becomes text for a terminal or a page: facts, tables and sentences.
struct ReportDocument {
    struct Column {
        let heading: String
        var isNumber = false
        /// The order in which columns leave a table that is too wide for the terminal; nil for one that stays.
        var fold: Int?
    }

    struct Table {
        let columns: [Column]
        var rows: [[String]] = []

        init(_ columns: [Column]) { self.columns = columns }

        /// - Precondition: a cell for each column.
        mutating func append(_ row: [String]) {
            precondition(row.count == columns.count, "a row has a cell for each column")
            rows.append(row)
        }
    }

    struct Section {
        let title: String
        /// What to know before reading the table.
        var note: String?
        var table: Table?
        /// Said where there is no table, or it has no rows.
        var empty: String?
        var sentences: [String] = []
        var histogram: TallyDrawing?
    }

    let title: String
    var facts: [(name: String, value: String)] = []
    var sections: [Section] = []
}

extension ReportDocument.Column {
    static func text(_ heading: String, fold: Int? = nil) -> Self { .init(heading: heading, fold: fold) }

    static func number(_ heading: String, fold: Int? = nil) -> Self {
        .init(heading: heading, isNumber: true, fold: fold)
    }
}

extension ReportDocument {
    /// The document as lines for a terminal or a pipe; what others wrote is made fit for it.
    func lines(for terminal: Terminal) -> [String] {
        var lines = [terminal.styled(PrintableText.line(title), .emphasis), ""]
        var list = FactList()
        for fact in facts { list.add(fact.name, fact.value) }
        lines += list.lines()
        for section in sections { lines += [""] + section.lines(for: terminal) }
        return lines
    }
}

extension ReportDocument.Section {
    fileprivate func lines(for terminal: Terminal) -> [String] {
        var lines = [terminal.styled(title, .emphasis)]
        if let note { lines.append(PrintableText.line(note)) }
        if let table, !table.rows.isEmpty {
            var text = TextTable(
                table.columns.map { .init($0.heading, $0.isNumber ? .right : .left, fold: $0.fold) }
            )
            for row in table.rows { text.append(row) }
            lines += text.lines(for: terminal)
        } else if let empty {
            lines.append(empty)
        }
        if let histogram { lines += histogram.lines(for: terminal) }
        return lines + sentences.map { "- " + PrintableText.line($0) }
    }
}
