import CanonicalEncoding
import Foundation
import Testing

/// `policy matrix`, `who-can-see`, `expiring` and `diff` as officers and build servers run them.
@Suite(.timeLimit(.minutes(10))) struct PolicyFlowCommandTests {
    private static let policy = "\(sourceTree)/Config/policy.yaml"
    private static let day = ["--at", "2026-11-22"]
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `matrix prints a table, what its marks mean, and the cases`() async throws {
        let run = try await ProgramRun(["policy", "matrix", Self.policy] + Self.day)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text.hasPrefix("EXAMPLE COALITION, 2026-11-22, realm live\n\nfrom \\ to  ACME"))
        #expect(
            run.text.contains("\n*: up to this level in the cases below\n-: nothing\n\nfrom ACME to DEU")
        )
        let brief = try await ProgramRun(["policy", "matrix", Self.policy, "--brief"] + Self.day)
        #expect(run.text.hasPrefix(brief.text))
        #expect(brief.text.hasSuffix("\n-: nothing\n"))
    }

    @Test func `matrix answers in JSON, CSV and as a picture`() async throws {
        let narrow = ["--holder", "UN", "--owner", "own"] + Self.day
        let json = try JSONValue.parse(
            try await ProgramRun(["policy", "matrix", Self.policy, "--json"] + narrow).output
        )
        let cell = json["cells"]?.arrayValue?.first { $0["to"] == "DEU" }
        #expect(cell?["free"] == "CONFIDENTIAL")
        let csv = try await ProgramRun(["policy", "matrix", Self.policy, "--csv"] + narrow)
        #expect(
            csv.text.hasPrefix(
                "from,to,owner,classification,level,free,cases\r\nUN,DEU,UN,UNCLASSIFIED,UNCLASSIFIED,yes,no community;"
            ),
            "\(csv.text)"
        )
        #expect(csv.text.split(separator: "\r\n").count == 1 + (json["flows"]?.arrayValue?.count ?? 0))
        let svg = try await ProgramRun(["policy", "matrix", Self.policy, "--svg"] + narrow)
        let tags = XMLTags(svg.text)
        #expect(tags.isBalanced, "\(svg.text)")
        #expect(tags.elements.filter { $0 == "g" }.count == 5)
        #expect(!tags.elements.contains("script"))
    }

    @Test(
        arguments: [
            (["--holder", "XXX"], 64, "--holder: expected a partner of the policy, got `XXX`"),
            (
                ["--owner", "XXX"], 64, "--owner: expected an owner of information of the policy, got `XXX`"
            ),
            (["--level", "HIGH"], 64, "--level: expected a level of the policy, got `HIGH`"),
            (["--type", "MEMO"], 64, "--type: expected a message type of the policy, got `MEMO`"),
            (["--realm", "PLAY"], 64, "--realm: expected a realm of the policy's nodes, got `PLAY`"),
            (["--owner", "own", "--owner", "GBR"], 64, "expected --owner own alone"),
            (["--csv", "--svg"], 64, "expected one of --csv, --svg and --json"),
            (["--at", "yesterday"], 64, "yesterday"),
        ] as [([String], Int32, String)]
    )
    func `matrix says what it does not know`(options: [String], status: Int32, word: String)
        async throws
    {
        let run = try await ProgramRun(["policy", "matrix", Self.policy] + options)
        #expect(run.status == status)
        #expect(run.output.isEmpty)
        #expect(run.messages.contains(word), "\(run.messages)")
        #expect(run.messages.contains("\nnext: "))
    }

    /// The example policy with one text in place of another.
    private func policy(_ text: String, replacedBy other: String) throws -> String {
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        try #require(example.contains(text))
        return try folder.write(
            example.replacing(text, with: other, maxReplacements: 1),
            to: "other.yaml"
        )
    }

    @Test func `who-can-see names recipients, origins and agreements, and what a type would open`()
        async throws
    {
        let marking = "GBR SECRET//REL TO DEU, FRA//INTREP"
        let run = try await ProgramRun(["policy", "who-can-see", Self.policy, marking] + Self.day)
        #expect(run.status == 0, "\(run.messages)")
        #expect(
            run.text.hasPrefix(
                "\(marking), 2026-11-22, realm live: 3 partners may get it\n\nDEU\n  from FRA, GBR"
            )
        )
        #expect(run.text.hasSuffix("\nnobody may send it to: ACME, JPN, UN\n"))
        let json = try JSONValue.parse(
            try await ProgramRun(["policy", "who-can-see", Self.policy, marking, "--json"] + Self.day)
                .output
        )
        #expect(json["recipients"] == ["DEU", "FRA", "GBR"])
        let bare = try await ProgramRun(
            ["policy", "who-can-see", Self.policy, "GBR SECRET"] + Self.day
        )
        #expect(bare.text.contains(": nobody may get it\n"))
        #expect(bare.text.contains("\nwith a type or community in the label that it does not state\n"))
        #expect(
            bare.text.contains("    type IMAGERY, SITREP or TRACK; community MARITIME\n"),
            "\(bare.text)"
        )
    }

    @Test func `who-can-see points at the column of a marking that it cannot read`() async throws {
        let run = try await ProgramRun(["policy", "who-can-see", Self.policy, "GBR SECRETIVE"])
        #expect(run.status == 64)
        #expect(run.messages.contains("column 5"), "\(run.messages)")
        #expect(run.messages.contains("\n  GBR SECRETIVE\n      ^\n"), "\(run.messages)")
    }

    @Test
    func `diff says by its status whether two policies mean the same, and what opens and closes`()
        async throws
    {
        let same = try await ProgramRun(["policy", "diff", Self.policy, Self.policy])
        #expect(same.status == 0)
        #expect(same.text == "the same policy\n")
        let wider = try policy(
            "owner: UN\n    holder: owner\n    to: ALLIANCE",
            replacedBy: "owner: UN\n    holder: owner\n    to: ANY"
        )
        let run = try await ProgramRun(["policy", "diff", Self.policy, wider])
        #expect(run.status == 1, "\(run.messages)")
        #expect(run.messages.isEmpty)
        #expect(
            run.text.hasPrefix(
                "changed:\n  agreement un-own-reports: recipient was ALLIANCE, is not stated\n\n2 flows open, no flow closes in some case\n\n"
            ),
            "\(run.text)"
        )
        #expect(
            run.text.contains(
                "\nfrom UN to JPN, its own information\n  opens: CONFIDENTIAL; type not IMAGERY;"
            )
        )
        let back = try await ProgramRun(["policy", "diff", wider, Self.policy, "--json"])
        #expect(back.status == 1)
        let json = try JSONValue.parse(back.output)
        #expect(json["opened"] == 0)
        #expect(json["closed"] == 2)
        let brief = try await ProgramRun(["policy", "diff", "--brief", Self.policy, wider])
        #expect(run.text.hasPrefix(brief.text))
        let words = try policy(
            "says: \"private partners get nothing above RESTRICTED\"",
            replacedBy: "says: other words"
        )
        let worded = try await ProgramRun(["policy", "diff", Self.policy, words])
        #expect(worded.status == 1)
        #expect(worded.text.hasSuffix("\n\nno flow opens or closes\n"), "\(worded.text)")
    }

    @Test func `expiring lists what ends, the earliest first, and what is overdue`() async throws {
        let run = try await ProgramRun(
            ["policy", "expiring", Self.policy, "--within", "90d"] + Self.day
        )
        #expect(run.status == 0, "\(run.messages)")
        let rows = run.text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        #expect(
            rows.map { $0[3] } == ["maritime-2026", "humanitarian", "un-own-reports", "cyber-sharing"]
        )
        #expect(rows.first == ["2026-12-15", "23 d", "review", "maritime-2026", "MOA 14/25"])
        let late = try await ProgramRun([
            "policy", "expiring", Self.policy, "--at", "2026-12-16", "--within", "0d",
        ])
        #expect(late.text == "2026-12-15\toverdue\treview\tmaritime-2026\tMOA 14/25\n")
        let json = try JSONValue.parse(
            try await ProgramRun(
                ["policy", "expiring", Self.policy, "--json", "--within", "300w"] + Self.day
            ).output
        )
        let kinds = Set((json["expiring"]?.arrayValue ?? []).compactMap { $0["kind"]?.stringValue })
        #expect(kinds == ["agreement", "review", "membership"])
        let none = try await ProgramRun(
            ["policy", "expiring", Self.policy, "--within", "1w"] + Self.day
        )
        #expect(none.status == 0)
        #expect(none.output.isEmpty)
        #expect(none.messages == "nothing ends or is to be reviewed within 7 days\n")
    }

    @Test(arguments: ["90", "-1d", "d", "+1d", "9999999999999d", "99999w", "1y"])
    func `expiring refuses what is no length of time`(text: String) async throws {
        let run = try await ProgramRun(["policy", "expiring", Self.policy, "--within=\(text)"])
        #expect(run.status == 64)
        #expect(run.messages.contains("expected days or weeks such as 90d or 12w"), "\(run.messages)")
    }

    @Test func `a policy that is not there is bad configuration`() async throws {
        let none = "\(folder.path)/none.yaml"
        for command in [
            ["matrix", none], ["who-can-see", none, "GBR SECRET"], ["diff", Self.policy, none],
            ["expiring", none],
        ] {
            let run = try await ProgramRun(["policy"] + command)
            #expect(run.status == 11, "\(command): \(run.messages)")
            #expect(run.messages.contains("\nnext: "))
        }
    }
}

/// The elements of a text that is XML as far as its tags are balanced.
private struct XMLTags {
    private(set) var elements: [String] = []
    private(set) var isBalanced = true

    init(_ text: String) {
        var open: [String] = []
        for tag in text.matches(of: #/<(/?)([A-Za-z]+)[^<>]*?(/?)>/#) {
            let name = String(tag.output.2)
            guard tag.output.1.isEmpty else {
                isBalanced = isBalanced && open.popLast() == name
                continue
            }
            elements.append(name)
            if tag.output.3.isEmpty { open.append(name) }
        }
        isBalanced = isBalanced && open.isEmpty
    }
}
