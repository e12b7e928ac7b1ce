/// Why a proof does not prove what it claims.
public enum ProofError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The leaf is not in a tree of the size that the proof names.
    case indexOutOfRange(index: UInt64, size: UInt64)
    /// A consistency proof leads from a smaller or equal tree to a larger one.
    case sizesReversed(old: UInt64, new: UInt64)
    /// The path has not the length that index and size, or both sizes, require.
    case wrongPathLength(expected: Int, got: Int)
    /// The path does not lead to the root; a consistency proof names the tree whose root it missed.
    case rootMismatch(size: UInt64)
    /// The text is not a `c2sp.org/tlog-proof@v1`, or not in the accepted form.
    case malformedText(reason: String)
    /// The checkpoint inside the proof is malformed, or not signed by the log.
    case checkpoint(CheckpointError)
    /// The checkpoint inside the proof is not what a policy of logs and witnesses asks for.
    case notAccepted(by: WitnessPolicyVerdict)

    public var description: String {
        switch self {
        case .indexOutOfRange(let index, let size):
            "inclusion proof refused: leaf \(index) is not in a tree of \(size) leaves"
        case .sizesReversed(let old, let new):
            "consistency proof refused: expected a tree that grows, got \(old) to \(new) leaves"
        case .wrongPathLength(let expected, let got):
            "proof refused: expected a path of \(expected) hashes, got \(got)"
        case .rootMismatch(let size):
            "proof refused: its path does not lead to the root of the tree of \(size) leaves"
        case .malformedText(let reason):
            "proof malformed: \(reason)"
        case .checkpoint(let error):
            "proof refused: \(error)"
        case .notAccepted(let verdict):
            "proof refused: \(verdict)"
        }
    }
}
