public import OpenSSLCrypto

/// Evidence that a log has signed two histories: two of its checkpoints that cannot both be true of one log.
///
/// A value conflicts by its form; that the log has signed both is for ``verify(by:)``. With two roots of one size the two
/// notes alone convict the log. A leaf convicts it too, for both trees are proven to hold another one at the same place.
/// A failed proof, or a rollback, convicts it in the eyes of those who trust whoever asked the log: anyone can write a wrong
/// proof, or keep an old checkpoint.
public struct Fork: Hashable, Sendable {
    /// What shows the conflict.
    public enum Claim: Hashable, Sendable {
        /// Both checkpoints have one size, and two roots.
        case sameSize
        /// At one index the trees hold different leaves, by the inclusion paths of both.
        case leaf(index: UInt64, first: Inclusion, second: Inclusion)
        /// The consistency proof that the log gave does not lead from the first checkpoint to the second.
        case failedProof([SHA256Digest])
        /// The log gave the first checkpoint out as its latest when it had signed the second, which is larger.
        case rollback
    }

    /// A leaf hash with its way to the root.
    public struct Inclusion: Hashable, Sendable {
        public let leaf: SHA256Digest
        public let path: [SHA256Digest]

        public init(leaf: SHA256Digest, path: [SHA256Digest]) {
            self.leaf = leaf
            self.path = path
        }
    }

    /// What a log convicts itself of that gives out `shown` as its latest checkpoint, to somebody who knew `known` of it
    /// before he asked; nil when the two alone do not contradict each other.
    ///
    /// A larger tree takes a consistency proof.
    public init?(givenOut shown: SignedCheckpoint, after known: SignedCheckpoint) {
        let (head, old) = (shown.checkpoint.head, known.checkpoint.head)
        guard shown.checkpoint.origin == known.checkpoint.origin else { return nil }
        if head.size < old.size {
            self.init(checkedFirst: shown, second: known, claim: .rollback)
        } else if head.size == old.size, head.root != old.root {
            self.init(checkedFirst: known, second: shown, claim: .sameSize)
        } else {
            return nil
        }
    }

    /// The name of the claim in the evidence.
    public var claimName: String {
        switch claim {
        case .sameSize: "same-size"
        case .leaf: "leaf"
        case .failedProof: "failed-proof"
        case .rollback: "rollback"
        }
    }

    /// The checkpoint of the smaller tree, or of two of one size the one that was known first.
    public let first: SignedCheckpoint
    public let second: SignedCheckpoint
    public let claim: Claim

    /// The evidence, if the claim holds of the two checkpoints.
    ///
    /// - Throws: ``ForkError/noConflict(reason:)``
    public init(first: SignedCheckpoint, second: SignedCheckpoint, claim: Claim) throws(ForkError) {
        self.init(checkedFirst: first, second: second, claim: claim)
        try checkConflict()
    }

    /// - Precondition: The claim holds.
    init(checkedFirst first: SignedCheckpoint, second: SignedCheckpoint, claim: Claim) {
        self.first = first
        self.second = second
        self.claim = claim
    }

    /// The checkpoint that was known before the other contradicted it: after a rollback the larger one, else the first.
    public var known: SignedCheckpoint {
        switch claim {
        case .sameSize, .leaf, .failedProof: first
        case .rollback: second
        }
    }

    /// The log.
    public var origin: LogOrigin { first.checkpoint.origin }

    /// Passes only if the log, whose key `verifier` is, has signed both checkpoints.
    ///
    /// - Throws: ``ForkError/notSigned(_:)``
    public func verify(by verifier: NoteVerifier) throws(ForkError) {
        do {
            try first.verify(by: verifier)
            try second.verify(by: verifier)
        } catch {
            throw .notSigned(error)
        }
    }

    /// Whether the log, whose key `verifier` is, has signed both checkpoints.
    public func isSigned(by verifier: NoteVerifier) -> Bool {
        first.isSigned(by: verifier) && second.isSigned(by: verifier)
    }

    private func checkConflict() throws(ForkError) {
        guard first.checkpoint.origin == second.checkpoint.origin else {
            throw .noConflict(reason: "`\(first.checkpoint.origin)` and `\(second.checkpoint.origin)` are two logs")
        }
        let (old, new) = (first.checkpoint.head, second.checkpoint.head)
        switch claim {
        case .sameSize:
            guard old.size == new.size else {
                throw .noConflict(reason: "expected two checkpoints of one size, got \(old.size) and \(new.size)")
            }
            guard old.root != new.root else { throw .noConflict(reason: "both checkpoints have the same root") }
        case .leaf(let index, let left, let right):
            guard left.leaf != right.leaf else { throw .noConflict(reason: "both trees hold the leaf at \(index)") }
            do {
                try InclusionProof(index: index, size: old.size, path: left.path)
                    .verify(leaf: left.leaf, root: old.root)
                try InclusionProof(index: index, size: new.size, path: right.path)
                    .verify(leaf: right.leaf, root: new.root)
            } catch {
                throw .noConflict(reason: "\(error)")
            }
        case .failedProof(let path):
            guard old.size < new.size else {
                throw .noConflict(reason: "expected the smaller checkpoint first, got \(old.size) and \(new.size)")
            }
            let proof = ConsistencyProof(oldSize: old.size, newSize: new.size, path: path)
            guard proof.contradicts(oldRoot: old.root, newRoot: new.root) else {
                throw .noConflict(
                    reason: "expected a path that leads to the second checkpoint and not to the first, "
                        + "got one that leads to both, or not to the second"
                )
            }
        case .rollback:
            guard old.size < new.size else {
                throw .noConflict(reason: "expected the smaller checkpoint first, got \(old.size) and \(new.size)")
            }
        }
    }
}

extension Fork {
    /// Whether the two notes and what stands beside them show the contradiction to everybody; else the word of whoever asked the
    /// log belongs to it. A path that begins at a tree of 1, 2, 4, ... leaves has no hash of that tree, and is such a word.
    public var convictsByItself: Bool {
        switch claim {
        case .sameSize, .leaf: true
        case .failedProof: first.checkpoint.head.size.nonzeroBitCount > 1
        case .rollback: false
        }
    }
}

extension Fork: CustomStringConvertible {
    public var description: String {
        let (old, new) = (first.checkpoint.head, second.checkpoint.head)
        let heads = "`\(origin)` has forked: it has signed \(old) and \(new)"
        return switch claim {
        case .sameSize: "\(heads), two trees of one size"
        case .leaf(let index, let left, let right):
            "\(heads), which hold \(left.leaf.hex) and \(right.leaf.hex) at \(index)"
        case .rollback:
            "`\(origin)` has gone back: it has signed \(new), and gives \(old) out as its latest"
        case .failedProof: "\(heads), and its proof does not lead from one to the other"
        }
    }
}
