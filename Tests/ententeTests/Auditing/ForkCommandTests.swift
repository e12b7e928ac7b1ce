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
}
