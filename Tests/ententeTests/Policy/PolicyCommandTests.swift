import CanonicalEncoding
import Foundation
import Relaying
import Testing

@testable import entente

/// `policy check`, `test` and `explain` as officers and build servers run them.
@Suite(.timeLimit(.minutes(10))) struct PolicyCommandTests {
    private static let policy = "\(sourceTree)/Config/policy.yaml"
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The example policy with one text in place of another.
    private func policy(_ text: String, replacedBy other: String, _ name: String = "policy.yaml") throws -> String {
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        try #require(example.contains(text))
        return try folder.write(example.replacing(text, with: other, maxReplacements: 1), to: name)
    }

    private func cases(_ text: String, _ name: String = "policy.tests.yaml") throws -> String {
        try folder.write("format: 1\nat: 2026-11-22\ncases:\n\(text)", to: name)
    }

    @Test func `check says what a good policy holds`() async throws {
        let run = try await ProgramRun(["policy", "check", Self.policy])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text.hasPrefix("\(Self.policy): good\n"))
        #expect(run.text.contains("\n  partners    6, with "))
        let json = try JSONValue.parse(try await ProgramRun(["policy", "check", "--json", Self.policy]).output)
        #expect(json["partners"] == 6)
        #expect(json["hash"]?.stringValue.map { run.text.contains($0) } == true)
    }

    @Test func `check names file, line and column of what is wrong`() async throws {
        let file = try policy("guardrails:", replacedBy: "guardrail:")
        let line = try String(contentsOfFile: file, encoding: .utf8).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        .firstIndex { $0.hasPrefix("guardrail:") }
        let run = try await ProgramRun(["policy", "check", file])
        #expect(run.status == 11)
        #expect(run.output.isEmpty)
        #expect(
            run.messages.hasPrefix("error: \(file):\(try #require(line) + 1):1: unknown key `guardrail`"),
            "\(run.messages)"
        )
        #expect(run.messages.contains("\nnext: "))
    }

    @Test func `a policy that cannot be read is bad configuration`() async throws {
        let large = folder.path + "/large.yaml"
        _ = FileManager.default.createFile(atPath: large, contents: nil)
        try FileHandle(forWritingTo: URL(fileURLWithPath: large)).truncate(atOffset: 17 << 20)
        for file in ["\(folder.path)/none.yaml", folder.path, large, try folder.write("\u{0}", to: "zero.yaml")] {
            for command in ["check", "test"] {
                let run = try await ProgramRun(["policy", command, file])
                #expect(run.status == 11, "\(file): \(run.messages)")
                #expect(run.messages.contains("\nnext: "))
            }
        }
    }

    @Test func `an error does not print a file of megabytes`() async throws {
        let file = try folder.write("format: \(String(repeating: "x", count: 3_000_000))\n", to: "long.yaml")
        let run = try await ProgramRun(["policy", "check", file])
        #expect(run.status == 11)
        #expect(run.messages.utf8.count < 4000)
    }

    @Test func `what a policy says reaches no terminal as a command to it`() async throws {
        let odd = try await ProgramRun(["policy", "check", try folder.write("\"\\e[2J\": 1\n", to: "odd.yaml")])
        #expect(odd.status == 11)
        let example = try String(contentsOfFile: Self.policy, encoding: .utf8)
        let marked = example.replacing(#/says: "[^"]*"/#, with: "says: \"\\e]0;pwn\\a\\e[2J\"")
        try #require(marked != example)
        let loud = try folder.write(marked, to: "loud.yaml")
        let label = ["--label", "GBR SECRET//EYES ONLY//INTREP", "--from", "GBR", "--to", "FRA"]
        let explained = try await ProgramRun(["policy", "explain", loud] + label)
        #expect(explained.status == 3, "\(explained.messages)")
        #expect(explained.text.contains("\\u{1b}]0;pwn"))
        let tests = try cases(
            """
              - {name: "a \\e[2J b", label: GBR SECRET//EYES ONLY//INTREP, action: release, from: gbr-1, to: fra-hub, expect: allow}

            """,
            "loud.tests.yaml"
        )
        let junit = folder.path + "/loud.xml"
        let tested = try await ProgramRun(["policy", "test", loud, tests, "--junit", junit, "--verbose"])
        #expect(tested.status == 1, "\(tested.messages)")
        for run in [odd, explained, tested] {
            #expect(!run.text.unicodeScalars.contains("\u{1B}"))
            #expect(!run.messages.unicodeScalars.contains("\u{1B}"))
        }
        let xml = try String(contentsOfFile: junit, encoding: .utf8)
        #expect(xml.contains(#"name="a \u{1b}[2J b""#))
        #expect(!xml.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    }

    @Test func `every case of the example passes and every rule is met`() async throws {
        let junit = folder.path + "/results.xml"
        let run = try await ProgramRun(["policy", "test", Self.policy, "--junit", junit])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text.contains(" passed, 0 failed\n"))
        #expect(!run.text.contains("never met"))
        let count = try #require(run.text.split(separator: " ").first.flatMap { Int($0) })
        let xml = try String(contentsOfFile: junit, encoding: .utf8)
        #expect(xml.contains(#"tests="\#(count)" failures="0""#))
        #expect(xml.components(separatedBy: "<testcase ").count == count + 1)
        let json = try JSONValue.parse(try await ProgramRun(["policy", "test", Self.policy, "--json"]).output)
        #expect(json["passed"] == .integer(Int64(count)))
        #expect(json["failed"] == 0)
        #expect(json["cases"]?.arrayValue?.count == count)
    }

    @Test func `a case that fails is named with its line, what was expected and what came`() async throws {
        let tests = try cases(
            """
              - {name: right, label: GBR SECRET//REL TO FRA//INTREP, action: release, from: gbr-1, to: fra-hub, expect: allow}
              - {name: wrong <1>, label: GBR SECRET//EYES ONLY//INTREP, action: release, from: gbr-1, to: fra-hub, expect: allow}

            """
        )
        let junit = folder.path + "/results.xml"
        let run = try await ProgramRun(["policy", "test", Self.policy, tests, "--junit", junit])
        #expect(run.status == 1)
        #expect(run.text.contains("FAIL wrong <1>\n     \(tests):5: "), "\(run.text)")
        #expect(run.text.contains("1 passed, 1 failed"))
        #expect(run.text.contains("never met "))
        #expect(!run.text.contains("ok   right"))
        #expect(run.messages.contains("error: 1 of 2 cases failed"))
        #expect(try await ProgramRun(["policy", "test", Self.policy, tests, "--verbose"]).text.contains("ok   right"))
        let xml = try String(contentsOfFile: junit, encoding: .utf8)
        #expect(xml.contains(#"tests="2" failures="1""#))
        #expect(xml.contains(#"<testcase classname="case" name="wrong &lt;1&gt;">"#))
        let json = try await ProgramRun(["policy", "test", Self.policy, tests, "--json"])
        #expect(json.status == 1)
        let failed = try JSONValue.parse(json.output)["cases"]?.arrayValue?.last
        #expect(failed?["passed"] == false)
        #expect(failed?["line"] == 5)
        #expect(failed?["problem"]?.stringValue?.isEmpty == false)
    }

    @Test func `what the cases do not show is named, in words and for programs`() async throws {
        let tests = try folder.write(
            """
            format: 1
            at: 2026-11-22
            cases:
              - {name: right, label: GBR SECRET//INTREP, action: release, from: gbr-1, to: fra-hub, expect: allow}
            who-can-see:
              - {name: alliance, label: GBR SECRET//INTREP, from: GBR, exactly: [ALLIANCE, JPN]}
            never:
              - {name: nothing to Japan, to: JPN, action: release}

            """,
            to: "policy.tests.yaml"
        )
        let junit = folder.path + "/results.xml"
        let run = try await ProgramRun(["policy", "test", Self.policy, tests, "--junit", junit])
        #expect(run.status == 1, "\(run.messages)")
        #expect(
            run.text.contains("FAIL alliance\n     \(tests):6: expected exactly `DEU`, `FRA`, `JPN`, got `DEU`, `FRA`")
        )
        #expect(run.text.contains("     DENIED  GBR may not release GBR SECRET//INTREP to JPN\n"))
        #expect(
            run.text.contains("FAIL nothing to Japan\n     \(tests):8: expected it never to be allowed, got a request")
        )
        #expect(run.text.contains("\n1 passed, 2 failed\n2 of "))
        #expect(run.text.contains("\n  never met               eyes-only\n"))
        #expect(run.text.contains("\n  no case depends on      alliance-intelligence: "))
        let xml = try String(contentsOfFile: junit, encoding: .utf8)
        #expect(xml.contains(#"tests="3" failures="2""#))
        #expect(xml.contains(#"<testcase classname="who-can-see" name="alliance">"#))
        #expect(xml.contains("GBR may not release GBR SECRET//INTREP to JPN"))
        let json = try JSONValue.parse(try await ProgramRun(["policy", "test", Self.policy, tests, "--json"]).output)
        #expect(json["cases"]?.arrayValue?.map { $0["kind"] } == ["case", "who-can-see", "never"])
        #expect(json["cases"]?.arrayValue?[1]["explanations"]?.arrayValue?.first?["outcome"] == "denied")
        let rule = json["coverage"]?.arrayValue?.first { $0["rule"] == "alliance-intelligence" }
        #expect(rule?["cases"] == 2)
        #expect(rule?["alone"] == 2)
        #expect(rule?["suspended"] == false)
        #expect(rule?["no-case-depends-on"]?.arrayValue?.isEmpty == false)
    }

    // A background job of a shell is started with SIGINT ignored; the command listens all the same.
    @Test func `watch runs again when a file changes, clears no pipe, and ends with 130 when interrupted`() async throws
    {
        let tests = try cases(
            "  - {name: a, label: GBR SECRET//INTREP, action: release, from: gbr-1, to: fra-hub, expect: deny}\n"
        )
        let run = try await ProgramRun(
            shell: """
                entente policy test \(Self.policy) \(tests) --watch >out 2>err & watched=$!
                wait_for() { for _ in $(seq 600); do if grep -q "$1" "$2"; then return; fi; sleep 0.05; done; }
                wait_for 'interrupt to end' err
                sed -i 's/expect: deny/expect: allow/' \(tests)
                wait_for '1 passed, 0 failed' out
                echo 'format: 2' > \(tests)
                wait_for 'expected format' err
                rm \(tests)
                wait_for 'cannot read' err
                kill -INT $watched
                (sleep 30; kill -KILL $watched) >guard 2>&1 & guard=$!
                wait $watched
                echo "status $?"
                kill -KILL $guard
                cat out
                cat err >&2
                """,
            in: folder.path
        )
        #expect(run.text.hasPrefix("status 130\n"), "\(run.text)\n\(run.messages)")
        #expect(run.text.contains("0 passed, 1 failed\n"))
        #expect(!run.text.unicodeScalars.contains("\u{1B}"))
        #expect(run.messages.contains("watching \(Self.policy) and \(tests); interrupt to end"))
    }

    @Test(
        arguments: [
            (["--label", "USA SECRET//NOFORN", "--from", "USA", "--to", "FRA"], 64, "column 13"),
            (["--label", "(S//NF)", "--from", "USA", "--to", "FRA"], 3, "USA SECRET//NOFORN"),
            (["--label", "TLP:RED", "--owner", "USA", "--under", "TLP", "--from", "USA", "--to", "FRA"], 3, "TLP:RED"),
            (["--label", "(S//NF)", "--under", "tlp", "--from", "USA", "--to", "FRA"], 64, "label policy"),
            (["--label", "(S//XX)", "--from", "USA", "--to", "FRA"], 64, "column 5"),
        ] as [([String], Int32, String)]
    )
    func `explain reads markings of the label policies that the policy accepts`(
        options: [String],
        status: Int32,
        word: String
    ) async throws {
        let file = try policy("\nladders:", replacedBy: "\nlabel-policies: [USA, TLP]\nladders:")
        let example = try String(contentsOfFile: file, encoding: .utf8)
        _ = try folder.write(
            example.replacing("    GBR: {", with: "    USA: {SECRET: SECRET}\n    GBR: {", maxReplacements: 1)
                .replacing(
                    "\npartners:",
                    with: "\npartners:\n  USA: {kind: nation, ceiling: SECRET}",
                    maxReplacements: 1
                ),
            to: "policy.yaml"
        )
        let run = try await ProgramRun(["policy", "explain", file] + options)
        #expect(run.status == status, "\(run.text) \(run.messages)")
        #expect((status == 64 ? run.messages : run.text).contains(word), "\(run.text) \(run.messages)")
    }

    @Test func `test cases that are not well formed are named with their line`() async throws {
        let tests = try cases("  - {name: x, label: GBR SECRET, expect: perhaps}\n")
        let run = try await ProgramRun(["policy", "test", Self.policy, tests])
        #expect(run.status == 11)
        #expect(run.messages.hasPrefix("error: \(tests):4:"), "\(run.messages)")
        let nowhere = folder.path + "/none/results.xml"
        #expect(try await ProgramRun(["policy", "test", Self.policy, "--junit", nowhere]).status == 1)
        #expect(!WholeFile.exists(folder.path + "/none"))
    }

    @Test(
        arguments: [
            (["--label", "GBR SECRET//REL TO FRA//INTREP", "--from", "gbr-1", "--to", "fra-hub"], 0, "ALLOWED"),
            (["--label", "GBR SECRET//EYES ONLY//INTREP", "--from", "gbr-1", "--to", "fra-hub"], 3, "eyes-only"),
            (
                ["--label", "GBR SECRET//INTREP", "--from", "GBR", "--to", "UN", "--at", "2026-11-22"], 3,
                "no agreement"
            ),
            (["--label", "GBR SECRETIVE", "--from", "GBR", "--to", "FRA"], 64, "column 5"),
            (["--label", "GBR SECRET", "--from", "GBR"], 64, "--to"),
            (["--label", "GBR SECRET", "--from", "GBR", "--to", "FRA", "--action", "originate"], 64, "--to"),
            (["--label", "GBR SECRET", "--from", "GBR", "--to", "FRA", "--action", "steal"], 64, "release"),
            (["--label", "GBR SECRET", "--from", "GBR", "--action", "originate"], 0, "originate"),
        ] as [([String], Int32, String)]
    )
    func `explain answers in words and by its status`(options: [String], status: Int32, word: String) async throws {
        let run = try await ProgramRun(["policy", "explain", Self.policy] + options)
        #expect(run.status == status, "\(run.text) \(run.messages)")
        let said = status == 64 ? run.messages : run.text
        #expect(said.contains(word), "\(said)")
        guard status != 64 else { return #expect(run.messages.contains("\nnext: ")) }
        let json = try JSONValue.parse(
            try await ProgramRun(["policy", "explain", Self.policy, "--json"] + options).output
        )
        #expect(json["outcome"]?.stringValue == (status == 0 ? "allowed" : "denied"))
        let broken = try folder.write("format: 1\nformat: 1\n", to: "broken.yaml")
        #expect(try await ProgramRun(["policy", "explain", broken] + options).status == 11)
    }

    @Test(arguments: [
        ("policy.yaml", "policy.tests.yaml"), ("a/b.c/p", "a/b.c/p.tests"), ("x", "x.tests"),
        ("/p.yml", "/p.tests.yml"), (".yaml", ".yaml.tests"), ("a.b.yaml", "a.b.tests.yaml"),
    ])
    func `test cases stand beside their policy`(policy: String, tests: String) {
        #expect(PolicyCompanions.tests(of: policy) == tests)
    }
}
