import CanonicalEncoding
import EntenteClient
import Testing

@testable import entente

/// What a denied sender reads.
@Suite struct `The report of decisions` {
    private static let denied: JSONValue = [
        "recipient": "ACME/soc",
        "outcome": "denied",
        "rules": ["ceiling", "releasability"],
        "steps": [
            [
                "action": "originate", "outcome": "allowed",
                "explanation": ["outcome": "allowed", "summary": "GBR may originate GBR SECRET"],
            ],
            [
                "action": "release", "outcome": "denied",
                "explanation": [
                    "outcome": "denied",
                    "summary": "GBR may not release GBR SECRET to ACME",
                    "denials": [["rule": "ceiling", "says": "ACME may hold RESTRICTED at most\u{1B}[2J"]],
                    "lacks-agreement": true,
                    "nearest": [
                        [
                            "rule": "cyber-2026", "reference": "MOA 3/26",
                            "misses": [["subject": "level", "covers": "up to RESTRICTED", "got": "SECRET"]],
                        ]
                    ],
                    "advice": ["lower the level"],
                ],
            ],
        ],
    ]
    private static let allowed: JSONValue = [
        "recipient": "FRA/cni", "outcome": "allowed", "rules": ["alliance"], "steps": [],
    ]

    private func report(_ verdicts: JSONValue...) throws -> DecisionReport {
        DecisionReport(verdicts: try verdicts.map { try RecipientVerdict(json: $0) })
    }

    @Test func `every recipient has its row`() throws {
        let pipe = Terminal(isDataTerminal: false, isMessageTerminal: false, environment: [:])
        let table = try report(Self.allowed, Self.denied).table
        #expect(
            table.lines(for: pipe) == ["FRA/cni\tallowed\talliance", "ACME/soc\tdenied\tceiling, releasability"]
        )
        #expect(
            table.alignedLines(for: pipe, on: .message) == [
                "RECIPIENT  DECISION  RULES",
                "FRA/cni    allowed   alliance",
                "ACME/soc   denied    ceiling, releasability",
            ]
        )
    }

    @Test func `a denied recipient's reasons end with what to do`() throws {
        let report = try report(Self.allowed, Self.denied)
        #expect(!report.isAllowed)
        #expect(
            report.reasons == [
                "ACME/soc: GBR may not release GBR SECRET to ACME",
                "  denied by ceiling: ACME may hold RESTRICTED at most\\u{1b}[2J",
                "  no agreement covers it either; nearest:",
                "    cyber-2026 (MOA 3/26)",
                "      level: it covers up to RESTRICTED; this is SECRET",
                "  next: lower the level",
            ]
        )
        #expect(try self.report(Self.allowed).reasons.isEmpty)
    }

    @Test(arguments: [
        "{}", #"{"recipient":"FRA/cni","outcome":"maybe"}"#, #"{"recipient":"x","outcome":"denied"}"#,
        #"{"recipient":"FRA/cni","outcome":"denied","steps":[{"explanation":{"outcome":"denied"}}]}"#,
    ])
    func `what is no decision is not taken for one`(text: String) throws {
        let json = try JSONValue.parse(Array(text.utf8))
        #expect(throws: ClientError.self) { try RecipientVerdict(json: json) }
    }
}
