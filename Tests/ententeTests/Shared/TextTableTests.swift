import Testing

@testable import entente

/// Tables for people and for programs.
@Suite struct `Tables and text` {
    private var table: TextTable {
        var table = TextTable([.init("SEQ", .right), .init("FROM"), .init("STATE")])
        table.append(["7", "GBR/j2-fusion", "open"])
        table.append([.init("1200"), .init("FRA/cni"), .init("sent", .success)])
        return table
    }

    @Test func `on a terminal the columns are aligned under their headings`() {
        let terminal = Terminal(isDataTerminal: true, isMessageTerminal: true, environment: ["NO_COLOR": "1"])
        #expect(
            table.lines(for: terminal) == [
                " SEQ  FROM           STATE",
                "   7  GBR/j2-fusion  open",
                "1200  FRA/cni        sent",
            ]
        )
    }

    @Test func `columns that do not fit go to lines of their own`() {
        var table = TextTable([.init("SEQ", .right), .init("MARKING", fold: 2), .init("FROM"), .init("ID", fold: 1)])
        table.append(["7", "GBR SECRET", "GBR/j2-fusion", "019a9e5c"])
        table.append(["12", "-", "FRA/cni", "019a9e5d"])
        func lines(_ columns: Int?, _ environment: [String: String] = [:]) -> [String] {
            let terminal = Terminal(
                isDataTerminal: true,
                isMessageTerminal: true,
                environment: environment.merging(["NO_COLOR": "1"]) { $1 },
                columns: columns
            )
            return table.lines(for: terminal)
        }
        let whole = [
            "SEQ  MARKING     FROM           ID",
            "  7  GBR SECRET  GBR/j2-fusion  019a9e5c",
            " 12  -           FRA/cni        019a9e5d",
        ]
        #expect(lines(nil) == whole)
        #expect(lines(40) == whole)
        #expect(
            lines(39) == [
                "SEQ  MARKING     FROM",
                "  7  GBR SECRET  GBR/j2-fusion",
                "    id: 019a9e5c",
                " 12  -           FRA/cni",
                "    id: 019a9e5d",
            ]
        )
        #expect(
            lines(10) == [
                "SEQ  FROM",
                "  7  GBR/j2-fusion",
                "    marking: GBR SECRET",
                "    id: 019a9e5c",
                " 12  FRA/cni",
                "    id: 019a9e5d",
            ]
        )
        #expect(lines(200, ["COLUMNS": "10"]) == lines(10))
        #expect(lines(39, ["COLUMNS": "wide"]) == lines(39))
        let pipe = Terminal(isDataTerminal: false, isMessageTerminal: true, environment: ["COLUMNS": "10"], columns: 10)
        #expect(table.lines(for: pipe).first == "7\tGBR SECRET\tGBR/j2-fusion\t019a9e5c")
    }

    @Test func `in a pipe the rows are tab-separated and without headings`() {
        let pipe = Terminal(isDataTerminal: false, isMessageTerminal: true, environment: [:])
        #expect(table.lines(for: pipe) == ["7\tGBR/j2-fusion\topen", "1200\tFRA/cni\tsent"])
    }

    @Test func `colours do not move the columns, and NO_COLOR leaves them out`() {
        let colours = Terminal(isDataTerminal: true, isMessageTerminal: false, environment: ["TERM": "xterm"])
        #expect(table.lines(for: colours)[2] == "1200  FRA/cni        \u{1B}[32msent\u{1B}[0m")
        #expect(colours.styled("x", .failure, on: .message) == "x")
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            let plain = Terminal(isDataTerminal: true, isMessageTerminal: true, environment: environment)
            #expect(plain.styled("x", .failure) == "x")
        }
    }

    @Test func `a tab or line feed in a cell does not make another column or row`() {
        var table = TextTable([.init("A"), .init("B")])
        table.append(["a\tb", "c\nd"])
        let pipe = Terminal(isDataTerminal: false, isMessageTerminal: false, environment: [:])
        #expect(table.lines(for: pipe) == ["a\\u{9}b\tc\\u{a}d"])
    }

    @Test(
        arguments: [
            ("plain – ünïcode 日本", "plain – ünïcode 日本"), ("\u{1B}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\u{202E}b", "a\\u{202e}b"), ("bell\u{7}", "bell\\u{7}"), ("\u{9B}31m", "\\u{9b}31m"),
            ("a\u{2028}b", "a\\u{2028}b"), ("👩‍🔬", "👩‍🔬"),
        ]
    )
    func `what others wrote cannot command the terminal`(text: String, shown: String) {
        #expect(PrintableText.line(text) == shown)
    }

    @Test func `text keeps its lines, and what is not text is known`() {
        #expect(PrintableText.paragraphs("a\n\tb\u{1B}") == "a\n\tb\\u{1b}")
        #expect(PrintableText.text(of: Array("a\r\nb\t".utf8)) == "a\r\nb\t")
        #expect(PrintableText.text(of: [0x89, 0x50, 0x4E, 0x47]) == nil)
        #expect(PrintableText.text(of: Array("a\u{1B}[2J".utf8)) == nil)
        #expect(PrintableText.text(of: [0]) == nil)
    }
}
