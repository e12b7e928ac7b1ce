import CanonicalEncoding
import CoalitionDirectory
import Foundation
import Logging
import MessageEnvelope
import OpenSSLCrypto
import OperatorInterface
import RelayStorage
import Relaying
import Testing
import TransparencyLog

/// A node's log in a folder of its own, with its operators' socket.
final class LogFixture: Sendable {
    static let time = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000)

    let folder: String
    let store: RelayStore

    /// A log of `count` refusals.
    init(_ count: Int) async throws {
        folder = NSTemporaryDirectory() + "entente-log-\(UUID().uuidString.prefix(8))"
        let node = try NodeIdentity(
            partner: PartnerCode("GBR"),
            id: SPIFFEID("spiffe://gbr.example/node/gbr-1"),
            realm: .live
        )
        store = try RelayStore(
            folder: folder,
            node: node,
            signer: NoteSigner(name: NoteKeyName(node.log), key: .generate(.ed25519)),
            clock: { Self.time }
        )
        for number in 0..<count {
            _ = try await store.append(
                AuditEntryDraft(
                    .refusal,
                    .refused,
                    realm: .live,
                    peer: try SPIFFEID("spiffe://fra.example/node/fra-hub"),
                    reasons: ["malformed-envelope"],
                    details: ["number": .integer(Int64(number))]
                )
            )
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var socket: String { folder + "/operator.sock" }
    var key: String { store.verifier.verifierKey }

    /// Closes the store and gives the path of a copy of its database.
    func copy() throws -> String {
        try store.close()
        let copy = folder + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: folder + "/entente.sqlite", toPath: copy)
        return copy
    }

    /// A copy in which one byte of the entry at `index` is another.
    func tamperedCopy(_ index: UInt64) async throws -> String {
        let entry = try #require(await store.entry(index: index))
        let path = try copy()
        var bytes = try Data(contentsOf: URL(filePath: path))
        let place = try #require(bytes.range(of: Data(entry.bytes)))
        // The first digit of the nonce: the entry stays an entry.
        let nonce = try #require(bytes.range(of: Data(#""nonce":""#.utf8), in: place)).upperBound
        bytes[nonce] = bytes[nonce] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        try bytes.write(to: URL(filePath: path))
        return path
    }

    /// Runs `body` while the operators' socket answers.
    func listening(_ body: @Sendable () async throws -> Void) async throws {
        let server = OperatorServer(
            socketPath: socket,
            store: store,
            describe: { NodeDescription(policy: .hash([1]), directory: .hash([2])) },
            reload: { _ in .unchanged },
            policies: OperatorPolicies(
                activate: { _, _, _ in throw UnfitPolicy("no policy is activated here") },
                rollBack: { _, _ in throw UnfitPolicy("no policy is rolled back here") }
            ),
            erasures: OperatorErasures(persons: { 1 }, erase: { try await self.store.erase($0) }),
            acknowledged: {},
            clock: { Self.time },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let (listening, ready) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { ready.finish() }
                try await server.run { ready.yield() }
            }
            for await _ in listening { break }
            do {
                try await body()
            } catch {
                tasks.cancelAll()
                throw error
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
    }
}
