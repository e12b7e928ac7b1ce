import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// What the answer to a submission proves.
@Suite struct ReceiptTests {
    @Test(.timeLimit(.minutes(10)))
    func `every entry in the answer is the release to one node, numbered and proven`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let gbr = try coalition.nodeID("GBR")
        let policy = try coalition.node("GBR").state.view.policy.hash
        var sequences: [SPIFFEID: [UInt64]] = [:]
        for _ in 0..<3 {
            let envelope = try coalition.seal(
                from: "GBR/maritime-desk",
                to: ["FRA/cni", "GBR/j2-fusion", "JPN/maritime-ops"],
                marking: "GBR SECRET//REL TO FRA, JPN//MARITIME//SITREP"
            )
            let response = try await coalition.submit(envelope)
            #expect(response.status == .created, "\(String(buffer: response.body))")
            let links = try response.links
            #expect(links.map(\.entry.kind) == [.acceptance, .release, .release])
            for link in links {
                try link.verify(log: gbr, in: coalition.fixture.directory)
                let entry = link.entry
                #expect(entry.outcome == .allowed && entry.realm == .live && entry.object == .message)
                #expect(entry.message == (try envelope.id))
                #expect(entry.digest == envelope.digest && entry.envelope == envelope.digest)
                #expect(entry.policy == policy)
                #expect(entry.directory == coalition.fixture.directory.stateHash)
                // The whole answer stands under one checkpoint: that of its commit.
                #expect(link.proof.signedCheckpoint == links[0].proof.signedCheckpoint)
            }
            let releases = links.dropFirst().map(\.entry)
            let (fra, jpn) = (try coalition.nodeID("FRA"), try coalition.nodeID("JPN"))
            #expect(releases.map(\.destination) == [fra, jpn])
            #expect(releases.map(\.nextHop) == [fra, fra])
            for release in releases {
                let destination = try #require(release.destination)
                sequences[destination, default: []].append(try #require(release.sequence))
            }
            #expect(links[0].entry.sequence == nil)
        }
        #expect(sequences.count == 2)
        for numbers in sequences.values { #expect(numbers == [1, 2, 3]) }
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `submissions at once are numbered without gaps`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let gbr = try coalition.nodeID("GBR")
        let client = try coalition.connect(as: "GBR/j2-fusion")
        let envelopes = try (0..<40).map { _ in
            try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
        }
        let links = try await withThrowingTaskGroup(of: [TransferLink].self) { group in
            for envelope in envelopes {
                group.addTask { try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes).links }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for link in links { try link.verify(log: gbr, in: coalition.fixture.directory) }
        #expect(links.compactMap(\.entry.sequence).sorted() == Array(1...40))
        #expect(Set(links.compactMap(\.entry.message)).count == 40)
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the log that is served holds what the receipts prove`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let link = try #require(try await coalition.submit(envelope).links.first)
        let partner = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        _ = try await coalition.cosigned("GBR", index: link.entry.index, by: [])
        let record = try #require(coalition.fixture.directory.node(try coalition.nodeID("GBR")))
        let verifier = try NoteVerifier(verifierKey: record.log.text)
        let checkpoint = try SignedCheckpoint(parsing: try await partner.get("/v1/log/checkpoint").bytes)
            .verify(by: verifier)
        let width = Int(checkpoint.head.size)
        let answer = try await partner.get("/v1/log/tile/0/000.p/\(width)")
        #expect(answer.headers[.cacheControl] == "private, max-age=604800, immutable")
        let tile = answer.bytes
        #expect(try await partner.get("/v1/log/checkpoint").headers[.cacheControl] == "no-cache")
        let head = try await partner.send(WireClientRequest(method: .head, path: "/v1/log/tile/0/000.p/\(width)"))
        #expect(head.status == .ok && head.bytes.isEmpty && head.headers[.contentLength] == "\(32 * width)")
        #expect(tile.count == 32 * width)
        let start = 32 * Int(link.entry.index)
        #expect(Array(tile[start..<start + 32]) == MerkleTree.leafHash(link.entryBytes).bytes)
        var tree = AppendableTree()
        tree.append(
            try stride(from: 0, to: tile.count, by: 32).map { try #require(SHA256Digest(tile[$0..<$0 + 32])) }
        )
        #expect(tree.head == checkpoint.head)
        // The entries themselves are for those whom they are addressed to.
        expectProblem(try await partner.get("/v1/log/tile/entries/000"), 404, "no-such-tile")
        await partner.close()
        try await coalition.stopAll()
    }
}
