import CanonicalEncoding
import OpenSSLCrypto
import Testing

@testable import TransparencyLog

@Suite struct `Evidence of a fork` {
    private let honest = ReferenceTree(leafHashes(20))
    /// The same but for the leaf at 6.
    private let forged = ReferenceTree(leafHashes(6) + [MerkleTree.leafHash([1])] + leafHashes(20).dropFirst(7))

    private func leaf(at index: Int, first: Int, second: Int) throws -> Fork {
        func inclusion(_ tree: ReferenceTree, _ size: Int) -> Fork.Inclusion {
            Fork.Inclusion(leaf: tree.root(index..<index + 1), path: tree.path(index, in: size))
        }
        return try Fork(
            first: LogKeys.checkpoint(honest, size: first),
            second: LogKeys.checkpoint(forged, size: second),
            claim: .leaf(index: UInt64(index), first: inclusion(honest, first), second: inclusion(forged, second))
        )
    }

    private func all() throws -> [Fork] {
        [
            try Fork(
                first: LogKeys.checkpoint(honest, size: 9),
                second: LogKeys.checkpoint(forged, size: 9),
                claim: .sameSize
            ),
            try leaf(at: 6, first: 9, second: 20),
            try Fork(
                first: LogKeys.checkpoint(honest, size: 9),
                second: LogKeys.checkpoint(forged, size: 20),
                claim: .failedProof(forged.proof(9, in: 20))
            ),
        ]
    }

    @Test func `verifies by itself and comes back from its JSON`() throws {
        for fork in try all() {
            try fork.verify(by: LogKeys.log().verifier)
            #expect(try Fork(parsing: fork.bytes) == fork)
            #expect(fork.description.hasPrefix("`gbr.example/node/gbr-1` has forked"))
        }
    }

    @Test func `is not made where the trees agree`() throws {
        let small = try LogKeys.checkpoint(honest, size: 9)
        let large = try LogKeys.checkpoint(honest, size: 20)
        let same = Fork.Inclusion(leaf: leafHashes(20)[6], path: honest.path(6, in: 9))
        let sameInLarge = Fork.Inclusion(leaf: leafHashes(20)[6], path: honest.path(6, in: 20))
        let invented = Fork.Inclusion(leaf: MerkleTree.leafHash([9]), path: honest.path(6, in: 20))
        for (second, claim) in [
            (small, .sameSize), (large, .sameSize), (large, .failedProof(honest.proof(9, in: 20))),
            (small, .failedProof([])), (large, .leaf(index: 6, first: same, second: sameInLarge)),
            (large, .leaf(index: 6, first: same, second: invented)),
            (large, .leaf(index: 9, first: same, second: sameInLarge)),
        ] as [(SignedCheckpoint, Fork.Claim)] {
            #expect(throws: ForkError.self, "\(claim)") { try Fork(first: small, second: second, claim: claim) }
        }
        // Leaves in front of the change are the same in both histories.
        #expect(throws: ForkError.self) { try leaf(at: 5, first: 9, second: 20) }
    }

    @Test func `of two logs is none, and of a key of another log is refused`() throws {
        let other = try NoteSigner(
            name: NoteKeyName("other.example/log"),
            key: ed25519Key(seed: honest.root(0..<1).bytes)
        )
        let checkpoint = Checkpoint(origin: try LogOrigin("other.example/log"), head: forged.head(9))
        let foreign = try SignedCheckpoint(signing: checkpoint, by: other)
        #expect(throws: ForkError.self) {
            try Fork(first: LogKeys.checkpoint(honest, size: 9), second: foreign, claim: .sameSize)
        }
        for fork in try all() { #expect(throws: ForkError.self) { try fork.verify(by: other.verifier) } }
        // A note that anybody may have written convicts nobody.
        let impostor = try NoteSigner(
            name: NoteKeyName(LogKeys.origin),
            key: ed25519Key(seed: honest.root(1..<2).bytes)
        )
        let own = Checkpoint(origin: try LogOrigin(LogKeys.origin), head: forged.head(9))
        let framed = try Fork(
            first: LogKeys.checkpoint(honest, size: 9),
            second: SignedCheckpoint(signing: own, by: impostor),
            claim: .sameSize
        )
        #expect(throws: ForkError.self) { try framed.verify(by: LogKeys.log().verifier) }
    }

    @Test func `with any bit changed is refused or convicts nobody`() throws {
        let verifier = try LogKeys.log().verifier
        for fork in try all() {
            let original = fork.bytes
            var noticed = 0
            for position in original.indices {
                var changed = original
                changed[position] ^= 1 << UInt8(position % 7)
                do {
                    let read = try Fork(parsing: changed)
                    try read.verify(by: verifier)
                    // A wrong proof in another way is as wrong.
                    guard case .failedProof = read.claim else {
                        Issue.record("a changed byte at \(position) was not noticed")
                        return
                    }
                } catch {
                    noticed += 1
                }
            }
            #expect(noticed > original.count / 2)
        }
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"version":2}"#, #"{"version":1}"#, #"{"claim":"other","version":1}"#,
        #"{"claim":"same-size","version":1}"#, #"{"claim":"same-size","first":"x","second":"y","version":1}"#,
        #"{"claim":"leaf","version":1}"#, #"{"claim":"failed-proof","path":["x"],"version":1}"#,
        #"{"claim":"leaf","index":"01","leaves":[],"version":1}"#,
    ])
    func `in another form is refused`(text: String) {
        #expect(throws: ForkError.self) { try Fork(parsing: bytes(text)) }
    }

    @Test func `in another spelling is refused`() throws {
        let text = String(decoding: try all()[0].bytes, as: UTF8.self)
        #expect(throws: ForkError.self) {
            try Fork(parsing: bytes(text.replacing(",", with: ", ", maxReplacements: 1)))
        }
        #expect(throws: ForkError.self) { try Fork(parsing: bytes(text.replacing("{", with: #"{"a":1,"#))) }
    }
}
