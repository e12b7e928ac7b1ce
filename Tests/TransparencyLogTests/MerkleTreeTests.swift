import CanonicalEncoding
import OpenSSLCrypto
import Testing

@testable import TransparencyLog

/// The vectors of the Certificate Transparency reference implementation (google/certificate-transparency,
/// `cpp/merkletree/merkle_tree_test.cc`, Apache License 2.0), which its successors share: eight leaves and the roots,
/// audit paths and consistency proofs over them.
enum CertificateTransparencyVectors {
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    struct Vector: Sendable, CustomStringConvertible {
        let first: UInt64
        let size: UInt64
        let path: [String]
        var description: String { "\(first) in \(size)" }
    }

    static let audits = [
        Vector(first: 0, size: 1, path: []),
        Vector(
            first: 0,
            size: 8,
            path: [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        Vector(
            first: 5,
            size: 8,
            path: [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        Vector(
            first: 2,
            size: 3,
            path: ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]
        ),
        Vector(
            first: 1,
            size: 5,
            path: [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
    ]

    static let consistency = [
        Vector(first: 1, size: 1, path: []),
        Vector(
            first: 1,
            size: 8,
            path: [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        ),
        Vector(
            first: 6,
            size: 8,
            path: [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
        Vector(
            first: 2,
            size: 5,
            path: [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ]
        ),
        Vector(
            first: 6,
            size: 7,
            path: [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        ),
    ]

    static func leafHashes() throws -> [SHA256Digest] {
        try leaves.map { MerkleTree.leafHash(try #require(Hex.decode($0))) }
    }

    static func root(_ size: UInt64) throws -> SHA256Digest {
        try #require(Hex.decode(roots[Int(size)]).flatMap { SHA256Digest($0) })
    }
}

@Suite struct `The tree of the reference vectors` {
    typealias Vectors = CertificateTransparencyVectors

    private func reader() throws -> TileReader {
        var tree = AppendableTree()
        tree.append(try Vectors.leafHashes())
        let store = TileStore()
        store.store(tree.takeChangedTiles())
        return store.reader
    }

    @Test func `has the known root at every size`() throws {
        let reader = try reader()
        for (size, root) in Vectors.roots.enumerated() {
            var tree = AppendableTree()
            tree.append(Array(try Vectors.leafHashes().prefix(size)))
            #expect(tree.head.root.hex == root)
            #expect(try reader.root(size: UInt64(size)).hex == root)
        }
    }

    @Test(arguments: Vectors.audits)
    func `has the known audit paths, which verify`(vector: Vectors.Vector) throws {
        let proof = try reader().inclusionProof(index: vector.first, size: vector.size)
        #expect(proof.path.map(\.hex) == vector.path)
        try proof.verify(leaf: try Vectors.leafHashes()[Int(vector.first)], root: try Vectors.root(vector.size))
    }

    @Test(arguments: Vectors.consistency)
    func `has the known consistency proofs, which verify`(vector: Vectors.Vector) throws {
        let proof = try reader().consistencyProof(from: vector.first, to: vector.size)
        #expect(proof.path.map(\.hex) == vector.path)
        try proof.verify(oldRoot: try Vectors.root(vector.first), newRoot: try Vectors.root(vector.size))
    }
}

@Suite struct `The Merkle tree` {
    @Test(
        arguments: [(2, 1), (3, 2), (4, 2), (5, 4), (256, 128), (257, 256), (UInt64.max, 1 << 63)] as [(UInt64, UInt64)]
    )
    func `splits at the largest power of two below its size`(size: UInt64, left: UInt64) {
        #expect(MerkleTree.split(size) == left)
    }

    @Test func `hashes leaves and nodes under different prefixes`() {
        let node = MerkleTree.nodeHash(MerkleTree.emptyRoot, MerkleTree.emptyRoot)
        let pair = MerkleTree.emptyRoot.bytes + MerkleTree.emptyRoot.bytes
        #expect(node == SHA256Digest.hash([0x01] + pair))
        #expect(MerkleTree.leafHash(pair) == SHA256Digest.hash([0x00] + pair))
    }
}
