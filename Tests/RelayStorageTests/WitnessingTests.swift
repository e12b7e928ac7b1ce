import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import OpenSSLCrypto
import Relaying
import Testing
import TransparencyLog

@testable import RelayStorage

/// What the store keeps as a witness, of witnesses, and against forks.
@Suite struct WitnessingTests {
    private let fixture: StoreFixture
    /// Another node's log, and its honest tree.
    private let log: NoteSigner
    private let honest: AppendableLog
    private let cosigner: CosignatureSigner

    init() throws {
        fixture = try StoreFixture()
        log = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
        honest = AppendableLog(leaves: (0..<600).map { MerkleTree.leafHash([UInt8(truncatingIfNeeded: $0), 1]) })
        cosigner = try CosignatureSigner(name: NoteKeyName(fixture.node.log), key: .generate(.ed25519))
    }

    private func request(from old: UInt64, to new: UInt64, of tree: AppendableLog? = nil) throws -> [UInt8] {
        let tree = tree ?? honest
        return AddCheckpointRequest(
            oldSize: old,
            proof: try tree.reader.consistencyProof(from: old, to: new).path,
            signedCheckpoint: try checkpoint(new, of: tree)
        ).bytes
    }

    private func checkpoint(_ size: UInt64, of tree: AppendableLog? = nil) throws -> SignedCheckpoint {
        let head = TreeHead(size: size, root: try (tree ?? honest).reader.root(size: size))
        return try SignedCheckpoint(
            signing: Checkpoint(origin: LogOrigin("fra.example/node/fra-hub"), head: head),
            by: log
        )
    }

    private func witness(_ store: RelayStore, _ bytes: [UInt8]) async throws -> WitnessOutcome {
        let key = log.verifier
        return try await store.witness(addCheckpoint: bytes, signer: cosigner) { origin in
            origin.rawValue == "fra.example/node/fra-hub" ? key : nil
        }
    }

    @Test func `of many requests that go on from one size a witness cosigns one`() async throws {
        let store = try fixture.open()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for size in 1...50 as ClosedRange<UInt64> {
                let bytes = try request(from: 0, to: size * 10)
                group.addTask { try await self.witness(store, bytes).decision.status }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [200: 1, 409: 49])
    }

    @Test func `what a witness has cosigned binds it though it ended before the answer was read`() async throws {
        var store = try fixture.open()
        _ = try await witness(store, request(from: 0, to: 300))
        try store.close()
        store = try fixture.open()
        let again = try await witness(store, request(from: 0, to: 200)).decision
        #expect(again.status == 409 && again.body == Array("300\n".utf8))
        let forged = AppendableLog(leaves: (0..<600).map { MerkleTree.leafHash([UInt8(truncatingIfNeeded: $0), 2]) })
        let fork = try await witness(store, request(from: 300, to: 300, of: forged))
        guard case .refused(.fork(let evidence)) = fork.decision else {
            Issue.record("\(fork.decision)")
            return
        }
        try evidence.verify(by: log.verifier)
        #expect(try await witness(store, request(from: 300, to: 400, of: forged)).decision.status == 422)
        #expect(try await witness(store, request(from: 300, to: 400)).decision.status == 200)
        #expect(try await store.witnessed(log: log.verifier) == checkpoint(400))
    }

    @Test(arguments: [
        "UPDATE witnessed_logs SET size = 299", "UPDATE witnessed_logs SET root = zeroblob(32)",
        "UPDATE witnessed_logs SET log = 'other', size = 301", "DELETE FROM witnessed_logs",
        "DELETE FROM stable_checkpoints", "DELETE FROM forks", "UPDATE forks SET claim = 'none'",
        "INSERT INTO stable_checkpoints (size, time, note, cosigners) VALUES (1, 0, x'00', '[]')",
    ])
    func `the schema itself lets a witness never go back, and no evidence go`(sql: String) async throws {
        let store = try fixture.open()
        _ = try await witness(store, request(from: 0, to: 300))
        _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
        try await store.makeStableCheckpoint()
        let fork = try Fork(first: checkpoint(10), second: checkpoint(20), claim: .rollback)
        try await store.record(fork, AuditEntryDraft(.fork, .refused, realm: .live))
        await #expect(throws: StoreError.self) {
            _ = try await store.writer.perform { try $0.database.execute(sql: sql) }
        }
    }

    @Test func `a stable checkpoint is made when the log has grown, and is the same for everybody`() async throws {
        let store = try fixture.open()
        #expect(try await store.makeStableCheckpoint() == nil)
        try await store.appendMany(30, AuditEntryDraft(.start, .done, realm: .live))
        let first = try #require(try await store.makeStableCheckpoint())
        #expect(first.head.size == 30)
        #expect(try first.signed.verify(by: fixture.signer.verifier) == first.signed.checkpoint)
        fixture.clock.advance(milliseconds: 60_000)
        #expect(try await store.makeStableCheckpoint() == first)
        _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
        #expect(try await store.stableCheckpoint() == first)
        #expect(try await store.makeStableCheckpoint()?.head.size == 31)
    }

    @Test func `a receipt is proven under the first checkpoint that a quorum has cosigned`() async throws {
        let store = try fixture.open()
        let witnesses = try (1...2).map {
            try CosignatureSigner(name: NoteKeyName("w\($0).example/node/w"), key: .generate(.ed25519))
        }
        for _ in 0..<3 {
            _ = try await store.append(AuditEntryDraft(.start, .done, realm: .live))
            try await store.makeStableCheckpoint()
        }
        let stable = try #require(try await store.stableCheckpoint())
        let now = UInt64(fixture.clock.now.secondsSinceEpoch)
        func cosign(_ number: Int, as verifier: CosignatureVerifier? = nil, at time: UInt64? = nil) async throws -> Bool
        {
            let line = try witnesses[number].cosign(stable.signed.checkpoint, at: time ?? now)
            return try await store.add(
                AddCheckpointResponse(signatures: [line]),
                by: verifier ?? witnesses[number].verifier,
                toStableCheckpointOf: 3
            ) { $0.note.signatures.count == 3 }
        }
        #expect(try await store.link(index: 0)?.proof.signedCheckpoint.note.signatures.count == 1)
        // A line of one witness in the name of another adds nothing.
        await #expect(throws: StoreError.self) { try await cosign(0, as: witnesses[1].verifier) }
        // A tree is dated by its witnesses: none of them may do so from far away.
        for time in [0, now - 3600, now + 3600, UInt64(Int64.max)] {
            await #expect(throws: StoreError.self, "\(time)") { try await cosign(0, at: time) }
        }
        #expect(try await cosign(0))
        #expect(try await !cosign(0))
        #expect(try await store.stableCheckpoint()?.witnessed == nil)
        #expect(try await cosign(1))
        let witnessed = try #require(try await store.stableCheckpoint(covering: 0))
        #expect(witnessed.head.size == 3 && witnessed.cosigners == witnesses.map(\.verifier.name.rawValue))
        #expect(witnessed.witnessed != nil)
        #expect(try await store.lastWitnessedSize() == 3)
        #expect(try await store.lastSize(cosignedBy: witnesses[0].verifier) == 3)
        let link = try #require(try await store.link(index: 0))
        try link.verify(by: fixture.signer.verifier)
        for witness in witnesses { try witness.verifier.verify(link.proof.signedCheckpoint) }
        // The receipt that was answered stays what it was.
        #expect(try await store.receipt(index: 0)?.proof.signedCheckpoint.checkpoint.head.size == 1)
        try store.close()
        #expect(
            try LogCopy(path: fixture.databasePath).link(index: 1)?.proof.signedCheckpoint.note.signatures.count == 3
        )
        #expect(try fixture.verify().isSound)
    }

    @Test func `evidence is kept once for each checkpoint that it contradicts, with its entry`() async throws {
        let store = try fixture.open()
        let draft = AuditEntryDraft(.fork, .refused, realm: .live, reasons: ["log-rolled-back"])
        for size in [10, 11, 12] as [UInt64] {
            let fork = try Fork(first: checkpoint(size), second: checkpoint(20), claim: .rollback)
            #expect(try await store.record(fork, draft) == (size == 10))
        }
        let record = try #require(try await store.forks().first)
        #expect(try await store.forks().count == 1)
        let entry = try #require(try await store.entry(index: record.entryIndex)?.entry)
        #expect(entry.kind == .fork && entry.digest == .hash(record.fork.bytes))
        try record.fork.verify(by: log.verifier)
        await #expect(throws: StoreError.self) {
            let fork = try Fork(first: checkpoint(10), second: checkpoint(30), claim: .rollback)
            try await store.record(fork, AuditEntryDraft(.start, .done, realm: .live))
        }
    }
}

/// A tree of leaves, read through its tiles.
struct AppendableLog: Sendable {
    private let tiles: [TileCoordinate: [SHA256Digest]]

    init(leaves: [SHA256Digest]) {
        var tree = AppendableTree()
        tree.append(leaves)
        tiles = Dictionary(tree.takeChangedTiles().map { ($0.0, $0.1) }) { $1 }
    }

    var reader: TileReader { TileReader { [tiles] in tiles[$0] ?? [] } }
}
