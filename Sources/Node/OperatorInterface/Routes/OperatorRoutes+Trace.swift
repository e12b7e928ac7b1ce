import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

extension OperatorRoutes {
    /// `GET /v1/messages/{id}/trace`: everything that this node knows about a message.
    func trace(_ parameters: Parameters) async throws -> Response {
        let id = try messageID(parameters)
        let trace = try await store.trace(id)
        guard !trace.entries.isEmpty || !trace.messages.isEmpty else { throw OperatorProblem.noSuchMessage(id) }
        var entries: [JSONValue] = []
        for entry in trace.entries {
            var members = entry.members
            let proof = try await proofState(of: entry).objectValue ?? [:]
            members["proof"] = .object(proof.merging(try await witnessing(of: entry)) { $1 })
            entries.append(.object(members))
        }
        let nextHops = Set(trace.messages.flatMap(\.transfers).map(\.item.nextHop))
        return Response(
            json: [
                "message": .string(id.description),
                "time": .string(clock().rfc3339),
                "entries": .array(entries),
                "messages": .array(trace.messages.map(\.json)),
                "links": .array(describe().links.filter { nextHops.contains($0.nextHop) }.map(\.json)),
            ]
        )
    }

    /// What this log's witnesses have said of the tree that holds the entry.
    private func witnessing(of entry: StoredEntry) async throws -> [String: JSONValue] {
        guard let witnessing = describe().witnessing else { return [:] }
        let stable = try await store.stableCheckpoint(covering: entry.index)
        let state = witnessing.isBroken ? "forked" : stable?.witnessed == nil ? "provisional" : "witnessed"
        return [
            "witnessing": .string(state),
            "cosigners": .array((stable?.cosigners ?? []).map { .string($0) }),
            "quorum": .integer(Int64(witnessing.quorum)),
        ]
    }

    /// Whether the log holds the entry, proven now under the last checkpoint and the log's own key.
    private func proofState(of entry: StoredEntry) async throws -> JSONValue {
        let link: TransferLink?
        do {
            link = try await store.link(index: entry.index)
        } catch .damaged(let detail) {
            return ["state": "broken", "detail": .string(detail)]
        }
        guard let link else { return ["state": "broken", "detail": "no checkpoint covers the entry"] }
        do {
            let checkpoint = try link.proof.verify(
                leafHash: MerkleTree.leafHash(entry.bytes),
                verifier: store.verifier
            )
            return ["state": "proven", "size": .integer(Int64(clamping: checkpoint.head.size))]
        } catch {
            return ["state": "broken", "detail": .string("\(error)")]
        }
    }
}
