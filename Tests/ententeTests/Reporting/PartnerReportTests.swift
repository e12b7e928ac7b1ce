import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import SecurityLabels
import Testing

@testable import entente

/// What a report says, as text, JSON and a page: of made entries, some of them hostile.
@Suite struct PartnerReportTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    private static let hostile = "\u{1B}]0;owned\u{7}<script>alert('1')</script>\u{202E}&\""

    /// Two releases, an acceptance, a denial and a refusal, whose texts another partner may have chosen.
    static func report(marking: String, reason: String) throws -> PartnerReport {
        let start = try Timestamp(rfc3339: "2026-11-20T08:00:00.000Z")
        let desk = try MailboxAddress("FRA/cni")
        func entry(
            _ index: UInt64,
            _ kind: AuditEntryKind,
            _ outcome: AuditOutcome,
            _ change: (inout CountedEntry) throws -> Void
        ) throws -> CountedEntry {
            var entry = CountedEntry(
                index: index,
                time: start.adding(seconds: Int64(index) * 90_000),
                kind: kind,
                outcome: outcome
            )
            try change(&entry)
            return entry
        }
        func release(_ index: UInt64, _ precedence: Precedence, _ fate: (Timestamp) -> CountedEntry.Fate) throws
            -> CountedEntry
        {
            try entry(index, .release, .allowed) { entry in
                entry.peer = try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")
                entry.destination = try SPIFFEID("spiffe://fra.example/node/fra-hub")
                entry.isAboutMessage = true
                entry.decisions = [.init(recipient: desk, isAllowed: true, rules: ["alliance-intelligence"])]
                entry.precedence = precedence
                entry.marking = marking
                entry.classification = "GBR SECRET"
                entry.bodySize = 4096
                entry.fate = fate(entry.time)
            }
        }
        var first = try release(1, .flash) { .handedOver(at: $0.adding(milliseconds: 480)) }
        first.receipts[desk] = first.time.adding(seconds: 700)
        let entries = [
            first, try release(2, .routine) { _ in .given(up: "expired") }, try release(3, .routine) { _ in .waiting },
            try entry(4, .acceptance, .allowed) { entry in
                entry.peer = try SPIFFEID("spiffe://fra.example/node/fra-hub")
                entry.isAboutMessage = true
                entry.originator = desk
                entry.hasDetails = false
                entry.precedence = .immediate
                entry.bodySize = 100
            },
            try entry(5, .denial, .denied) { entry in
                entry.peer = try SPIFFEID("spiffe://gbr.example/mailbox/j2-fusion")
                entry.isAboutMessage = true
                entry.reasons = ["noforn"]
                entry.classification = "GBR SECRET"
                entry.decisions = [.init(recipient: desk, isAllowed: false, rules: ["noforn", reason])]
            },
            try entry(6, .refusal, .refused) { entry in
                entry.peer = try SPIFFEID("spiffe://fra.example/node/fra-hub")
                entry.reasons = [reason, "busy"]
                entry.weight = 12
            },
            try entry(7, .refusal, .refused) { $0.reasons = ["unknown-issuer"] },
        ]
        let partner = try PartnerName(code: PartnerCode("FRA"), domain: TrustDomain("fra.example"))
        var tally = LogTally(by: .day)
        for entry in entries { tally.add(entry, about: partner) }
        let streams: JSONValue = [
            "faults": 0, "streams": [],
            "gaps": [
                [
                    "first": 4, "last": 6, "noticed": "2026-11-21T08:00:00.000Z", "opened": 9,
                    "origin": "spiffe://fra.example/node/fra-hub", "word": .string(marking),
                ]
            ],
        ]
        return PartnerReport(
            partner: partner,
            time: start..<start.adding(seconds: 30 * 86_400),
            made: start.adding(seconds: 31 * 86_400),
            log: "gbr.example/node/gbr-1",
            tally: tally,
            gaps: try GapReport(streams).gaps,
            alarms: [.init(code: "ends-soon", detail: marking)],
            policy: .kept(try PolicyFile.read("\(sourceTree)/Config/policy.yaml"), .hash([1]))
        )
    }

    private static let pipe = Terminal(isDataTerminal: false, isMessageTerminal: false, environment: [:])

    /// Set `ENTENTE_WRITE_REPORTS` to write the files anew, and look at the difference.
    @Test(arguments: ["report.txt", "report.json", "report.html", "terminal.txt"])
    func `a report reads as written down`(file: String) throws {
        let report = try Self.report(marking: "GBR SECRET//REL TO FRA", reason: "ceiling")
        let wide = Terminal(
            isDataTerminal: true,
            isMessageTerminal: false,
            environment: ["COLUMNS": "90", "NO_COLOR": "1"]
        )
        let text =
            switch file {
            case "report.txt": report.document.lines(for: Self.pipe).joined(separator: "\n") + "\n"
            case "report.json": report.json.indentedText + "\n"
            case "report.html": report.document.html
            default: report.document.lines(for: wide).joined(separator: "\n") + "\n"
            }
        let path = Self.folder.appending(path: file)
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_REPORTS"] != nil {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: path, encoding: .utf8)))
    }

    @Test func `what others wrote is text on a page`() throws {
        let html = try Self.report(marking: Self.hostile, reason: Self.hostile).document.html
        #expect(!html.lowercased().contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;\\u{202e}&amp;&quot;"))
        #expect(!html.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
        #expect(!html.unicodeScalars.contains("\u{202E}"))
        // Nothing is fetched and nothing runs.
        for word in ["src=", "href=", "url(http", "@import", "onload", "<iframe", "<object", "<link"] {
            #expect(!html.contains(word), "\(word)")
        }
        #expect(html.contains("default-src 'none'"))
        // Every element that is opened is closed.
        for tag in ["table", "tr", "td", "th", "section", "main", "ul", "li", "dl", "svg", "g", "p"] {
            let opened = html.matches(of: try Regex("<\(tag)[ >]")).count
            #expect(opened == html.matches(of: try Regex("</\(tag)>")).count, "\(tag)")
        }
    }

    @Test func `what others wrote moves no cursor`() throws {
        let report = try Self.report(marking: Self.hostile, reason: Self.hostile)
        let colours = Terminal(isDataTerminal: true, isMessageTerminal: false, environment: ["NO_COLOR": "1"])
        for terminal in [Self.pipe, colours] {
            let text = report.document.lines(for: terminal).joined(separator: "\n")
            #expect(text.contains(#"\u{1b}]0;owned\u{7}<script>"#))
            let unfit = text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" && $0 != "\t" || $0 == "\u{202E}" }
            #expect(!unfit)
        }
    }

    @Test func `an empty log gives a report that says so`() throws {
        let start = Timestamp(millisecondsSinceEpoch: 0)
        let report = PartnerReport(
            partner: try PartnerName(code: nil, domain: TrustDomain("fra.example")),
            time: start..<start.adding(seconds: 1),
            made: start,
            log: nil,
            tally: LogTally(by: .hour),
            policy: .missing("the log names no policy")
        )
        let text = report.document.lines(for: Self.pipe).joined(separator: "\n")
        for words in [
            "no message went either way", "nothing was denied", "nothing was handed over", "no entry",
            "What agreements end cannot be said: the log names no policy",
            "A copied log does not say when the certificates",
        ] {
            #expect(text.contains(words), "\(words)")
        }
        #expect(report.json["messages"] == [:] && report.json["alarms"] == nil)
        #expect(report.document.html.hasSuffix("</html>\n"))
    }
}
