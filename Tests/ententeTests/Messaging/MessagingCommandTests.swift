import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// `send`, `inbox` and `open` as a user runs them, against real nodes.
@Suite(.serialized) struct `The messaging commands` {
    private static let mailboxes = ["gbr": "GBR/j2-fusion", "fra": "FRA/cni"]

    /// Starts nodes and writes the mailboxes' keys and a configuration beside their files.
    private func start(_ codes: String...) async throws -> (coalition: RunningCoalition, config: String) {
        let coalition = try RunningCoalition()
        for code in codes { try await coalition.start(code) }
        let roots = coalition.fixture.partners.keys.map { "\($0): \($0)-root.pem" }.joined(separator: ", ")
        var text = "default: gbr\ncontexts:\n"
        func context(_ name: String, _ address: String, port: Int) throws {
            let keys = try coalition.fixture.mailbox(address)
            let parts = address.split(separator: "/").map(String.init)
            for (use, credential) in [("signing", keys.signing), ("encryption", keys.encryption)] {
                try coalition.write(credential.certificate.pem(), "\(name)-\(use).pem")
                try KeyFile.create(
                    credential.key,
                    at: coalition.folder.appendingPathComponent("\(name)-\(use).key").path
                )
            }
            text += """
                  \(name):
                    partner: \(parts[0])
                    node: 127.0.0.1:\(port)
                    roots: {\(roots)}
                    directory: accepted-\(name)
                    sheets: {\(parts[0]): \(parts[0]).cms}
                    policy: policy.yaml
                    mailboxes:
                      \(parts[1]): {signing: \(name)-signing.pem, signing-key: \(name)-signing.key,
                        encryption: \(name)-encryption.pem, encryption-key: \(name)-encryption.key}

                """
        }
        for (name, address) in Self.mailboxes {
            try context(name, address, port: coalition.port(of: name.uppercased()))
        }
        try context("astray", "GBR/maritime-desk", port: coalition.port(of: "FRA"))
        try coalition.write(Array(text.utf8), "entente.yaml")
        return (coalition, coalition.folder.appendingPathComponent("entente.yaml").path)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a report is sent, listed, opened and acknowledged`() async throws {
        let (coalition, config) = try await start("GBR", "FRA")
        let payload = Array("Two vessels, course 140.\n".utf8)
        let marking = "GBR SECRET//REL TO FRA//INTREP"
        let sent = try await ProgramRun(
            [
                "send", "--config", config, "--to", "FRA/cni", "--label", marking, "--precedence", "FLASH",
                "--subject", "Vessels", "-",
            ],
            input: payload
        )
        try #require(sent.status == 0, "\(sent.messages)")
        let id = sent.text.trimmingCharacters(in: .newlines)
        #expect(id.count == 36)
        #expect(sent.messages.contains("released to spiffe://fra.example/node/fra-hub, number 1"))

        let listed = try await coalition.eventually {
            let inbox = try await ProgramRun(["inbox", "--config", config, "--context", "fra"])
            try #require(inbox.status == 0, "\(inbox.messages)")
            return inbox.output.isEmpty ? nil : inbox.text
        }
        let cells = listed.trimmingCharacters(in: .newlines).split(separator: "\t").map(String.init)
        #expect(cells.count == 8)
        #expect(Array(cells[2...4]) == ["FLASH", marking, "GBR/j2-fusion"])
        #expect(Array(cells[6...]) == ["owed", id])

        let file = coalition.folder.appendingPathComponent("received.txt").path
        let open = ["open", "--config", config, "--context", "fra", id]
        // Content that was not written is not acknowledged.
        for lost in ["", " --json", " --out /nowhere/x"] {
            for sink in [">/dev/full", ">&-"] where lost != " --out /nowhere/x" || sink == ">&-" {
                let run = try await ProgramRun(shell: "entente \(open.joined(separator: " "))\(lost) \(sink)")
                #expect(run.status == 1, "\(lost) \(sink): \(run.messages)")
                #expect(run.messages.contains("error: cannot write "))
                #expect(run.messages.contains("\nnext: "))
                #expect(!run.messages.contains("receipt sent"))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: "/nowhere"))
        // Whoever read the output went away: nothing to say, and no receipt either.
        let gone = try await ProgramRun(
            shell: "{ entente \(open.joined(separator: " ")); echo status $? >&2; } | true"
        )
        #expect(gone.messages.contains("status 1"), "\(gone.messages)")
        #expect(!gone.messages.contains("receipt sent"))
        #expect(!gone.messages.contains("error:"))
        let unopened = try await ProgramRun(["inbox", "--config", config, "--context", "fra"])
        #expect(unopened.text.contains("\towed\t"), "\(unopened.text)")

        let opened = try await ProgramRun(open + ["--out", file])
        try #require(opened.status == 0, "\(opened.messages)")
        #expect(opened.output.isEmpty)
        #expect(opened.messages.contains("Subject:    Vessels"))
        #expect(opened.messages.contains("receipt sent"))
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file))) == payload)

        let again = try await ProgramRun(open + ["--out", file])
        #expect(again.status == 1)
        #expect(again.messages.contains("is there already"))
        let second = try await ProgramRun(open + ["--out", file, "--force"])
        #expect(second.status == 0)
        #expect(second.messages.contains("receipt was sent before"))
        #expect(try await ProgramRun(open).output == payload)

        let json = try JSONValue.parse(try await ProgramRun(open + ["--json", "--no-receipt"]).output)
        #expect(json["content"]?.stringValue.flatMap { Base64.decode($0) } == payload)
        #expect(json["marking"]?.stringValue == marking)
        #expect(json["receipts"]?.arrayValue == [])
        let acknowledged = try JSONValue.parse(try await ProgramRun(open + ["--json"]).output)
        #expect(acknowledged["receipts"]?.arrayValue?.isEmpty == false)
        let inbox = try await ProgramRun(["inbox", "--config", config, "--context", "fra", "--json"])
        let first = try JSONValue.parse(inbox.output)["messages"]?.arrayValue?.first
        #expect(first?["receipted"]?.boolValue == true)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a denied sender reads why, where it is logged, and what to do`() async throws {
        let (coalition, config) = try await start("GBR")
        let send = [
            "send", "--config", config, "--label", "GBR SECRET//REL TO FRA//INTREP", "--subject", "x", "--to",
            "FRA/cni",
            "-",
        ]
        let both = send + ["--to", "ACME/soc"]
        let denied = try await ProgramRun(both, input: [1])
        #expect(denied.status == 3, "\(denied.messages)")
        #expect(denied.output.isEmpty)
        #expect(denied.messages.contains("ACME/soc   denied"))
        #expect(denied.messages.contains("FRA/cni    allowed"))
        #expect(denied.messages.contains("denied by ceiling"))
        #expect(denied.messages.contains("audit entry"))
        #expect(denied.messages.contains("--where-allowed"))

        let json = try await ProgramRun(both + ["--json"], input: [1])
        #expect(json.status == 3)
        let value = try JSONValue.parse(json.output)
        #expect(value["outcome"]?.stringValue == "denied")
        #expect(value["decisions"]?.arrayValue?.count == 2)
        #expect(value["audit-index"]?.integerValue != nil)

        let dry = try await ProgramRun(both + ["--dry-run"], input: [1])
        #expect(dry.status == 3)
        #expect(dry.text.contains("ACME/soc\tdenied\t"))
        #expect(try await ProgramRun(send + ["--dry-run"], input: [1]).status == 0)

        let rest = try await ProgramRun(both + ["--where-allowed"], input: [1])
        #expect(rest.status == 0, "\(rest.messages)")
        #expect(rest.messages.contains("left out: ACME/soc"))
        // Encrypted anew: who was left out has no key to it and does not stand in the header.
        let left = try await released(by: "GBR", to: "FRA", in: coalition)
        #expect(left.map(\.recipients) == [["FRA/cni"]])
        #expect(left.map(\.keyCount) == [1])
        #expect(try await releases(of: "GBR", in: coalition) == ["fra-hub"])
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a dry run releases nothing and leaves no trace in the log`() async throws {
        let (coalition, config) = try await start("GBR")
        func logSize() async throws -> UInt64 {
            try await coalition.node("GBR").store.checkpoint().checkpoint.head.size
        }
        let before = try await logSize()
        let marking = "GBR SECRET//REL TO FRA//INTREP"
        for (recipients, status) in [(["FRA/cni"], 0), (["ACME/soc", "FRA/cni"], 3)] as [([String], Int32)] {
            let run = try await ProgramRun(
                ["send", "--config", config, "--dry-run", "--label", marking, "--subject", "x"]
                    + recipients.flatMap { ["--to", $0] } + ["-"],
                input: [1]
            )
            #expect(run.status == status, "\(run.messages)")
            #expect(run.text.split(separator: "\n").count == recipients.count)
        }
        #expect(try await logSize() == before)
        let status = try await coalition.node("GBR").store.status()
        #expect(status.queues.isEmpty && status.mailboxes.isEmpty)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a community stands for its members' mailboxes without the sender's own`() async throws {
        let (coalition, config) = try await start("GBR")
        let sent = try await ProgramRun(
            [
                "send", "--config", config, "--to", "community:MARITIME", "--label",
                "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP", "--subject", "x", "-",
            ],
            input: [1]
        )
        try #require(sent.status == 0, "\(sent.messages)")
        // GBR reaches JPN through the hub of FRA.
        let members = ["FRA/cni", "GBR/maritime-desk", "JPN/maritime-ops"]
        let left = try await released(by: "GBR", to: "FRA", in: coalition)
        #expect(left.map(\.recipients) == [members, members])
        #expect(left.map(\.keyCount) == [3, 3])
        #expect(try await releases(of: "GBR", in: coalition) == ["fra-hub", "jpn-1"])
        let own = try await coalition.node("GBR").store.inbox(MailboxName("maritime-desk"), limit: 9)
        #expect(own.map(\.message.description) == [sent.text.trimmingCharacters(in: .newlines)])
        try await coalition.stopAll()
    }

    /// The messages that wait at a node for another one, as their bytes say it.
    private func released(by code: String, to neighbour: String, in coalition: RunningCoalition) async throws -> [(
        recipients: [String], keyCount: Int
    )] {
        let store = try coalition.node(code).store
        let name = RunningCoalition.nodeNames[neighbour] ?? neighbour
        let hop = try SPIFFEID("spiffe://\(neighbour.lowercased()).example/node/\(name)")
        let later = Timestamp.now().adding(seconds: 600)
        var found: [(recipients: [String], keyCount: Int)] = []
        for item in try await store.dueOutbox(nextHop: hop, lane: .small, now: later, limit: 99) {
            let transfer = try #require(try await store.outboxTransfer(row: item.row))
            let received = try ReceivedEnvelope(bytes: transfer.objectBytes)
            let keys = try CMSEncryption.recipients(of: received.envelope.body)
            found.append((received.header.recipients.map(\.description), keys.count))
        }
        return found
    }

    /// The names of the nodes that a node's log has released to, in order.
    private func releases(of code: String, in coalition: RunningCoalition) async throws -> [String] {
        try await coalition.node(code).store.entries(EntryFilter(kinds: [.release], limit: 99))
            .compactMap { $0.entry.destination?.name }
    }

    @Test(.timeLimit(.minutes(10)))
    func `what would be sent by mistake is refused as usage`() async throws {
        let (coalition, config) = try await start("GBR")
        let send = ["send", "--config", config, "--label", "GBR SECRET//REL TO FRA//INTREP", "--to", "FRA/cni"]
        let hidden = coalition.folder.appendingPathComponent(".hidden").path
        try Data([1]).write(to: URL(fileURLWithPath: hidden))
        let mistakes: [([String], [UInt8])] = [
            (["--subject", "x", "-"], []), (["--subject", "x", "/dev/null"], []), (["--subject", " ", "-"], [1]),
            (["--subject", "a\u{1B}[2J", "-"], [1]), (["--subject", "x", "--type", "text", "-"], [1]),
            (["--subject", "x", hidden], []), (["--subject", "x", "--expires", "-1h", "-"], [1]),
        ]
        for (arguments, input) in mistakes {
            let run = try await ProgramRun(send + arguments, input: input)
            #expect(run.status == 64, "\(arguments): \(run.messages)")
            #expect(run.messages.hasPrefix("error: "), "\(arguments): \(run.messages)")
            #expect(run.messages.contains("\nnext: "))
            #expect(!run.messages.contains("\u{1B}"))
        }
        let line = "entente \(send.map { "'\($0)'" }.joined(separator: " ")) --subject $(printf '\\377') -"
        let unreadable = try await ProgramRun(shell: "echo x | \(line)")
        #expect(unreadable.status == 64)
        #expect(unreadable.messages.contains("to be UTF-8 text"))

        let empty = try await ProgramRun(send + ["--subject", "x", "--allow-empty", "-"])
        #expect(empty.status == 0, "\(empty.messages)")
        let lost = try await ProgramRun(
            shell: "echo x | entente \(send.map { "'\($0)'" }.joined(separator: " ")) --subject x - >/dev/full"
        )
        #expect(lost.status == 1)
        #expect(lost.messages.contains("was sent, but its id could not be printed"))
        let queued = try await coalition.node("GBR").store.status().queues.map(\.count)
        #expect(queued == [2])
        let nobody = try await ProgramRun(send + ["--subject", "x", "--to", "community:NOBODY", "-"], input: [1])
        #expect(nobody.status == 1)
        #expect(nobody.messages.contains("no community `NOBODY`"))
        #expect(nobody.messages.contains("\nnext: "))
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a node that hangs or goes away in the handshake is unreachable, and nobody's keys are wrong`() async throws {
        let (coalition, config) = try await start()
        let hanging = try SilentServer(port: coalition.port(of: "GBR"), closes: false)
        let run = try await ProgramRun(["inbox", "--config", config])
        #expect(run.status == 5, "\(run.messages)")
        #expect(run.messages.contains("did not finish the handshake in time"))
        hanging.stop()
        let closing = try SilentServer(port: coalition.port(of: "GBR"), closes: true)
        let closed = try await ProgramRun(["inbox", "--config", config])
        #expect(closed.status == 5, "\(closed.messages)")
        closing.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the configuration names and is not usable is bad configuration`() async throws {
        let (coalition, config) = try await start()
        func status(_ change: (URL) throws -> Void, _ file: String) async throws -> (Int32, String) {
            let url = coalition.folder.appendingPathComponent(file)
            let bytes = try Data(contentsOf: url)
            let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] ?? 0o600
            defer {
                try? bytes.write(to: url)
                try? FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
            }
            try change(url)
            let arguments = [
                "send", "--config", config, "--label", "GBR SECRET", "--subject", "x", "--to", "FRA/cni", "-",
            ]
            let run = try await ProgramRun(arguments, input: [1])
            return (run.status, run.messages)
        }
        func remove(_ url: URL) throws { try FileManager.default.removeItem(at: url) }
        for file in [
            "gbr-signing.pem", "gbr-signing.key", "gbr-encryption.pem", "FRA-root.pem", "GBR.cms", "policy.yaml",
        ] {
            let (status, messages) = try await status(remove, file)
            #expect(status == 11, "\(file): \(messages)")
            #expect(messages.contains("\nnext: "), "\(file): \(messages)")
        }
        let (open, messages) = try await status(
            { try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: $0.path) },
            "gbr-signing.key"
        )
        #expect(open == 11, "\(messages)")
    }

    @Test(.timeLimit(.minutes(10)))
    func `each kind of failure has its exit status`() async throws {
        let (coalition, config) = try await start("FRA")
        let unreachable = try await ProgramRun(["inbox", "--config", config, "--context", "gbr"])
        #expect(unreachable.status == 5, "\(unreachable.messages)")
        let stranger = try await ProgramRun(["inbox", "--config", config, "--context", "astray"])
        #expect(stranger.status == 4, "\(stranger.messages)")
        let missing = try await ProgramRun(["inbox", "--config", config, "--context", "nowhere"])
        #expect(missing.status == 11, "\(missing.messages)")
        let unknown = "019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2"
        let nothing = try await ProgramRun(["open", "--config", config, "--context", "fra", unknown])
        #expect(nothing.status == 1, "\(nothing.messages)")
        for run in [unreachable, stranger, missing, nothing] {
            #expect(run.output.isEmpty)
            #expect(run.messages.hasPrefix("error: "))
            #expect(run.messages.contains("\nnext: "))
        }
        let usage = try await ProgramRun(["send", "--config", config, "--to", "FRA/cni"])
        #expect(usage.status == 64)
        try await coalition.stopAll()
    }
}
