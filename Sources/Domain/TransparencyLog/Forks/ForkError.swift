/// Why two checkpoints are no evidence that their log has forked.
public enum ForkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The form is not the one that evidence has.
    case malformed(reason: String)
    /// The two checkpoints agree, or nothing shows that they do not.
    case noConflict(reason: String)
    /// A checkpoint is not signed by the log.
    case notSigned(CheckpointError)

    public var description: String {
        switch self {
        case .malformed(let reason): "fork evidence malformed: \(reason)"
        case .noConflict(let reason): "no fork: \(reason)"
        case .notSigned(let error): "fork evidence refused: \(error)"
        }
    }
}
