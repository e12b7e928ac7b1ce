extension ReportDocument {
    /// The document as one page (HTML 5) that needs nothing else: no script, no style sheet or picture from elsewhere.
    ///
    /// The same document gives the same bytes. Everything that stands in it is text and is escaped.
    var html: String {
        var lines = [
            "<!DOCTYPE html>", #"<html lang="en">"#, "<head>", #"<meta charset="utf-8">"#,
            #"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"#,
            #"<meta name="viewport" content="width=device-width">"#,
            "<title>\(Self.escaped(title))</title>", "<style>", Self.style, "</style>", "</head>", "<body>", "<main>",
            "<h1>\(Self.escaped(title))</h1>", "<dl>",
        ]
        lines += facts.map { "<dt>\(Self.escaped($0.name))</dt><dd>\(Self.escaped($0.value))</dd>" }
        lines.append("</dl>")
        for section in sections { lines += section.html }
        return (lines + ["</main>", "</body>", "</html>"]).map { "\($0)\n" }.joined()
    }

    /// Text as it may stand between tags and in attributes, with control and direction characters written out.
    static func escaped(_ text: String) -> String {
        PrintableText.line(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    private static let style = """
        body { font: 15px/1.45 Helvetica, Arial, sans-serif; color: #111; background: #fff; margin: 0; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.5rem; margin: 0 0 1rem; }
        h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; border-bottom: 1px solid #8a8a8a; break-after: avoid; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
        dt { color: #444; }
        dd { margin: 0; overflow-wrap: anywhere; }
        table { border-collapse: collapse; margin: .4rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #d5d5d5; }
        th { color: #444; font-weight: bold; border-bottom-color: #8a8a8a; }
        .n { text-align: right; font-variant-numeric: tabular-nums; }
        td.n { white-space: nowrap; }
        td.w { overflow-wrap: anywhere; min-width: 12rem; }
        tr { break-inside: avoid; }
        thead { display: table-header-group; }
        p { margin: .3rem 0; color: #444; }
        svg { max-width: 100%; height: auto; }
        @page { margin: 18mm; }
        @media print { body { font-size: 10pt; } main { max-width: none; padding: 0; } }
        """
}

extension ReportDocument.Section {
    fileprivate var html: [String] {
        func escaped(_ text: String) -> String { ReportDocument.escaped(text) }
        var lines = ["<section>", "<h2>\(escaped(title))</h2>"]
        if let note { lines.append("<p>\(escaped(note))</p>") }
        if let table, !table.rows.isEmpty {
            func row(_ cells: [String], _ tag: String, _ attributes: String = "") -> String {
                let cells = zip(table.columns, cells).map { column, text in
                    // A word that is longer than a cell may be broken anywhere; others stay whole.
                    let isWide = text.split(separator: " ").contains { $0.count > 24 }
                    let style = column.isNumber ? #" class="n""# : isWide ? #" class="w""# : ""
                    return "<\(tag)\(attributes)\(style)>\(escaped(text))</\(tag)>"
                }
                return "<tr>\(cells.joined())</tr>"
            }
            lines.append("<table>")
            lines.append("<thead>\(row(table.columns.map(\.heading), "th", #" scope="col""#))</thead>")
            lines += ["<tbody>"] + table.rows.map { row($0, "td") } + ["</tbody>", "</table>"]
        } else if let empty {
            lines.append("<p>\(escaped(empty))</p>")
        }
        if let histogram, !histogram.isEmpty { lines.append(histogram.svgElement) }
        if !sentences.isEmpty { lines += ["<ul>"] + sentences.map { "<li>\(escaped($0))</li>" } + ["</ul>"] }
        return lines + ["</section>"]
    }
}
