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
        #expect(run.text.contains("\n*: up to this level in the cases below\n-: nothing\n\nfrom ACME to DEU"))
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
            (["--owner", "XXX"], 64, "--owner: expected an owner of information of the policy, got `XXX`"),
            (["--level", "HIGH"], 64, "--level: expected a level of the policy, got `HIGH`"),
            (["--type", "MEMO"], 64, "--type: expected a message type of the policy, got `MEMO`"),
            (["--realm", "PLAY"], 64, "--realm: expected a realm of the policy's nodes, got `PLAY`"),
            (["--owner", "own", "--owner", "GBR"], 64, "expected --owner own alone"),
            (["--csv", "--svg"], 64, "expected one of --csv, --svg and --json"),
            (["--at", "yesterday"], 64, "yesterday"),
        ] as [([String], Int32, String)]
    )
    func `matrix says what it does not know`(options: [String], status: Int32, word: String) async throws {
        let run = try await ProgramRun(["policy", "matrix", Self.policy] + options)
        #expect(run.status == status)
        #expect(run.output.isEmpty)
        #expect(run.messages.contains(word), "\(run.messages)")
        #expect(run.messages.contains("\nnext: "))
    }

    @Test func `a policy that is not there is bad configuration`() async throws {
        for command in ["matrix"] {
            let run = try await ProgramRun(["policy", command, "\(folder.path)/none.yaml"])
            #expect(run.status == 11)
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
