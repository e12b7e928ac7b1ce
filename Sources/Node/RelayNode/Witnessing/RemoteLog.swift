import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import OpenSSLCrypto
import RelayTransport
import TransparencyLog

/// Another node's log, read over the wire API: what it gives out, and proofs made of its tiles.
///
/// Nothing is trusted: checkpoints are verified here, and what tiles are worth shows when a proof is verified.
struct RemoteLog: Sendable {
    /// The most tiles that are fetched for one look.
    static let tileLimit = 4096

    let client: WireClient<AuthenticatedPrincipal>
    let key: NoteVerifier

    /// The checkpoint that the node gives out, signed by its log.
    func checkpoint() async throws -> SignedCheckpoint {
        let signed = try SignedCheckpoint(parsing: try await get("/v1/log/checkpoint"))
        try signed.verify(by: key)
        return signed
    }

    /// What the proofs of one tree are made of; each tile is fetched once.
    func tiles(ofTreeOf size: UInt64) -> RemoteTiles {
        RemoteTiles(size: size) { try await get("/v1/log/\($0)") }
    }

    private func get(_ path: String) async throws -> [UInt8] {
        try await client.bytes(at: path)
    }
}

extension WireClient {
    /// The body of what is at the path.
    ///
    /// - Throws: ``RemoteLogError`` for any status but 200.
    func bytes(at path: String) async throws -> [UInt8] {
        let response = try await send(WireClientRequest(method: .get, path: path))
        guard response.status == .ok else {
            throw RemoteLogError("`\(path)` is answered with \(response.status.code) \(response.problem?.code ?? "")")
        }
        return response.bytes
    }
}

/// The tiles of a tree of one size, fetched as they are needed.
struct RemoteTiles {
    let size: UInt64
    let fetch: (TilePath) async throws -> [UInt8]
    private var known: [TileCoordinate: [SHA256Digest]] = [:]

    init(size: UInt64, fetch: @escaping (TilePath) async throws -> [UInt8]) {
        self.size = size
        self.fetch = fetch
    }

    private struct Missing: Error {
        let coordinate: TileCoordinate
    }

    /// What `body` makes of the tiles.
    mutating func read<Value>(_ body: (TileReader) throws -> Value) async throws -> Value {
        while true {
            do {
                let known = known
                return try body(
                    TileReader { coordinate in
                        guard let hashes = known[coordinate] else { throw Missing(coordinate: coordinate) }
                        return hashes
                    }
                )
            } catch let missing as Missing {
                let width = missing.coordinate.width(inTreeOfSize: size)
                guard width > 0, known.count < RemoteLog.tileLimit else {
                    throw RemoteLogError("the tree of \(size) entries has no tile `\(missing.coordinate)`")
                }
                known[missing.coordinate] = try TileBytes.decode(
                    try await fetch(TilePath(missing.coordinate, width: width))
                )
            }
        }
    }
}

/// Why another node's log cannot be read.
struct RemoteLogError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
