import Foundation
import Testing

/// What `Docs/policy.md` says of changing a policy, with real programs.
@Suite(.serialized) struct PolicyChangeRecipeTests {
    /// The example with two officers, whose approval the policy demands.
    private func example() throws -> ExampleNodes {
        let nodes = try ExampleNodes()
        let made = try nodes.run(
            """
            for partner in GBR FRA; do
                entente pki issue officer release-1 --certs Certs/$partner
                echo 'officers: [release-1]' >> Config/directory/$partner.yaml
                entente partner sheet --config Config/directory/$partner.yaml --certs Certs/$partner
            done
            echo 'approval: {officers: [GBR/release-1, FRA/release-1], at-least: 2}' >> Config/policy.yaml
            entente policy sign Config/policy.yaml --officer release-1 --certs Certs/GBR
            entente policy sign Config/policy.yaml --officer release-1 --certs Certs/FRA
            """
        )
        try #require(made.status == 0, "\(made.messages)")
        return nodes
    }

    @Test(.timeLimit(.minutes(10)))
    func `two officers sign, an operator activates, and goes back`() throws {
        let nodes = try example()
        try nodes.start("gbr-1")
        let first = try nodes.entente("status --json")
        let file = nodes.folder.appendingPathComponent("Config/policy.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let says = try #require(text.firstMatch(of: /says: "([^"]+)"/)).range
        // Written in one go, so that the daemon sees it whole; it has no approvals yet and is refused.
        try Data(text.replacingCharacters(in: says, with: "says: \"in other words\"").utf8).write(to: file)
        let refused = try nodes.run("entente policy activate Config/policy.yaml")
        #expect(refused.status == 1)
        #expect(refused.messages.contains("needs the approval of 2 of `FRA/release-1`, `GBR/release-1`, got none"))
        #expect(refused.messages.contains("next: "))
        let run = try nodes.run(try Document("Docs/policy.md").block("sh policy-change"))
        try #require(run.status == 0, "\(run.output)\n\(run.messages)")
        let answers = run.output.components(separatedBy: "in force: ").dropFirst()
        #expect(answers.count >= 1, "\(run.output)")
        #expect(run.output.contains("approved  FRA/release-1, GBR/release-1"), "\(run.output)")
        let last = try nodes.entente("status --json")
        let hash = /"policy": ?"([0-9a-f]{64})"/
        #expect(
            try #require(first.output.firstMatch(of: hash)).output.1
                == #require(last.output.firstMatch(of: hash)).output.1
        )
        let history = try nodes.entente("policy history")
        #expect(history.output.split(separator: "\n").first?.contains("\trollback\t") == true, "\(history.output)")
        let entries = try nodes.entente("audit log --kind policy-change --limit 10")
        #expect(entries.status == 0)
        let verified = try nodes.entente("audit verify")
        #expect(verified.status == 0, "\(verified.messages)")
        let unknown = try nodes.entente("policy rollback 00000000")
        #expect(unknown.status == 1)
        #expect(unknown.messages.contains("`entente policy history` lists them"))
        nodes.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a partner's addition is checked with its baseline, signed and activated`() throws {
        let nodes = try example()
        let addition = nodes.folder.appendingPathComponent("Config/gbr.yaml")
        try Data(try Document("Docs/policy.md").block("yaml addition").utf8).write(to: addition)
        try nodes.start("gbr-1")
        let run = try nodes.run(
            """
            entente policy check Config/gbr.yaml --baseline Config/policy.yaml
            entente policy sign Config/gbr.yaml --baseline Config/policy.yaml --officer release-1 --certs Certs/GBR
            entente policy activate Config/policy.yaml --addition Config/gbr.yaml
            """
        )
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.output.contains("added     guardrail no-imagery-to-firms"), "\(run.output)")
        #expect(run.output.contains("flows     0 open, "), "\(run.output)")
        // The baseline by itself would lift what the partner has added; its officers have not agreed to that.
        let lifted = try nodes.run("entente policy activate Config/policy.yaml")
        #expect(lifted.status == 1)
        #expect(lifted.messages.contains("needs the approval of 1 of `GBR/release-1` to go"), "\(lifted.messages)")
        nodes.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what cannot be done is said with what to do`() throws {
        let nodes = try example()
        let wrong: [(command: String, status: Int32, message: String)] = [
            (
                "entente policy sign Config/policy.yaml --officer nobody --certs Certs/GBR", 1,
                "people/nobody/certificate.pem"
            ),
            ("entente policy sign Config/policy.yaml --officer A/B --certs Certs/GBR", 64, "A/B"),
            ("entente policy sign missing.yaml --officer release-1 --certs Certs/GBR", 11, "missing.yaml"),
            (
                "entente policy sign Config/policy.yaml --baseline Config/policy.yaml --officer release-1 --certs Certs/GBR",
                11, "an addition only restricts"
            ),
            ("entente policy activate missing.yaml", 11, "missing.yaml"),
            ("entente policy activate Config/policy.yaml --socket nowhere.sock", 5, "nowhere.sock"),
            ("entente policy history --limit 0", 64, "limit"),
            ("entente policy check Config/gbr.yaml --baseline Config/policy.yaml", 11, "Config/gbr.yaml"),
        ]
        for (command, status, message) in wrong {
            let run = try nodes.run(command)
            #expect(run.status == status, "\(command): \(run.messages)")
            #expect(run.messages.contains(message), "\(command): \(run.messages)")
            #expect(status == 64 || run.messages.contains("next: "), "\(command): \(run.messages)")
        }
    }
}
