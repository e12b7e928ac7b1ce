import CanonicalEncoding
import CoalitionDirectory
import Foundation
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import SecurityLabels
import Synchronization
import Testing
import TransparencyLog

@testable import RelayStorage

/// A clock that a test turns.
final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_795_348_800_000)

    var now: Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds.withLock { $0 }) }

    func advance(milliseconds step: Int64) { milliseconds.withLock { $0 += step } }
}

/// A data folder that goes with the test, and the identity and key of the node that it belongs to.
final class StoreFixture: Sendable {
    let folder: String
    let node: NodeIdentity
    let signer: NoteSigner
    let clock = TestClock()

    convenience init() throws {
        try self.init(identity: Self.identity("gbr-1"))
    }

    init(identity: NodeIdentity) throws {
        folder = NSTemporaryDirectory() + "entente-store-\(UUID().uuidString)"
        node = identity
        signer = try NoteSigner(name: NoteKeyName(node.log), key: .generate(.ed25519))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var databasePath: String { folder + "/entente.sqlite" }

    func open() throws -> RelayStore {
        let clock = clock
        return try RelayStore(folder: folder, node: node, signer: signer) { clock.now }
    }

    /// Verifies the closed database as someone would who holds the log's public key.
    func verify(_ path: String? = nil) throws -> LogReport {
        try LogVerification(origin: node.log, verifier: signer.verifier).run(path: path ?? databasePath)
    }

    static func identity(_ name: String) throws -> NodeIdentity {
        try NodeIdentity(
            partner: PartnerCode("GBR"),
            id: SPIFFEID("spiffe://gbr.example/node/\(name)"),
            realm: .live
        )
    }
}

/// A writable connection to a closed database, with triggers and checks out of the way, as someone has who tampers with
/// the file and leaves no trace in the schema.
func tamper(_ path: String, _ change: (Database) throws -> Void) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.write { database in
        try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
        let triggers = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(try trigger.text(0))") }
        try change(database)
        for trigger in triggers { try database.execute(sql: try trigger.text(1)) }
    }
    try queue.close()
}

extension SPIFFEID {
    static func node(_ partner: String) throws -> SPIFFEID {
        try SPIFFEID("spiffe://\(partner).example/node/\(partner)-1")
    }
}

extension TransferLink {
    /// Proves the link by the log's key alone.
    func verify(by verifier: NoteVerifier) throws {
        try proof.verify(leafHash: MerkleTree.leafHash(entryBytes), verifier: verifier)
        #expect(proof.index == entry.index)
    }
}

extension RelayStore {
    /// Appends the draft many times, all at once so that few commits take them.
    @discardableResult
    func appendMany(_ count: Int, _ draft: AuditEntryDraft) async throws -> [TransferLink] {
        try await withThrowingTaskGroup(of: TransferLink.self) { group in
            for _ in 0..<count { group.addTask { try await self.append(draft) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
