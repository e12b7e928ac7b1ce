import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import RelayStorage
import Relaying
import Testing
import TransparencyLog

@testable import entente

/// What `entente audit` says of logs that have forked, as the built binary.
@Suite(.timeLimit(.minutes(10))) struct ForkCommandTests {
    private let log: NoteSigner

    init() throws {
        log = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
    }

    private func checkpoint(_ size: UInt64, root: UInt8 = 1) throws -> SignedCheckpoint {
        let head = TreeHead(size: size, root: .hash([root]))
        return try SignedCheckpoint(
            signing: Checkpoint(origin: LogOrigin("fra.example/node/fra-hub"), head: head),
            by: log
        )
    }

    private func fixture() async throws -> LogFixture {
        let fixture = try await LogFixture(3)
        for fork in [
            try Fork(first: checkpoint(9), second: checkpoint(9, root: 2), claim: .sameSize),
            try Fork(first: checkpoint(5), second: checkpoint(9), claim: .rollback),
        ] {
            let draft = AuditEntryDraft(.fork, .refused, realm: .live, reasons: ["log-forked"])
            try await fixture.store.record(fork, draft)
        }
        return fixture
    }

    @Test func `evidence is listed, written out, and holds with nothing but the key`() async throws {
        let fixture = try await fixture()
        let file = fixture.folder + "/fork.json"
        let vkey = log.verifier.verifierKey
        try await fixture.listening {
            let list = try await ProgramRun(["audit", "forks", "--socket", fixture.socket])
            #expect(list.status == 0, "\(list.messages)")
            #expect(list.text.contains("same-size") && list.text.contains("rollback"))
            let ambiguous = try await ProgramRun(["audit", "forks", "--socket", fixture.socket, "--export", file])
            #expect(ambiguous.status == 1 && ambiguous.messages.contains("--number"))
            let options = ["--number", "1", "--export", file]
            let export = try await ProgramRun(["audit", "forks", "--socket", fixture.socket] + options)
            #expect(export.status == 0, "\(export.messages)")
        }
        let check = try await ProgramRun(["audit", "forks", "--check", file, "--vkey", vkey])
        #expect(check.status == 0 && check.text.hasPrefix("the evidence holds: "), "\(check.messages)")
        #expect(check.messages.contains("convicts the log by itself"))
        let otherKey = try await ProgramRun(["audit", "forks", "--check", file, "--vkey", fixture.key])
        #expect(otherKey.status == 1)
        let keyless = try await ProgramRun(["audit", "forks", "--check", file])
        #expect(keyless.status == 11)
        // One character of a root, and it is no evidence any more.
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let root = try Base64.encode(checkpoint(9).checkpoint.head.root.bytes)
        let altered = text.replacing(root, with: (root.hasPrefix("A") ? "B" : "A") + root.dropFirst())
        try altered.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await ProgramRun(["audit", "forks", "--check", file, "--vkey", vkey]).status == 1)
    }

    @Test func `a log that holds evidence of a fork verifies with status 10, on a node and in a copy`() async throws {
        let fixture = try await fixture()
        try await fixture.listening {
            let live = try await ProgramRun(["audit", "verify", "--socket", fixture.socket])
            #expect(live.status == 10 && live.messages.contains("`fra.example/node/fra-hub`"), "\(live.messages)")
            #expect(live.text.contains("sound: nothing differs"))
        }
        let copy = try await ProgramRun(["audit", "verify", try fixture.copy(), "--json"])
        #expect(copy.status == 10)
        let json = try JSONValue.parse(Array(copy.text.utf8))
        #expect(json["sound"] == true && json["forks"]?.arrayValue?.count == 2)
    }

    @Test func `what is acknowledged ends the status 10, fork by fork, and is listed and exported as before`()
        async throws
    {
        let fixture = try await fixture()
        let file = fixture.folder + "/fork.json"
        let socket = ["--socket", fixture.socket]
        try await fixture.listening {
            func acknowledge(_ number: Int, _ reason: String = "restored from an old copy") async throws -> ProgramRun {
                let words = ["--authority", "incident 26/14", "--reason", reason]
                return try await ProgramRun(["audit", "acknowledge-fork", "\(number)"] + words + socket)
            }
            let unknown = try await acknowledge(3)
            #expect(unknown.messages.contains("there is no evidence 3 of a fork: expected one of 1, 2"))
            let empty = try await acknowledge(1, "")
            #expect(empty.status == 64 && empty.messages.contains("1 to 500 characters, got 0"), "\(empty)")
            let first = try await acknowledge(1)
            #expect(first.status == 0 && first.text == "fork 1 is acknowledged; entry 5 records it\n", "\(first)")
            let again = try await acknowledge(1)
            #expect(again.status == 1 && again.messages.contains("was acknowledged already, by entry 5"), "\(again)")
            #expect(again.messages.contains("(order-refused)\nnext: change what is asked for"), "\(again)")
            let half = try await ProgramRun(["audit", "verify"] + socket)
            #expect(half.status == 10 && half.text.contains("; acknowledged by entry 5"), "\(half)")
            #expect(try await acknowledge(2).status == 0)
            #expect(try await ProgramRun(["audit", "verify"] + socket).status == 0)
            let list = try await ProgramRun(["audit", "forks"] + socket)
            #expect(list.text.split(separator: "\n").map { $0.split(separator: "\t").last } == ["entry 5", "entry 6"])
            let json = try JSONValue.parse(
                Array(try await ProgramRun(["audit", "forks", "--json"] + socket).text.utf8)
            )
            let acknowledged = json["forks"]?.arrayValue?.first?["acknowledged"]
            #expect(acknowledged?["reason"] == "restored from an old copy" && acknowledged?["entry"] == 5)
            #expect(try await ProgramRun(["audit", "forks", "--number", "1", "--export", file] + socket).status == 0)
        }
        let check = try await ProgramRun(["audit", "forks", "--check", file, "--vkey", log.verifier.verifierKey])
        #expect(check.status == 0, "\(check.messages)")
        let copy = try await ProgramRun(["audit", "verify", try fixture.copy()])
        #expect(copy.status == 0 && copy.text.contains("; acknowledged by entry 6"), "\(copy)")
    }
}
