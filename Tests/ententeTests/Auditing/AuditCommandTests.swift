import CanonicalEncoding
import Foundation
import OpenSSLCrypto
import RelayStorage
import Relaying
import Testing
import TransparencyLog

@testable import entente

/// The audit commands as the built binary, on a running node's log and on copied databases.
@Suite(.timeLimit(.minutes(10))) struct AuditCommandTests {
    private func indices(_ outcome: ProgramRun) -> [Int] {
        outcome.text.split(separator: "\n").compactMap { line in line.split(separator: "\t").first.flatMap { Int($0) } }
    }

    @Test func `the log is listed from a node and from a copy alike`() async throws {
        let fixture = try await LogFixture(60)
        let last = Array(10..<60)
        let selections: [([String], [Int])] = [
            ([], last), (["--limit", "3"], [57, 58, 59]), (["--limit", "3", "--reverse"], [59, 58, 57]),
            (["--after", "5", "--limit", "2"], [6, 7]), (["--before", "5", "--limit", "2"], [3, 4]),
            (["--all"], Array(0..<60)), (["--all", "--reverse"], Array((0..<60).reversed())),
            (["--kind", "refusal", "--outcome", "refused", "--limit", "1"], [59]), (["--kind", "start"], []),
            (["--peer", "fra.example/node/fra-hub", "--since", "2026-11-22", "--limit", "1"], [59]),
            (["--until", "2026-11-22T11:59:59Z"], []), (["--since", "2026-11-22T12:00:00.000Z", "--limit", "1"], [59]),
        ]
        try await fixture.listening {
            for (options, expected) in selections {
                let live = try await ProgramRun(["audit", "log", "--socket", fixture.socket] + options)
                #expect(live.status == 0, "\(live.messages)")
                #expect(indices(live) == expected, "\(options)")
            }
        }
        let copy = try fixture.copy()
        for (options, expected) in selections {
            let outcome = try await ProgramRun(["audit", "log", "--file", copy] + options)
            #expect(outcome.status == 0, "\(outcome.messages)")
            #expect(indices(outcome) == expected, "\(options)")
        }
    }

    @Test func `entries are searched by trust domain, rule, mailbox, label and text, at a node and in a copy`()
        async throws
    {
        let fixture = try await LogFixture(12)
        let selections: [([String], [Int])] = [
            (["--peer", "fra.example", "--limit", "2"], [10, 11]), (["--peer", "fr.example"], []),
            (["--decision", "refused", "--rule", "malformed-envelope", "--limit", "1"], [11]),
            (["--rule", "malformed"], []), (["--grep", "\"number\":11"], [11]), (["--label", "SECRET"], []),
            (["--mailbox", "GBR/j2-fusion"], []),
        ]
        try await fixture.listening {
            for (options, expected) in selections {
                let live = try await ProgramRun(["audit", "log", "--socket", fixture.socket] + options)
                #expect(live.status == 0, "\(live.messages)")
                #expect(indices(live) == expected, "\(options)")
            }
        }
        let copy = try fixture.copy()
        for (options, expected) in selections {
            let outcome = try await ProgramRun(["audit", "log", "--file", copy] + options)
            #expect(indices(outcome) == expected, "\(options)")
        }
    }

    @Test func `entries come as CSV and in the form of OCSF`() async throws {
        let fixture = try await LogFixture(2)
        let copy = try fixture.copy()
        let csv = try await ProgramRun(["audit", "log", "--file", copy, "--csv"]).text.split(separator: "\r\n")
        #expect(csv.count == 3)
        #expect(csv[0] == "index,time,kind,outcome,peer,message,destination,sequence,reasons,policy")
        let expected =
            "1,2026-11-22T12:00:00.000Z,refusal,refused,spiffe://fra.example/node/fra-hub,,,,malformed-envelope,"
        #expect(csv[2] == expected)
        let lines = try await ProgramRun(["audit", "log", "--file", copy, "--ocsf"]).text.split(separator: "\n")
        #expect(lines.count == 2)
        let event = try JSONValue.parse(Array(lines[1].utf8))
        #expect(event["class_uid"] == 6003 && event["category_uid"] == 6 && event["type_uid"] == 600_399)
        #expect(event["status"] == "Failure" && event["status_code"] == "refused")
        #expect(event["activity_id"] == 99 && event["severity_id"] == 3 && event["status_id"] == 2)
        #expect(event["metadata"]?["version"] == "1.3.0")
        #expect(event["metadata"]?["uid"] == "gbr.example/node/gbr-1#1")
        #expect(event["time"] == .integer(LogFixture.time.millisecondsSinceEpoch))
        #expect(event["actor"]?["user"]?["uid"] == "spiffe://fra.example/node/fra-hub")
        #expect(event["unmapped"]?["entry"]?["index"] == 1)
    }

    @Test func `each line of JSON carries the bytes that the log hashes`() async throws {
        let fixture = try await LogFixture(3)
        let outcome = try await ProgramRun(["audit", "log", "--file", try fixture.copy(), "--json"])
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.count == 3)
        for (index, line) in lines.enumerated() {
            let json = try JSONValue.parse(Array(line.utf8))
            let bytes = try #require(json["bytes"]?.stringValue.flatMap { Base64.decode($0) })
            #expect(try AuditEntry(canonicalBytes: bytes).index == UInt64(index))
            #expect(json["details"]?["value"] == ["number": .integer(Int64(index))])
        }
    }

    @Test func `an entry is shown with its details and proven`() async throws {
        let fixture = try await LogFixture(9)
        try await fixture.listening {
            let live = try await ProgramRun(["audit", "show", "4", "--socket", fixture.socket])
            #expect(live.status == 0, "\(live.messages)")
            #expect(live.text.contains("entry      4 of gbr.example/node/gbr-1"))
            #expect(live.text.contains("kind       refusal: a request was refused"))
            #expect(live.text.contains("\"number\": 4"))
            #expect(live.messages.contains("proven: entry 4 stands in the log gbr.example/node/gbr-1"))
            #expect(live.messages.contains("not pinned"))
        }
        let copy = try fixture.copy()
        let outcome = try await ProgramRun(["audit", "show", "4", "--file", copy, "--vkey", fixture.key])
        #expect(outcome.status == 0)
        #expect(!outcome.messages.contains("not pinned"))
    }

    @Test func `a proof is written with the entry, and other tools' rules hold for it`() async throws {
        let fixture = try await LogFixture(9)
        let (key, verifier) = (fixture.key, fixture.store.verifier)
        let copy = try fixture.copy()
        let out = fixture.folder + "/receipt"
        let vkeyFile = fixture.folder + "/vkey"
        try Data("\(key)\n".utf8).write(to: URL(filePath: vkeyFile))
        let arguments = ["audit", "prove", "7", "--file", copy, "--vkey-file", vkeyFile]
        let written = try await ProgramRun(arguments + ["--out", out])
        #expect(written.status == 0, "\(written.messages)")
        #expect(written.output.isEmpty)

        let proofBytes = [UInt8](try Data(contentsOf: URL(filePath: out)))
        let entryBytes = [UInt8](try Data(contentsOf: URL(filePath: out + ".entry")))
        let proof = try LogProof(parsing: proofBytes)
        #expect(proof.bytes == proofBytes)
        try proof.verify(leafHash: MerkleTree.leafHash(entryBytes), verifier: verifier)
        #expect(try AuditEntry(canonicalBytes: entryBytes).index == 7)

        let printed = try await ProgramRun(arguments)
        #expect(printed.output == proofBytes)
        let json = try await ProgramRun(arguments + ["--json"])
        #expect(try TransferLink(json: JSONValue.parse(json.output)).entryBytes == entryBytes)
        let again = try await ProgramRun(arguments + ["--out", out])
        #expect(again.status == 1)
        #expect(again.messages.contains("never overwritten"))
    }

    @Test func `a sound log passes, with and without a pinned key`() async throws {
        let fixture = try await LogFixture(300)
        try await fixture.listening {
            let live = try await ProgramRun(["audit", "verify", "--socket", fixture.socket, "--vkey", fixture.key])
            #expect(live.status == 0, "\(live.messages)")
            #expect(live.text.contains("sound: nothing differs"))
        }
        let key = fixture.key
        let copy = try fixture.copy()
        let plain = try await ProgramRun(["audit", "verify", copy])
        #expect(plain.status == 0, "\(plain.messages)")
        #expect(plain.text.contains("300; details of 300, 0 erased"))
        #expect(plain.messages.contains("not pinned"))
        let pinned = try await ProgramRun(["audit", "verify", copy, "--vkey", key, "--json"])
        #expect(pinned.status == 0)
        #expect(!pinned.messages.contains("not pinned"))
        #expect(try JSONValue.parse(pinned.output)["sound"] == true)
    }

    @Test func `one byte changed in a copy is found, and its index named`() async throws {
        let fixture = try await LogFixture(20)
        let copy = try await fixture.tamperedCopy(13)
        let outcome = try await ProgramRun(["audit", "verify", copy])
        #expect(outcome.status == 10)
        #expect(outcome.text.contains("BROKEN: the first bad index is 13"))
        #expect(
            outcome.messages.contains("error: the log `gbr.example/node/gbr-1` is broken: the first bad index is 13")
        )
        #expect(outcome.messages.contains("next: "))
        let json = try await ProgramRun(["audit", "verify", copy, "--json"])
        #expect(json.status == 10)
        #expect(try JSONValue.parse(json.output)["first-bad-index"] == 13)
        for command in [["audit", "show", "13"], ["audit", "prove", "13"]] {
            let proof = try await ProgramRun(command + ["--file", copy])
            #expect(proof.status == 10, "\(command)")
        }
    }

    @Test func `a key of another log is a mix-up, and says nothing about either log`() async throws {
        let fixture = try await LogFixture(5)
        let other = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519)).verifier
        try await fixture.listening {
            for command in [["verify"], ["show", "1"], ["prove", "1"]] {
                let arguments = ["audit"] + command + ["--socket", fixture.socket, "--vkey", other.verifierKey]
                let outcome = try await ProgramRun(arguments)
                #expect(outcome.status == 11, "\(command)")
                #expect(
                    outcome.messages.contains(
                        "`fra.example/node/fra-hub`, and this is the log `gbr.example/node/gbr-1`"
                    )
                )
            }
        }
        let copy = try fixture.copy()
        for command in [["verify", copy], ["show", "1", "--file", copy], ["prove", "1", "--file", copy]] {
            let outcome = try await ProgramRun(["audit"] + command + ["--vkey", other.verifierKey])
            #expect(outcome.status == 11, "\(command): \(outcome.messages)")
            #expect(outcome.messages.contains("next: "))
            #expect(!outcome.messages.contains("broken"))
        }
        #expect(try await ProgramRun(["audit", "verify", copy, "--vkey-file", "none"]).status == 11)
    }

    @Test func `what is no log is no broken one`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("A text.\n", to: "README.txt")
        _ = try folder.write("", to: "empty.db")
        let made = try await ProgramRun(shell: "sqlite3 other.db 'create table t(x)'", in: folder.path)
        #expect(made.status == 0, "\(made.messages)")
        for file in ["README.txt", "empty.db", "other.db", ".", "none.db"] {
            for command in ["verify", "log --file", "show 1 --file", "prove 1 --file"] {
                let outcome = try await ProgramRun(shell: "entente audit \(command) \(file)", in: folder.path)
                #expect(outcome.status == 1, "\(command) \(file): \(outcome.messages)")
                #expect(outcome.messages.contains("`\(file)`"), "\(outcome.messages)")
                #expect(outcome.messages.contains("next: name the entente.sqlite"))
            }
        }
    }

    @Test func `a damaged database says so as JSON too, and what to do leads on`() async throws {
        let fixture = try await LogFixture(50)
        let copy = try fixture.copy()
        // Every page but the first: the schema is read, and nothing else.
        let ruin = "dd if=/dev/urandom of=\(copy) bs=4096 seek=1 count=400 conv=notrunc 2>/dev/null"
        #expect(try await ProgramRun(shell: ruin).status == 0)
        let outcome = try await ProgramRun(["audit", "verify", copy, "--json"])
        #expect(outcome.status == 10, "\(outcome.messages)")
        let json = try JSONValue.parse(outcome.output)
        #expect(json["sound"] == false)
        #expect(json["damaged"]?.stringValue?.isEmpty == false)
        #expect(!outcome.messages.contains("next: `entente audit verify"))
        #expect(outcome.messages.contains("PRAGMA integrity_check"))
    }

    @Test func `a copy that stands alone is read without leaving anything beside it`() async throws {
        let fixture = try await LogFixture(5)
        let copy = try fixture.copy()
        let folder = fixture.folder + "/evi dence%20?#"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: copy, toPath: folder + "/copy.sqlite")
        for command in [["verify"], ["log", "--file"], ["show", "1", "--file"]] {
            let outcome = try await ProgramRun(["audit"] + command + [folder + "/copy.sqlite"])
            #expect(outcome.status == 0, "\(command): \(outcome.messages)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["copy.sqlite"])
        }
    }

    @Test func `details that are gone break a log`() async throws {
        let fixture = try await LogFixture(20)
        let copy = try fixture.copy()
        #expect(try await ProgramRun(shell: "sqlite3 \(copy) 'delete from entry_details where idx = 8'").status == 0)
        let outcome = try await ProgramRun(["audit", "verify", copy])
        #expect(outcome.status == 10)
        #expect(outcome.text.contains("warning: details of 1 entries are gone"))
        #expect(outcome.text.contains("BROKEN: the first bad index is 8"))
        let json = try JSONValue.parse(try await ProgramRun(["audit", "verify", copy, "--json"]).output)
        #expect(json["unexplained-erasures"] == 1)
        #expect(json["sound"] == false)
    }

    @Test func `an entry as JSON carries its proof`() async throws {
        let fixture = try await LogFixture(9)
        let verifier = fixture.store.verifier
        let outcome = try await ProgramRun(["audit", "show", "4", "--file", try fixture.copy(), "--json"])
        let json = try JSONValue.parse(outcome.output)
        let proof = try LogProof(parsing: Array(try #require(json["proof"]?.stringValue).utf8))
        let bytes = try #require(json["bytes"]?.stringValue.flatMap { Base64.decode($0) })
        try proof.verify(leafHash: MerkleTree.leafHash(bytes), verifier: verifier)
    }

    @Test func `a proof that cannot be written whole is not written at all`() async throws {
        let fixture = try await LogFixture(9)
        let copy = try fixture.copy()
        let prove = "entente audit prove 5 --file \(copy)"
        let folder = try TemporaryFolder()
        #expect(try await ProgramRun(shell: "\(prove) --out q && test -s q -a -s q.entry", in: folder.path).status == 0)
        let taken = try await ProgramRun(shell: "rm q.entry; \(prove) --out q", in: folder.path)
        #expect(taken.status == 1)
        #expect(!WholeFile.exists(folder.path + "/q.entry"))
        let half = try await ProgramRun(shell: "\(prove) --out p --entry none/e", in: folder.path)
        #expect(half.status == 1)
        #expect(!WholeFile.exists(folder.path + "/p"))
        #expect(!WholeFile.exists(folder.path + "/none"))
        let printed = try await ProgramRun(shell: "\(prove) --out - --entry e >p && test -s p -a -s e", in: folder.path)
        #expect(printed.status == 0, "\(printed.messages)")
        let swapped = try await ProgramRun(shell: "\(prove) --out r --entry - | cmp - e", in: folder.path)
        #expect(swapped.status == 0, "\(swapped.messages)")
        #expect(try await ProgramRun(shell: "\(prove) --entry -", in: folder.path).status == 64)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["e", "p", "q", "r"])
    }

    @Test func `output that is lost is a failure`() async throws {
        let fixture = try await LogFixture(3)
        let copy = try fixture.copy()
        for command in ["log --file \(copy)", "log --json --file \(copy)", "show 1 --file \(copy)", "verify \(copy)"] {
            for sink in [">/dev/full", ">&-"] {
                let outcome = try await ProgramRun(shell: "entente audit \(command) \(sink)")
                #expect(outcome.status == 1, "\(command) \(sink)")
                #expect(outcome.messages.contains("error: cannot write standard output: "))
            }
            let gone = try await ProgramRun(shell: "{ entente audit \(command); echo $? >&2; } | true")
            #expect(gone.messages.split(separator: "\n").last == "1", "\(gone.messages)")
            #expect(!gone.messages.contains("error:"))
        }
    }

    @Test func `what the list leaves out is shown by the command that it names`() async throws {
        let fixture = try await LogFixture(60)
        let copy = try fixture.copy()
        for options in ["--kind refusal --limit 3", "--limit=3 --after 5", "--kind refusal --limit 3 --reverse"] {
            let first = try await ProgramRun(shell: "entente audit log --file \(copy) \(options)")
            let more = try #require(first.messages.split(separator: "\n").last { $0.hasPrefix("there may be more: ") })
            let command = more.dropFirst("there may be more: ".count).replacing(", or --all", with: "")
            let second = try await ProgramRun(shell: String(command))
            #expect(second.status == 0, "\(command): \(second.messages)")
            #expect(indices(second).count == 3)
            #expect(Set(indices(second)).isDisjoint(with: indices(first)))
        }
    }

    @Test func `a log under another key than the pinned one is broken`() async throws {
        let fixture = try await LogFixture(5)
        let other = try NoteSigner(name: NoteKeyName("gbr.example/node/gbr-1"), key: .generate(.ed25519)).verifier
        try await fixture.listening {
            for command in [["verify"], ["show", "1"], ["prove", "1"]] {
                let arguments = ["audit"] + command + ["--socket", fixture.socket, "--vkey", other.verifierKey]
                let outcome = try await ProgramRun(arguments)
                #expect(outcome.status == 10, "\(command)")
            }
        }
        let copy = try fixture.copy()
        #expect(try await ProgramRun(["audit", "verify", copy, "--vkey", other.verifierKey]).status == 10)
    }

    @Test func `each kind of mistake has its status`() async throws {
        let fixture = try await LogFixture(2)
        let file = try TemporaryFolder().write("no database", to: "x")
        let copy = try fixture.copy()
        let cases: [([String], Int32)] = [
            (["audit", "log", "--kind", "nonsense"], 64), (["audit", "log", "--limit", "0"], 64),
            (["audit", "log", "--since", "yesterday"], 64), (["audit", "log", "--message", "1"], 64),
            (["audit", "show", "x"], 64), (["audit", "prove", "1", "--json", "--out", "x"], 64),
            (["audit", "verify", copy, "--vkey", "x", "--vkey-file", "y"], 64), (["trace", "x"], 64),
            (["audit", "log", "--all", "--limit", "2"], 64), (["audit", "log", "--after", "6", "--before", "3"], 64),
            (["audit", "log", "--since", "1h", "--until", "2h"], 64), (["audit", "log", "--after", "-1"], 64),
            (["audit", "log", "--file", copy, "--socket", "y"], 64), (["audit"], 64),
            (["trace", "019AAB12-7C3D-7E4F-8A5B-6C7D8E9F0A1B"], 64),
            (["audit", "verify", copy, "--vkey", "x"], 11),
            (["audit", "log", "--config", fixture.folder + "/none.yaml"], 11),
            (["status", "--config", fixture.folder + "/none.yaml"], 11),
            (["audit", "verify", fixture.folder + "/none.sqlite"], 1), (["audit", "log", "--file", file], 1),
            (["audit", "show", "2", "--file", copy], 1), (["audit", "prove", "2", "--file", copy], 1),
            (["status", "--socket", fixture.folder + "/none.sock"], 5), (["audit", "verify", "--socket", file], 5),
        ]
        for (arguments, status) in cases {
            let outcome = try await ProgramRun(arguments)
            #expect(outcome.status == status, "\(arguments): \(outcome.messages)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test func `a search in details says that some were erased`() async throws {
        let fixture = try await LogFixture(3)
        try await fixture.listening {
            func search(_ command: String, _ option: String) async throws -> String {
                try await ProgramRun(["audit", command, option, "SECRET", "--socket", fixture.socket]).messages
            }
            #expect(try await !search("log", "--label").contains("were erased"))
            let words = ["--authority", "Archives act", "--reason", "end of term"]
            let erased = try await ProgramRun(["audit", "erase", "--entries", "0", "--socket", fixture.socket] + words)
            #expect(erased.status == 0, "\(erased.messages)")
            for (command, option) in [("log", "--label"), ("log", "--grep"), ("stats", "--label")] {
                let messages = try await search(command, option)
                #expect(messages.contains("details of this log were erased, last by entry "), "\(command) \(messages)")
            }
            #expect(
                try await !ProgramRun(["audit", "log", "--socket", fixture.socket]).messages.contains("were erased")
            )
        }
    }
}
