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
            try rollback(from: 20, to: 9),
        ]
    }

    /// The log has signed a tree of `larger` entries, and gives out one of `smaller` as its latest.
    private func rollback(from larger: Int, to smaller: Int) throws -> Fork {
        try Fork(
            first: LogKeys.checkpoint(honest, size: smaller),
            second: LogKeys.checkpoint(honest, size: larger),
            claim: .rollback
        )
    }

    @Test func `verifies by itself and comes back from its JSON`() throws {
        for fork in try all() {
            try fork.verify(by: LogKeys.log().verifier)
            #expect(try Fork(parsing: fork.bytes) == fork)
            #expect(fork.convictsByItself == (fork.claim != .rollback))
            let word = fork.claim == .rollback ? "gone back" : "forked"
            #expect(fork.description.hasPrefix("`gbr.example/node/gbr-1` has \(word)"))
        }
    }

    @Test func `of a log that goes back is the larger tree that it had signed, and the smaller one that it gives out`()
        throws
    {
        let fork = try rollback(from: 20, to: 9)
        #expect(fork.claimName == "rollback")
        #expect(fork.known == fork.second && fork.known.checkpoint.head.size == 20)
        let words = "has signed \(honest.head(20)), and gives \(honest.head(9)) out as its latest"
        #expect(fork.description.hasSuffix(words))
        // Trees of one size, or the larger one first, are no way back.
        for (smaller, larger) in [(9, 9), (20, 9)] {
            let error = #expect(throws: ForkError.self) { try rollback(from: larger, to: smaller) }
            let words = "expected the smaller checkpoint first, got \(smaller) and \(larger)"
            #expect("\(error, default: "none")".contains(words))
        }
        // A tree that does not go on from the smaller one is one that the log has gone back from all the same.
        let other = try Fork(
            first: LogKeys.checkpoint(honest, size: 9),
            second: LogKeys.checkpoint(forged, size: 20),
            claim: .rollback
        )
        try other.verify(by: LogKeys.log().verifier)
    }

    @Test(
        arguments: [
            (9, 20, "rollback"), (0, 9, "rollback"), (20, 20, nil), (20, 9, nil), (9, 0, nil),
        ] as [(Int, Int, String?)]
    )
    func `is judged by what a log gives out after what was known`(shown: Int, known: Int, claim: String?) throws {
        let known = try LogKeys.checkpoint(honest, size: known)
        let shown = try LogKeys.checkpoint(honest, size: shown)
        let fork = Fork(givenOut: shown, after: known)
        #expect(fork?.claimName == claim)
        guard let fork else { return }
        #expect(fork.first == shown && fork.second == known && fork.known == known)
        #expect(try Fork(parsing: fork.bytes) == fork)
    }

    @Test func `is judged to be one where a tree of the known size has another root, and not of another log`() throws {
        let known = try LogKeys.checkpoint(honest, size: 9)
        let fork = try #require(Fork(givenOut: try LogKeys.checkpoint(forged, size: 9), after: known))
        #expect(fork.claim == .sameSize && fork.known == known)
        #expect(try Fork(parsing: fork.bytes) == fork)
        // A larger tree of another history takes a proof: the two checkpoints alone say nothing.
        #expect(Fork(givenOut: try LogKeys.checkpoint(forged, size: 20), after: known) == nil)
        let other = try SignedCheckpoint(
            signing: Checkpoint(origin: LogOrigin("other.example/log"), head: honest.head(3)),
            by: LogKeys.log("other.example/log")
        )
        #expect(Fork(givenOut: other, after: known) == nil)
    }

    @Test func `is not made where the trees agree`() throws {
        let small = try LogKeys.checkpoint(honest, size: 9)
        let large = try LogKeys.checkpoint(honest, size: 20)
        let same = Fork.Inclusion(leaf: leafHashes(20)[6], path: honest.path(6, in: 9))
        let sameInLarge = Fork.Inclusion(leaf: leafHashes(20)[6], path: honest.path(6, in: 20))
        let invented = Fork.Inclusion(leaf: MerkleTree.leafHash([9]), path: honest.path(6, in: 20))
        let nowhere = honest.proof(9, in: 20).map { _ in SHA256Digest.hash([1]) }
        for (second, claim) in [
            (small, .sameSize), (large, .sameSize), (large, .failedProof(honest.proof(9, in: 20))),
            (small, .failedProof([])), (large, .failedProof([])),
            (large, .failedProof(nowhere)), (large, .leaf(index: 6, first: same, second: sameInLarge)),
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
