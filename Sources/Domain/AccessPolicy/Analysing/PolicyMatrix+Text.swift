public import SecurityLabels

extension PolicyMatrix {
    /// The matrix as a table: the highest level that may go from the partner of the row to the one of the column, `*` for
    /// words without a level alone, `-` for nothing at all.
    public func text(_ levels: [Classification]) -> String {
        let codes = partners.map(\.rawValue)
        var cells = [[""] + codes]
        for origin in partners {
            cells.append(
                [origin.rawValue]
                    + partners.map { recipient in
                        let open = flows.filter { $0.origin == origin && $0.recipient == recipient }
                        let ranks = open.compactMap { flow in flow.level.flatMap { levels.firstIndex(of: $0) } }
                        if let highest = ranks.max() { return levels[highest].rawValue }
                        return open.isEmpty ? "-" : "*"
                    }
            )
        }
        let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
