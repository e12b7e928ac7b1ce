import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import RelayStorage
import Relaying
import Testing

@testable import entente

/// `entente audit stats` as the built binary, and what it draws.
@Suite(.timeLimit(.minutes(10))) struct AuditStatsTests {
    private static let text = """
        Audit log in numbers

        log      gbr.example/node/gbr-1
        entries  5, of the indices 0 to 4
        from     2026-11-22T12:00:00.000Z (221200ZNOV26)
        to       2026-11-22T12:00:00.000Z (221200ZNOV26)

        By kind
        refusal\t5\t100.0 %

        Decisions
        no decision about a message

        Reasons
        refused\tmalformed-envelope\t5\tthe message is not of the accepted form

        Volume
        no messages

        By partner
        fra.example\t5\t-\t-\t-\t-\t-\t5

        By precedence
        no messages

        Over time
        2026-11-22 12:00Z\t5\t0\t0\t5

        """

    @Test func `a node and a copy of it are counted alike`() async throws {
        let fixture = try await LogFixture(5)
        try await fixture.listening {
            let live = try await ProgramRun(["audit", "stats", "--socket", fixture.socket])
            #expect(live.status == 0, "\(live.messages)")
            #expect(live.text == Self.text)
        }
        let copy = try fixture.copy()
        let run = try await ProgramRun(["audit", "stats", "--file", copy])
        #expect(run.status == 0 && run.text == Self.text)
        #expect(run.messages.isEmpty)
    }

    @Test func `the options of the list restrict the count`() async throws {
        let fixture = try await LogFixture(30)
        let copy = try fixture.copy()
        for (options, count) in [
            (["--after", "9"], 20), (["--kind", "start"], 0), (["--peer", "fra.example"], 30),
            (["--decision", "refused", "--rule", "malformed-envelope", "--before", "4"], 4),
            (["--since", "2026-11-23"], 0), (["--grep", "\"number\":11"], 1), (["--until", "2026-11-23"], 30),
        ] as [([String], Int64)] {
            let run = try await ProgramRun(["audit", "stats", "--file", copy, "--json"] + options)
            #expect(run.status == 0, "\(options): \(run.messages)")
            #expect(try JSONValue.parse(run.output)["entries"] == .integer(count), "\(options)")
        }
        let none = try await ProgramRun(["audit", "stats", "--file", copy, "--kind", "start"])
        #expect(none.messages.contains("no entry matches"))
    }

    @Test func `JSON holds the counts and the bars`() async throws {
        let fixture = try await LogFixture(3)
        let run = try await ProgramRun(["audit", "stats", "--file", try fixture.copy(), "--json", "--by", "month"])
        let json = try JSONValue.parse(run.output)
        #expect(json["log"] == "gbr.example/node/gbr-1")
        #expect(json["kinds"] == ["refusal": 3] && json["outcomes"] == ["refused": 3])
        #expect(json["reasons"] == ["refused": ["malformed-envelope": 3]])
        #expect(json["partners"] == [["domain": "fra.example", "entries": 3, "refused": 3]])
        let bar: JSONValue = [
            "allowed": 0, "denied": 0, "done": 0, "entries": 3, "failed": 0, "from": "2026-11-01T00:00:00.000Z",
            "refused": 3, "to": "2026-12-01T00:00:00.000Z",
        ]
        #expect(json["histogram"] == ["bars": [bar], "by": "month"])
    }

    @Test(
        arguments: [
            (["--by", "minute"], "minute"), (["--svg", "--json"], "expected one of --svg and --json"),
            (["--kind", "nonsense"], "nonsense"), (["--since", "yesterday"], "expected a time"),
            (["--since", "1h", "--until", "2h"], "no time lies between"), (["--limit", "5"], "--limit"),
            (["--file", "x", "--socket", "y"], "expected one of --file and --socket"),
        ] as [([String], String)]
    )
    func `a wrong command line says what is wrong`(options: [String], words: String) async throws {
        let run = try await ProgramRun(["audit", "stats"] + options)
        #expect(run.status == 64, "\(run.messages)")
        #expect(run.messages.contains(words) && run.messages.contains("next: "), "\(run.messages)")
        #expect(run.output.isEmpty)
    }

    @Test func `what is no log, and a socket where none listens, are errors`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("A text.\n", to: "README.txt")
        let file = try await ProgramRun(["audit", "stats", "--file", folder.path + "/README.txt"])
        #expect(file.status == 1 && file.messages.contains("next: name the entente.sqlite"))
        let socket = try await ProgramRun(["audit", "stats", "--socket", folder.path + "/none.sock"])
        #expect(socket.status == 5, "\(socket.messages)")
    }

    private static func histogram(_ times: [(String, AuditOutcome)], by period: HistogramPeriod) throws -> TallyDrawing
    {
        var histogram = TimeHistogram(by: period)
        for (time, outcome) in times { histogram.add(outcome, at: try Timestamp(rfc3339: "\(time):00.000Z")) }
        return TallyDrawing(histogram)
    }

    private static let sample: [(String, AuditOutcome)] = [
        ("2026-11-20T01:00", .allowed), ("2026-11-20T02:00", .done), ("2026-11-20T03:00", .denied),
        ("2026-11-20T03:00", .allowed), ("2026-11-21T03:00", .refused), ("2026-11-24T23:59", .failed),
    ]

    @Test func `bars fit the terminal, and days without entries take one line`() throws {
        let drawing = try Self.histogram(Self.sample, by: .day)
        let terminal = Terminal(isDataTerminal: true, isMessageTerminal: false, environment: ["COLUMNS": "35"])
        #expect(
            drawing.lines(for: terminal) == [
                "2026-11-20  4  #############----", "2026-11-21  1  xxxx", "  nothing from 2026-11-22 on",
                "2026-11-24  1  xxxx", "",
                "entries by day (UTC): # allowed or done, - denied, x refused or failed",
            ]
        )
        #expect(!drawing.lines(for: terminal).joined().contains("\u{1B}"))
        let pipe = Terminal(isDataTerminal: false, isMessageTerminal: false, environment: [:])
        #expect(
            drawing.lines(for: pipe) == ["2026-11-20\t4\t3\t1\t0", "2026-11-21\t1\t0\t0\t1", "2026-11-24\t1\t0\t0\t1"]
        )
        #expect(drawing.periods == 5)
    }

    @Test func `the picture has its numbers as text, and no bar outside`() throws {
        let svg = try Self.histogram(Self.sample, by: .day).svg
        #expect(svg.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "))
        #expect(svg.contains("<title>2026-11-20: 3 allowed or done, 1 denied</title>"))
        #expect(svg.contains(#"role="img" aria-labelledby="bars-title bars-desc""#))
        #expect(svg.contains("6 entries from 2026-11-20 to 2026-11-24. 2026-11-20: 3 allowed or done, 1 denied."))
        #expect(!svg.contains("<script") && !svg.contains("href"))
        let empty = try Self.histogram([], by: .day).svg
        #expect(empty.contains("There are no entries."))
    }

    @Test func `a picture of too many bars is refused, and longer bars are taken`() async throws {
        let twice = try await LogFixture(0)
        _ = try await twice.store.append(AuditEntryDraft(.start, .done, realm: .live))
        _ = try await twice.store.append(AuditEntryDraft(.stop, .done, realm: .live))
        let far = try twice.copy()
        let jump = "sqlite3 \(far) 'drop trigger entries_never_change; update entries set time = 0 where idx = 0'"
        #expect(try await ProgramRun(shell: jump).status == 0)
        let wide = try await ProgramRun(["audit", "stats", "--file", far, "--svg", "--by", "day"])
        #expect(wide.status == 64 && wide.messages.contains("got 20780"), "\(wide.messages)")
        let months = try await ProgramRun(["audit", "stats", "--file", far, "--by", "month"])
        let picture = try await ProgramRun(["audit", "stats", "--file", far, "--by", "month", "--svg"])
        #expect(picture.status == 0 && picture.text.contains("Entries by month"), "\(picture.messages)")
        #expect(months.text.contains("1970-01\t1\t1\t0\t0\n2026-11\t1\t1\t0\t0\n"), "\(months.text)")
    }

    @Test func `what others wrote does not reach the terminal as it is`() async throws {
        let fixture = try await LogFixture(0)
        let hostile = "evil\u{1B}[2J\u{202E}\u{7}<script>"
        var draft = AuditEntryDraft(.refusal, .refused, realm: .live, reasons: [hostile])
        draft.details = ["count": 1]
        _ = try await fixture.store.append(draft)
        let run = try await ProgramRun(["audit", "stats", "--file", try fixture.copy()])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text.contains(#"evil\u{1b}[2J\u{202e}\u{7}<script>"#), "\(run.text)")
        #expect(!run.output.contains(0x1B))
    }
}
