import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// What ends the alarm of a fork, what it leaves as it is, and what verification says of an acknowledgement of nothing.
@Suite struct ForkAcknowledgementTests {
    private let fixture: StoreFixture
    private let store: RelayStore
    private let log: NoteSigner

    init() throws {
        fixture = try StoreFixture()
        store = try fixture.open()
        log = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
    }

    private func checkpoint(_ size: UInt64, root: UInt8 = 1, by signer: NoteSigner? = nil) throws -> SignedCheckpoint {
        let signer = signer ?? log
        let checkpoint = Checkpoint(
            origin: try LogOrigin(signer.name.rawValue),
            head: TreeHead(size: size, root: .hash([root]))
        )
        return try SignedCheckpoint(signing: checkpoint, by: signer)
    }

    private var draft: AuditEntryDraft {
        get throws { AuditEntryDraft(.fork, .refused, realm: .live, peer: try .node("fra"), reasons: ["log-forked"]) }
    }

    /// Forks 1 and 2 of another log, in entries 0 and 1.
    private func keepTwo() async throws -> [ForkRecord] {
        for size in [9, 12] as [UInt64] {
            let fork = try Fork(first: checkpoint(size), second: checkpoint(size, root: 2), claim: .sameSize)
            #expect(try await store.record(fork, draft))
        }
        return try await store.forks()
    }

    private func acknowledge(_ number: Int64, in store: RelayStore? = nil) async throws -> UInt64 {
        try await (store ?? self.store).acknowledge(
            fork: number,
            authority: "incident 26/14",
            reason: "restored from an old copy",
            persons: [["uid": 1001]]
        )
    }

    @Test func `one fork is acknowledged, the other is not, and both keep their evidence, also after a restart`()
        async throws
    {
        let before = try await keepTwo()
        let index = try await acknowledge(1)
        let entry = try #require(try await store.entry(index: index)?.entry)
        #expect(entry.kind == .forkAcknowledgement && entry.outcome == .done)
        #expect(try entry.digest == .hash(before[0].fork.bytes) && entry.peer == .node("fra"))
        let after = try await store.forks()
        #expect(after.map(\.fork) == before.map(\.fork) && after.map(\.entryIndex) == [0, 1])
        #expect(after[1].acknowledgement == nil)
        let acknowledged = try #require(after[0].acknowledgement)
        #expect(acknowledged.index == index && acknowledged.time == fixture.clock.now)
        #expect(acknowledged.acknowledgement.authority == "incident 26/14")
        #expect(acknowledged.acknowledgement.persons == [["uid": 1001]])
        // The same contradiction is known; one of another checkpoint is news, and nobody has acknowledged it.
        #expect(try await !store.record(before[0].fork, draft))
        let third = try Fork(first: checkpoint(13), second: checkpoint(13, root: 3), claim: .sameSize)
        #expect(try await store.record(third, draft))
        #expect(try await store.forks().map { $0.acknowledgement?.index } == [index, nil, nil])
        try store.close()
        let again = try fixture.open()
        #expect(try await again.forks().map { $0.acknowledgement?.index } == [index, nil, nil])
        #expect(try await again.verifyLog().findings == [])
        try again.close()
        #expect(try LogCopy(path: fixture.databasePath).forks().map { $0.acknowledgement?.index } == [index, nil, nil])
    }

    @Test func `what cannot be acknowledged is refused, says why, and leaves no entry`() async throws {
        let none = try await #require(throws: StoreError.self) { try await acknowledge(1) }
        #expect("\(none)".contains("there is no evidence of any fork"), "\(none)")
        _ = try await keepTwo()
        let own = try Fork(
            first: checkpoint(3, by: fixture.signer),
            second: checkpoint(9, by: fixture.signer),
            claim: .rollback
        )
        try await store.record(own, draft)
        let index = try await acknowledge(2)
        let size = try await store.checkpoint().checkpoint.head.size
        for (number, words) in [
            (4, "there is no evidence 4 of a fork: expected one of 1, 2, 3"),
            (2, "fork 2 was acknowledged already, by entry \(index)"),
            (3, "fork 3 is of this node's own log, which takes on nothing more"),
        ] as [(Int64, String)] {
            let error = try await #require(throws: StoreError.self) { try await acknowledge(number) }
            #expect("\(error)".contains(words), "\(error)")
        }
        #expect(try await store.checkpoint().checkpoint.head.size == size)
    }

    /// A node that silences its alarms writes entries that say so; these are made by hand.
    @Test(arguments: ["nothing", "no fork", "itself", "twice", "other evidence", "own log", "malformed"])
    func `verification finds an acknowledgement that none could make, by the entries alone`(kind: String) async throws {
        let records = try await keepTwo()
        var details = ForkAcknowledgement(fork: 1, authority: "a", reason: "r", persons: []).json
        var digest = SHA256Digest.hash(records[1].fork.bytes)
        let words: String
        switch kind {
        case "nothing":
            details = ForkAcknowledgement(fork: 77, authority: "a", reason: "r", persons: []).json
            words = "entry 77, which it acknowledges, is no fork before it"
        case "no fork":
            _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
            details = ForkAcknowledgement(fork: 2, authority: "a", reason: "r", persons: []).json
            words = "entry 2, which it acknowledges, is no fork before it"
        case "itself":
            details = ForkAcknowledgement(fork: 2, authority: "a", reason: "r", persons: []).json
            words = "entry 2, which it acknowledges, is no fork before it"
        case "twice":
            let index = try await acknowledge(2)
            words = "entry \(index) has acknowledged the fork of entry 1 already"
        case "other evidence":
            digest = .hash(records[0].fork.bytes)
            words = "its digest is not that of the evidence that entry 1 names"
        case "own log":
            let own = try Fork(
                first: checkpoint(3, by: fixture.signer),
                second: checkpoint(9, by: fixture.signer),
                claim: .rollback
            )
            try await store.record(own, draft)
            (digest, details) = (
                .hash(own.bytes), ForkAcknowledgement(fork: 2, authority: "a", reason: "r", persons: []).json
            )
            words = "it acknowledges a fork of this log itself, which nothing makes good"
        default:
            details = ["authority": "a"]
            words = "expected which fork was acknowledged"
        }
        let middle = try await store.checkpoint()
        let bad = middle.checkpoint.head.size
        let draft = AuditEntryDraft(.forkAcknowledgement, .done, realm: .live, digest: digest, details: details)
        _ = try await store.append(draft)
        let report = try await store.verifyLog()
        #expect(report.findings.map(\.detail) == [words])
        #expect(report.findings.map(\.index) == [bad])
        #expect(try await store.verifyLog(since: middle).findings.map(\.detail) == [words])
        #expect(try await store.verifyLog(since: store.checkpoint()).isSound)
    }

    @Test func `an acknowledgement whose details are gone counts for nothing and is found`() async throws {
        _ = try await keepTwo()
        let index = try await acknowledge(1)
        try await store.pool.write { try $0.execute(sql: "DELETE FROM entry_details WHERE idx = \(index)") }
        #expect(try await store.forks().map { $0.acknowledgement?.index } == [nil, nil])
        #expect(try await store.verifyLog().findings.map(\.index) == [index])
    }

    @Test func `a key that has forked is never cosigned again, acknowledged or not, and another key of the log is`()
        async throws
    {
        let witness = try CosignatureSigner(name: NoteKeyName(fixture.node.log), key: .generate(.ed25519))
        let honest = AppendableLog(leaves: (0..<40).map { MerkleTree.leafHash([$0]) })
        func ask(from old: UInt64, to new: UInt64, by signer: NoteSigner) async throws -> WitnessDecision {
            let head = TreeHead(size: new, root: try honest.reader.root(size: new))
            let origin = try LogOrigin(signer.name.rawValue)
            let request = AddCheckpointRequest(
                oldSize: old,
                proof: try honest.reader.consistencyProof(from: old, to: new).path,
                signedCheckpoint: try SignedCheckpoint(signing: Checkpoint(origin: origin, head: head), by: signer)
            )
            let key = signer.verifier
            return try await store.witness(addCheckpoint: request.bytes, signer: witness) { _ in key }.decision
        }
        #expect(try await ask(from: 0, to: 20, by: log).status == 200)
        _ = try await keepTwo()
        for isAcknowledged in [false, true] {
            if isAcknowledged { _ = try await acknowledge(1) }
            let refused = try await ask(from: 20, to: 30, by: log)
            #expect(refused.status == 403, "\(refused)")
            #expect(String(decoding: refused.body, as: UTF8.self).contains("begin a new log under a new key"))
            // A log that has gone back still learns from its witness how far it was.
            #expect(try await ask(from: 0, to: 10, by: log).body == Array("20\n".utf8))
        }
        #expect(try await store.witnessed(log: log.verifier)?.checkpoint.head.size == 20)
        let successor = try NoteSigner(name: log.name, key: .generate(.ed25519))
        #expect(try await ask(from: 0, to: 5, by: successor).status == 200)
        #expect(try await ask(from: 5, to: 30, by: successor).status == 200)
    }
}
