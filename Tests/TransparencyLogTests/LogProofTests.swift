import CanonicalEncoding
import OpenSSLCrypto
import Testing
import TransparencyLog

@Suite struct `A log proof` {
    private let leaves = leafHashes(300)

    private func signer(_ name: String = "gbr.example/node/gbr-1") throws -> NoteSigner {
        try NoteSigner(name: NoteKeyName(name), key: ed25519Key(seed: [UInt8](repeating: 7, count: 32)))
    }

    private func proof(index: UInt64, size: UInt64, extra: [UInt8]? = nil) throws -> LogProof {
        let reader = TileStore(leaves: leaves).reader
        let head = TreeHead(size: size, root: try reader.root(size: size))
        let checkpoint = Checkpoint(origin: try LogOrigin("gbr.example/node/gbr-1"), head: head)
        return LogProof(
            extra: extra,
            index: index,
            path: try reader.inclusionProof(index: index, size: size).path,
            signedCheckpoint: try SignedCheckpoint(signing: checkpoint, by: try signer())
        )
    }

    @Test(arguments: [(0, 1), (0, 2), (2, 3), (41, 300), (255, 256), (299, 300)] as [(UInt64, UInt64)])
    func `parses, prints again and verifies`(index: UInt64, size: UInt64) throws {
        for extra in [nil, [0x00], bytes("some context")] as [[UInt8]?] {
            let proof = try proof(index: index, size: size, extra: extra)
            let parsed = try LogProof(parsing: proof.bytes)
            #expect(parsed == proof)
            #expect(parsed.bytes == proof.bytes)
            #expect(parsed.extra == extra)
            let checkpoint = try parsed.verify(leafHash: leaves[Int(index)], verifier: try signer().verifier)
            #expect(checkpoint.head.size == size)
        }
    }

    @Test func `has the form of the specification`() throws {
        // Made here, and checked apart from this code with other tools: SHA-256 of the leaves 0, 1 and 2, and
        // `openssl pkeyutl -verify -rawin` for the signature. The private key is that of the seed of 32 bytes 0x07.
        let text = """
            c2sp.org/tlog-proof@v1
            extra Y29udGV4dA==
            index 1
            PnB3/S9m1ongzuanz1s3vy3KfJea81bQoxy8XIVgXH0=
            O3ruPn8+eRMnPZ54YOA4hJcoLtNOrJQ8j5I9Bz13TLM=

            gbr.example/node/gbr-1
            3
            YLyuf4eBC1rze7YO67DpreoBXyzkGnrISFLEv8h9iSA=

            \u{2014} gbr.example/node/gbr-1 UeuDT+yGIfuQyMXpnosCc7Kl2ufr8oq765b7WNSuVA6Q3fbP0va1T88BqMlQu5DCna26LNpjQ5xmYLvj6JaYEgSFJQY=

            """
        let proof = try proof(index: 1, size: 3, extra: bytes("context"))
        #expect(String(decoding: proof.bytes, as: UTF8.self) == text)
        let key = try signer().verifier.verifierKey
        #expect(key == "gbr.example/node/gbr-1+51eb834f+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs")
    }

    @Test func `with no path has an empty line right after the index`() throws {
        let text = String(decoding: try proof(index: 0, size: 1).bytes, as: UTF8.self)
        #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nindex 0\n\ngbr.example/node/gbr-1\n1\n"))
    }

    @Test func `with empty extra data has none`() throws {
        let proof = try proof(index: 0, size: 1, extra: [])
        #expect(proof.extra == nil)
        #expect(try LogProof(parsing: proof.bytes) == proof)
    }

    @Test func `with any byte changed or cut is refused or not verified`() throws {
        let verifier = try signer().verifier
        let original = try proof(index: 41, size: 300).bytes
        for position in original.indices {
            #expect(throws: ProofError.self) { try LogProof(parsing: Array(original[..<position])) }
            for change in [0x01, 0x02, 0x20, 0x80] as [UInt8] {
                var changed = original
                changed[position] ^= change
                #expect(throws: ProofError.self) {
                    try LogProof(parsing: changed).verify(leafHash: leaves[41], verifier: verifier)
                }
            }
        }
    }

    @Test func `of another entry, or under another key, is refused`() throws {
        let proof = try proof(index: 41, size: 300)
        let verifier = try signer().verifier
        #expect(throws: ProofError.rootMismatch(size: 300)) {
            try proof.verify(leafHash: leaves[42], verifier: verifier)
        }
        let other = try NoteSigner(name: verifier.name, key: ed25519Key(seed: [UInt8](repeating: 8, count: 32)))
            .verifier
        #expect(throws: ProofError.checkpoint(.note(.notSigned(by: other.name, keyID: other.keyID)))) {
            try proof.verify(leafHash: leaves[41], verifier: other)
        }
        let foreign = try signer("fra.example/node/fra-1").verifier
        let origin = try LogOrigin("gbr.example/node/gbr-1")
        let mismatch = CheckpointError.keyNameMismatch(origin: origin, keyName: foreign.name)
        #expect(throws: ProofError.checkpoint(mismatch)) { try proof.verify(leafHash: leaves[41], verifier: foreign) }
    }

    @Test func `under a checkpoint of another size is refused`() throws {
        let proof = try proof(index: 41, size: 300)
        let other = try self.proof(index: 41, size: 299).signedCheckpoint
        let mixed = LogProof(index: 41, path: proof.path, signedCheckpoint: other)
        #expect(throws: ProofError.rootMismatch(size: 299)) {
            try mixed.verify(leafHash: leaves[41], verifier: try signer().verifier)
        }
    }

    private static let hash = "5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo="

    static let refusals: [(String, String)] = [
        ("no bytes", ""),
        ("no first line", "index 0\n"),
        ("another version", "c2sp.org/tlog-proof@v2\nindex 0\n"),
        ("capitals", "C2SP.org/tlog-proof@v1\nindex 0\n"),
        ("a space behind the first line", "c2sp.org/tlog-proof@v1 \nindex 0\n"),
        ("carriage returns", "c2sp.org/tlog-proof@v1\r\nindex 0\r\n"),
        ("no index", "c2sp.org/tlog-proof@v1\n"),
        ("no index before the path", "c2sp.org/tlog-proof@v1\n\(hash)\n"),
        ("an index without a number", "c2sp.org/tlog-proof@v1\nindex \n"),
        ("an index without a space", "c2sp.org/tlog-proof@v1\nindex0\n"),
        ("two spaces", "c2sp.org/tlog-proof@v1\nindex  0\n"),
        ("a tab", "c2sp.org/tlog-proof@v1\nindex\t0\n"),
        ("a leading zero", "c2sp.org/tlog-proof@v1\nindex 00\n"),
        ("a sign", "c2sp.org/tlog-proof@v1\nindex +0\n"),
        ("an index beyond 64 bits", "c2sp.org/tlog-proof@v1\nindex 18446744073709551616\n"),
        ("an index beyond the tree", "c2sp.org/tlog-proof@v1\nindex 1\n"),
        ("two indices", "c2sp.org/tlog-proof@v1\nindex 0\nindex 0\n"),
        ("empty extra data", "c2sp.org/tlog-proof@v1\nextra \nindex 0\n"),
        ("extra data without a space", "c2sp.org/tlog-proof@v1\nextra\nindex 0\n"),
        ("extra data without padding", "c2sp.org/tlog-proof@v1\nextra YQ\nindex 0\n"),
        ("extra data with spare bits", "c2sp.org/tlog-proof@v1\nextra YR==\nindex 0\n"),
        ("extra data twice", "c2sp.org/tlog-proof@v1\nextra YQ==\nextra YQ==\nindex 0\n"),
        ("extra data after the index", "c2sp.org/tlog-proof@v1\nindex 0\nextra YQ==\n"),
        ("a short hash", "c2sp.org/tlog-proof@v1\nindex 0\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvQ==\n"),
        ("a hash without padding", "c2sp.org/tlog-proof@v1\nindex 0\n\(hash.dropLast())\n"),
        ("a hash in hexadecimal", "c2sp.org/tlog-proof@v1\nindex 0\n\(String(repeating: "0", count: 64))\n"),
        ("a space behind a hash", "c2sp.org/tlog-proof@v1\nindex 0\n\(hash) \n"),
        ("65 hashes", "c2sp.org/tlog-proof@v1\nindex 0\n" + String(repeating: "\(hash)\n", count: 65)),
        ("a letter outside ASCII", "c2sp.org/tlog-proof@v1\nindex 0\u{301}\n"),
        ("two empty lines before the checkpoint", "c2sp.org/tlog-proof@v1\nindex 0\n\n"),
        ("an empty line within", "c2sp.org/tlog-proof@v1\n\nindex 0\n"),
    ]

    @Test(arguments: refusals)
    func `is refused with`(fault: String, header: String) throws {
        let checkpoint = try proof(index: 0, size: 1).signedCheckpoint.bytes
        let accepted = bytes("c2sp.org/tlog-proof@v1\nindex 0\n\n") + checkpoint
        try LogProof(parsing: accepted).verify(leafHash: leaves[0], verifier: try signer().verifier)
        #expect(throws: ProofError.self, "\(fault)") { try LogProof(parsing: bytes(header + "\n") + checkpoint) }
    }

    @Test func `without a checkpoint, or with a malformed one, is refused`() {
        let header = bytes("c2sp.org/tlog-proof@v1\nindex 0\n\n")
        for rest in [
            "", "\n", "o\n1\n\(Self.hash)\n", "o\n1\n\(Self.hash)\n\n", "o\n01\n\(Self.hash)\n\n\u{2014} o AAAAAAA=\n",
        ] {
            #expect(throws: ProofError.self) { try LogProof(parsing: header + bytes(rest)) }
        }
    }

    @Test func `of unbounded size is refused`() throws {
        let limit = LogProof.maximumByteCount
        let text = bytes("c2sp.org/tlog-proof@v1\nextra ") + [UInt8](repeating: 0x41, count: limit)
        #expect(throws: ProofError.malformedText(reason: "expected at most \(limit) bytes, got \(text.count)")) {
            try LogProof(parsing: text)
        }
    }

    @Test func `that parses prints as the same bytes`() throws {
        var numbers = RepeatableNumbers(seed: 6)
        let original = try proof(index: 2, size: 3, extra: bytes("x")).bytes
        let alphabet = bytes("\n\n +=Aa019")
        var accepted = 0
        for _ in 0..<4_000 {
            var changed = original
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let position = Int.random(in: changed.indices, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: changed[position] = alphabet.randomElement(using: &numbers) ?? 0
                case 1: changed.remove(at: position)
                default: changed.insert(alphabet.randomElement(using: &numbers) ?? 0, at: position)
                }
            }
            if let proof = try? LogProof(parsing: changed) {
                accepted += 1
                #expect(proof.bytes == changed)
            }
        }
        #expect(accepted > 100)
    }
}
