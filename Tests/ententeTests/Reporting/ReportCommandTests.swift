import CanonicalEncoding
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels
import Testing

@testable import entente

/// `entente report` and `entente audit stats` as the built binary, on nodes that have exchanged messages.
@Suite(.timeLimit(.minutes(10))) struct ReportCommandTests {
    private func submit(
        _ coalition: RunningCoalition,
        from originator: String,
        to recipients: [String],
        _ marking: String,
        _ precedence: Precedence = .routine
    ) async throws {
        let envelope = try coalition.seal(from: originator, to: recipients, marking: marking, precedence: precedence)
        let client = try coalition.connect(as: originator)
        _ = try await client.send(
            WireClientRequest(
                method: .post,
                path: "/v1/messages",
                headers: [.contentType: Envelope.mediaType],
                body: ByteBuffer(bytes: envelope.bytes)
            )
        )
        await client.close()
    }

    /// Three messages to FRA, one of them FLASH, and one from it; one to DEU, whose node does not run; two denied ones, of
    /// which one names FRA beside the UN, for whose sake it is denied.
    private func exchange() async throws -> RunningCoalition {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let marking = "GBR SECRET//INTREP"
        for precedence in [Precedence.flash, .routine, .routine] {
            try await submit(coalition, from: "GBR/j2-fusion", to: ["FRA/cni"], marking, precedence)
        }
        try await submit(coalition, from: "GBR/j2-fusion", to: ["DEU/lage"], marking)
        try await submit(coalition, from: "GBR/j2-fusion", to: ["UN/situation-room"], marking)
        try await submit(coalition, from: "GBR/j2-fusion", to: ["FRA/cni", "UN/situation-room"], marking)
        try await submit(coalition, from: "FRA/cni", to: ["GBR/j2-fusion"], "FRA SECRET//REL TO GBR//INTREP")
        for (code, count) in [("GBR", 3), ("FRA", 1)] {
            _ = try await coalition.eventually {
                let filter = EntryFilter(kinds: [.transfer])
                return try await coalition.node(code).store.entries(filter).count == count ? true : nil
            }
        }
        return coalition
    }

    private func check(_ json: JSONValue, isLive: Bool) {
        #expect(json["partner"] == ["code": "FRA", "domain": "fra.example"])
        let released = json["messages"]?["released"]
        #expect(released?["messages"] == 3 && released?["handed-over"] == 3 && released?["waiting"] == 0)
        #expect(released?["precedences"] == ["FLASH": 1, "ROUTINE": 2])
        #expect(released?["classifications"] == ["GBR SECRET": 3])
        #expect(released?["receipts-due"] == 3 && released?["receipts-come"] == 0)
        #expect(released?["hand-over"]?["FLASH"]?["count"] == 1)
        #expect(released?["rules"]?["alliance-intelligence"] == 3)
        #expect((released?["body-bytes"]?.integerValue ?? 0) > 300)
        #expect(json["messages"]?["accepted"]?["messages"] == 1)
        #expect(json["messages"]?["accepted"]?["classifications"] == ["FRA SECRET": 1])
        // Neither denial was for FRA's sake.
        #expect(json["messages"]?["denied-sending"] == nil)
        #expect((json["alarms"] != nil) == isLive)
        #expect(json["gaps"] == [] && json["unattributed"] == 0)
    }

    @Test func `a node and a copy of it report alike, to the last message`() async throws {
        let coalition = try await exchange()
        let socket = coalition.dataFolder(of: "GBR").appendingPathComponent("operator.sock").path
        for partner in ["FRA", "fra.example"] {
            let live = try await ProgramRun(
                ["report", "--socket", socket, "--partner", partner, "--since", "1h", "--json"]
            )
            #expect(live.status == 0, "\(live.messages)")
            check(try JSONValue.parse(live.output), isLive: true)
        }
        // The directory knows partners that the log has never met.
        let jpn = try await ProgramRun(["report", "--socket", socket, "--partner", "JPN", "--since", "1h"])
        #expect(jpn.status == 0 && jpn.text.contains("no message went either way"), "\(jpn.messages)")
        let stats = try await ProgramRun(["audit", "stats", "--socket", socket, "--json"])
        #expect(try JSONValue.parse(stats.output)["kinds"]?["release"] == 4)
        try await coalition.stopAll()

        let file = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        for partner in ["FRA", "fra.example"] {
            let copy = try await ProgramRun(["report", "--file", file, "--partner", partner, "--since", "1h", "--json"])
            #expect(copy.status == 0, "\(copy.messages)")
            check(try JSONValue.parse(copy.output), isLive: false)
        }
        let un = try await ProgramRun(["report", "--file", file, "--partner", "UN", "--since", "1h", "--json"])
        let denied = try JSONValue.parse(un.output)
        #expect(denied["messages"]?["denied-sending"]?["messages"] == 2, "\(un.messages)")
        #expect((denied["denials"]?["sending"]?.arrayValue ?? []).count > 0)
        // Who has only called, and whose details are erased, is known by the kept sheets: by either name, the same is counted.
        let called = try await ProgramRun(
            shell: "sqlite3 \(file) 'DROP TRIGGER IF EXISTS entry_details_never_change; DELETE FROM entry_details'",
            in: coalition.folder.path
        )
        #expect(called.status == 0, "\(called.messages)")
        var counts: Set<JSONValue?> = []
        for partner in ["FRA", "fra.example"] {
            let run = try await ProgramRun(["report", "--file", file, "--partner", partner, "--since", "1h", "--json"])
            counts.insert(try JSONValue.parse(run.output)["entries"])
        }
        #expect(counts.count == 1 && counts.first != .some(0), "\(counts)")
        let deu = try await ProgramRun(["report", "--file", file, "--partner", "DEU", "--since", "1h", "--json"])
        #expect(try JSONValue.parse(deu.output)["messages"]?["released"]?["waiting"] == 1)
        let before = ["report", "--file", file, "--partner", "FRA", "--since", "2020-01-01", "--until", "2020-02-01"]
        #expect(try await ProgramRun(before).text.contains("no message went either way"))
    }

    @Test func `an unknown partner is an error that names the known ones`() async throws {
        let coalition = try await exchange()
        try await coalition.stopAll()
        let file = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        for partner in ["XX", "fra", "xx.example", "\u{1B}[2J"] {
            let run = try await ProgramRun(["report", "--file", file, "--partner", partner, "--since", "1h"])
            #expect(run.status == 64 && run.output.isEmpty, "\(partner)")
            #expect(run.messages.contains("expected a partner that is known here"), "\(run.messages)")
            #expect(
                run.messages.contains("next: use one of ACME (acme.example), DEU (deu.example), FRA (fra.example), JPN")
            )
            #expect(!run.messages.contains("\u{1B}"))
        }
        for partner in ["GBR", "gbr.example"] {
            let own = try await ProgramRun(["report", "--file", file, "--partner", partner, "--since", "1h"])
            #expect(own.status == 64 && own.messages.contains("the node's own partner"), "\(own.messages)")
        }
    }

    @Test(
        arguments: [
            (["--since", "1h"], "--partner"), (["--partner", "FRA"], "--since"),
            (["--partner", "FRA", "--since", "1h", "--html", "--json"], "expected one of --html and --json"),
            (["--partner", "FRA", "--since", "never"], "expected a time"),
            (["--partner", "FRA", "--since", "1h", "--until", "2h"], "no time lies between"),
            (
                ["--partner", "FRA", "--since", "1h", "--file", "a", "--socket", "b"],
                "expected one of --file and --socket"
            ),
        ] as [([String], String)]
    )
    func `a wrong command line says what is wrong`(options: [String], words: String) async throws {
        let run = try await ProgramRun(["report"] + options)
        #expect(run.status == 64 && run.output.isEmpty, "\(run.messages)")
        #expect(run.messages.contains(words) && run.messages.contains("next: "), "\(run.messages)")
    }

    @Test func `what is no log, and a log of nobody else, are errors`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("A text.\n", to: "README.txt")
        let arguments = ["report", "--partner", "FRA", "--since", "1h"]
        let file = try await ProgramRun(arguments + ["--file", folder.path + "/README.txt"])
        #expect(file.status == 1 && file.messages.contains("next: name the entente.sqlite"), "\(file.messages)")
        let socket = try await ProgramRun(arguments + ["--socket", folder.path + "/none.sock"])
        #expect(socket.status == 5, "\(socket.messages)")
        let fixture = try await LogFixture(0)
        let empty = try await ProgramRun(arguments + ["--file", try fixture.copy()])
        #expect(empty.status == 64 && empty.messages.contains("names nobody else yet"), "\(empty.messages)")
    }
}
