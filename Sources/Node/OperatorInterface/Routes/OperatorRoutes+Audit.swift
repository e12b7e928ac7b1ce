import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import OpenSSLCrypto
import RelayStorage
import Relaying
import Synchronization
import TransparencyLog

extension OperatorRoutes {
    /// `GET /v1/audit/entries`: a page of the log.
    func entries(_ query: QueryFields) async throws -> Response {
        let filter = try EntryFilter(query)
        let page = try await store.page(filter)
        var members: [String: JSONValue] = ["entries": .array(page.entries.map { .object($0.members) })]
        members["next"] = page.next.map { .integer(Int64(clamping: $0)) }
        return Response(json: .object(members))
    }

    /// `GET /v1/audit/entries/{index}`: one entry with its details, or the word that they are erased.
    func entry(_ parameters: Parameters) async throws -> Response {
        let index = try index(parameters)
        guard let entry = try await store.entry(index: index) else { throw try await noSuchEntry(index) }
        return Response(json: .object(entry.members))
    }

    /// `GET /v1/audit/entries/{index}/proof`: the entry's bytes and the proof that the log holds them.
    func proof(_ parameters: Parameters) async throws -> Response {
        let index = try index(parameters)
        guard let link = try await store.link(index: index) else { throw try await noSuchEntry(index) }
        return Response(json: link.json)
    }

    /// `GET /v1/audit/checkpoint`: the last signed checkpoint, and the key that verifies it.
    func checkpoint() async throws -> Response {
        let signed = try await store.checkpoint()
        return Response(
            json: [
                "checkpoint": .string(String(decoding: signed.bytes, as: UTF8.self)),
                "log-key": .string(store.verifier.verifierKey),
                "root": .string(signed.checkpoint.head.root.hex),
                "size": .integer(Int64(clamping: signed.checkpoint.head.size)),
            ]
        )
    }

    /// `POST /v1/audit/verify`: verifies the whole log as of the last commit, or what came after the checkpoint in
    /// `since`; one at a time.
    func verify(_ request: Request) async throws -> Response {
        let since = try await checkpoint(in: request)
        let isFree = isVerifying.withLock { isVerifying in
            defer { isVerifying = true }
            return !isVerifying
        }
        guard isFree else { throw OperatorProblem.busy }
        defer { isVerifying.withLock { $0 = false } }
        var members = try await store.verifyLog(since: since).members
        members["log-key"] = .string(store.verifier.verifierKey)
        members["forks"] = .array(try await store.forks().map(\.json))
        return Response(json: .object(members))
    }

    /// The checkpoint to begin from: of this log and by its key; nil when the body is empty.
    private func checkpoint(in request: Request) async throws -> SignedCheckpoint? {
        let bytes = Array(buffer: try await request.body.collect(upTo: 1 << 20))
        guard !bytes.isEmpty else { return nil }
        do {
            guard let note = try JSONValue.parse(bytes)["since"]?.stringValue else {
                throw OperatorProblem.malformed("expected a member `since` with a signed checkpoint")
            }
            let signed = try SignedCheckpoint(parsing: Array(note.utf8))
            try signed.verify(by: store.verifier)
            return signed
        } catch let problem as OperatorProblem {
            throw problem
        } catch {
            throw OperatorProblem.malformed("\(error)")
        }
    }

    private func index(_ parameters: Parameters) throws(OperatorProblem) -> UInt64 {
        let text = parameters.get("index") ?? ""
        guard let index = UInt64(text), String(index) == text else {
            throw .malformed("expected the index of an entry, a number from 0, got `\(text)`")
        }
        return index
    }

    private func noSuchEntry(_ index: UInt64) async throws -> OperatorProblem {
        .noSuchEntry(index, size: try await store.checkpoint().checkpoint.head.size)
    }
}
